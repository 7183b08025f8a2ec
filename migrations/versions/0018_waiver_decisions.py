"""Decisions about waivers, each kept, and what learners answer to them.

Compatibility: the release before neither reads nor writes the new tables; it shows a request in one of the new states
without words for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import isolate, unforced

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATES = "'draft', 'submitted', 'needs_proof', 'under_review', 'granted_full', 'granted_partial', 'denied', "
NEW_STATES = "'reconsideration', 'more_time', 'installments', 'revoked'"
WAITING = "state IN ('submitted', 'needs_proof', 'under_review', 'reconsideration')"


def upgrade() -> None:
    op.create_table(
        "waiver_decision",
        sa.Column("waiver_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refund_cents", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("basis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("ask_again_until", sa.Date(), nullable=True),
        sa.Column("reconsiders", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('granted_full', 'granted_partial', 'denied', 'needs_proof', 'more_time', 'installments', "
            "'revoked')",
            name=op.f("ck_waiver_decision_kind_known"),
        ),
        sa.CheckConstraint(
            "decided_by IS NOT NULL OR kind = 'granted_full'", name=op.f("ck_waiver_decision_only_a_person_denies")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_waiver_decision_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_waiver_decision")),
    )
    op.create_index("ix_waiver_decision_waiver", "waiver_decision", ["court_id", "waiver_id", "at"])
    op.create_index("ix_waiver_decision_enrollment", "waiver_decision", ["court_id", "enrollment_id", "at"])
    op.create_table(
        "waiver_reply",
        sa.Column("waiver_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('asked_again', 'proof_sent', 'no_proof')", name=op.f("ck_waiver_reply_kind_known")
        ),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_waiver_reply_court_id")),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_waiver_reply")),
    )
    op.create_index("ix_waiver_reply_waiver", "waiver_reply", ["court_id", "waiver_id", "at"])
    with unforced(op, "waiver", "enrollment", "membership", "program_rules", "ledger_entry"):
        _keep_earlier_answers()
        _key("waiver_decision", "waiver_id", "waiver")
        _key("waiver_decision", "enrollment_id", "enrollment")
        _key("waiver_decision", "decided_by", "membership")
        _key("waiver_decision", "reconsiders", "waiver_decision")
        _key("waiver_reply", "waiver_id", "waiver")
        _key("waiver_reply", "enrollment_id", "enrollment")
        _key("waiver_reply", "decision_id", "waiver_decision")
    # An answer of the court stands as it was given: what changes it is a further answer.
    isolate(op, "waiver_decision", app="SELECT, INSERT", platform="")
    isolate(op, "waiver_reply", app="SELECT, INSERT", platform="")

    op.add_column("waiver", sa.Column("asked_again_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(sa.text("GRANT UPDATE (asked_again_at) ON waiver TO portal_app"))
    _state_check(STATES + NEW_STATES)
    _waiting_index(WAITING)


EARLIER = """
INSERT INTO waiver_decision (
    id, court_id, waiver_id, enrollment_id, kind, parts, refund_cents, reason, explanation, rule, basis,
    ask_again_until, decided_by, at
)
SELECT
    gen_random_uuid(), w.court_id, w.id, w.enrollment_id,
    CASE WHEN w.state <> 'reconsideration' THEN w.state WHEN w.waived_cents > 0 THEN 'granted_partial' ELSE 'denied' END,
    coalesce(
        (
            SELECT jsonb_object_agg(part.component, part.cents)
            FROM (
                SELECT entry.component, -sum(entry.amount_cents) AS cents
                FROM ledger_entry entry
                WHERE entry.court_id = w.court_id AND entry.enrollment_id = w.enrollment_id AND entry.kind = 'waived'
                    AND starts_with(entry.effect, 'waiver:' || w.id)
                GROUP BY entry.component
            ) part
        ),
        '{}'
    ),
    0, split_part(w.reason, chr(10), 1), substr(w.reason, length(split_part(w.reason, chr(10), 1)) + 2), 'judgment', '{}',
    CASE WHEN w.state <> 'granted_full' THEN
        CAST(timezone(court.time_zone, w.decided_at) AS date)
        + coalesce(CAST(rules.document -> 'waivers' ->> 'reconsideration_days' AS integer), 14)
    END,
    w.decided_by, w.decided_at
FROM waiver w
JOIN court ON court.id = w.court_id
JOIN enrollment ON enrollment.court_id = w.court_id AND enrollment.id = w.enrollment_id
LEFT JOIN program_rules rules ON rules.court_id = w.court_id AND rules.id = enrollment.rules_id
WHERE w.decided_at IS NOT NULL AND w.decided_by IS NOT NULL
    AND w.state IN ('granted_full', 'granted_partial', 'denied', 'reconsideration')
"""
# What was asked again and waits is asked about the answer that was given before.
EARLIER_REPLIES = """
INSERT INTO waiver_reply (id, court_id, waiver_id, enrollment_id, decision_id, kind, words, at)
SELECT gen_random_uuid(), w.court_id, w.id, w.enrollment_id, answer.id, 'asked_again', '', w.submitted_at
FROM waiver w
JOIN waiver_decision answer ON answer.court_id = w.court_id AND answer.waiver_id = w.id
WHERE w.state = 'reconsideration'
"""


def _keep_earlier_answers() -> None:
    """Answers given before are kept too: the time to ask again that was promised with them goes on."""
    op.execute(sa.text(EARLIER))
    op.execute(sa.text(EARLIER_REPLIES))


def _key(table: str, column: str, target: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_court_id_{column}"),
        table,
        target,
        ["court_id", column],
        ["court_id", "id"],
        initially="DEFERRED",
        deferrable=True,
    )


def _state_check(states: str) -> None:
    op.drop_constraint(op.f("ck_waiver_state_known"), "waiver", type_="check")
    op.create_check_constraint(op.f("ck_waiver_state_known"), "waiver", f"state IN ({states})")


def _waiting_index(which: str) -> None:
    op.drop_index("ix_waiver_waiting", "waiver")
    op.create_index("ix_waiver_waiting", "waiver", ["court_id", "submitted_at"], postgresql_where=sa.text(which))


def downgrade() -> None:
    _waiting_index("state IN ('submitted', 'under_review')")
    with unforced(op, "waiver"):  # back to a person, who knows the earlier answer
        op.execute(
            sa.text("UPDATE waiver SET state = 'under_review' WHERE state IN ('more_time', 'installments', 'revoked')")
        )
    _state_check(STATES + "'reconsideration'")
    op.drop_column("waiver", "asked_again_at")
    op.drop_table("waiver_reply")
    op.drop_table("waiver_decision")
