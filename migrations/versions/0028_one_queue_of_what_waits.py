"""What waits for a reviewer, over all courts that a facilitator has a grant for; claims, flags, and the day's limit.

Compatibility: the release before writes none of these tables. What it hands in meanwhile is not in the queue until
`flask --app wsgi portal reviews repair` has run; run it once after the last process of that release has ended.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import (
    COURT,
    GRANT_OF_THE_REVIEWER,
    REVIEWER,
    grant_without_court,
    isolate,
    unforced,
)

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# A grant is a facilitator's active place on a court's staff. Kept by the database itself, so that no code can forget:
# what a reviewer may see ends in the transaction that ends the place.
KEEP_GRANTS = """
CREATE FUNCTION keep_review_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM review_grant WHERE court_id = OLD.court_id AND membership_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NEW.role = 'facilitator' AND NEW.state = 'active' THEN
            INSERT INTO review_grant (credential_id, court_id, membership_id, language)
            VALUES (NEW.credential_id, NEW.court_id, NEW.id, COALESCE(NEW.review_language, ''));
        END IF;
    END IF;
    RETURN NULL;
END $$
"""
# As it was then; migration 0046 has it as it is.
REVIEWERS_ITEMS = (
    "NULLIF(current_setting('portal.court_id', true), '') IS NULL AND EXISTS (SELECT 1 FROM review_grant g, "
    "review_session s WHERE s.credential_id = g.credential_id AND s.ended_at IS NULL "
    "AND s.second_factor_at IS NOT NULL AND g.court_id = review_item.court_id "
    "AND (g.language = '' OR g.language = review_item.language))"
)
WHEN = {
    "INSERT": "NEW.role = 'facilitator'",
    "UPDATE": "OLD.role = 'facilitator' OR NEW.role = 'facilitator'",
    "DELETE": "OLD.role = 'facilitator'",
}


def upgrade() -> None:
    # Nothing there: every language, as it was before for all who have a grant.
    op.add_column("membership", sa.Column("review_language", sa.Text(), nullable=True))
    with unforced(op, "membership"):
        _grants()
    _run("GRANT UPDATE (review_language) ON membership TO portal_platform")
    _sign_ins()
    _queue()
    _flags()


def _grants() -> None:
    op.create_table(
        "review_grant",
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_review_grant")),
    )
    op.create_index("ix_review_grant_credential", "review_grant", ["credential_id"])
    _run(
        "INSERT INTO review_grant (credential_id, court_id, membership_id, language) "
        "SELECT credential_id, court_id, id, '' FROM membership "
        "WHERE role = 'facilitator' AND state = 'active'"
    )
    _run(KEEP_GRANTS)
    for event, condition in WHEN.items():
        _run(
            f"CREATE TRIGGER keep_review_grant_on_{event.lower()} AFTER {event} ON membership FOR EACH ROW "
            f"WHEN ({condition}) EXECUTE FUNCTION keep_review_grant()"
        )


def _sign_ins() -> None:
    op.create_table(
        "review_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["staff_credential.id"], name=op.f("fk_review_session_credential_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_review_session_token_digest")),
    )
    op.create_table(
        "review_try",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_try")),
    )
    op.create_index("ix_review_try_key", "review_try", ["bucket", "key_digest", "at"])
    for table in ("review_session", "review_grant"):
        _run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        _run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    # Whoever holds the token sees the sign-in; nobody can list them.
    _run(f"CREATE POLICY of_the_token ON review_session TO portal_app USING ({REVIEWER}) WITH CHECK ({REVIEWER})")
    _run(
        f"CREATE POLICY of_the_court ON review_grant TO portal_app, portal_platform "
        f"USING (court_id = {COURT}) WITH CHECK (court_id = {COURT})"
    )
    _run(f"CREATE POLICY of_the_reviewer ON review_grant FOR SELECT TO portal_app USING ({GRANT_OF_THE_REVIEWER})")
    # At the door one credential shows to whoever names its address; inside, the own one.
    _run(
        "CREATE POLICY at_the_reviewers_door ON staff_credential FOR SELECT TO portal_app "
        "USING (email = NULLIF(current_setting('portal.reviewer_email', true), ''))"
    )
    own = "id IN (SELECT s.credential_id FROM review_session s WHERE s.ended_at IS NULL)"
    _run(f"CREATE POLICY the_reviewers_own ON staff_credential FOR SELECT TO portal_app USING ({own})")
    _run(f"CREATE POLICY change_the_reviewers_own ON staff_credential FOR UPDATE TO portal_app USING ({own})")
    for table in ("review_grant", "review_session", "review_try"):
        grant_without_court(op, table)


def _queue() -> None:
    op.create_table(
        "review_item",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('reflection', 'check_in', 'quiz')", name=op.f("ck_review_item_kind_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_review_item_court_id")),
        _to("review_item", "claimed_by", "membership"),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_review_item")),
        sa.UniqueConstraint("court_id", "kind", "subject_id", name=op.f("uq_review_item_court_id_kind_subject_id")),
    )
    op.create_index("ix_review_item_waiting", "review_item", ["court_id", "waiting_since", "id"])
    isolate(op, "review_item", app="SELECT, INSERT, DELETE, UPDATE (language, claimed_by, claimed_until)", platform="")
    _run(f"CREATE POLICY for_the_reviewer ON review_item FOR SELECT TO portal_app USING ({REVIEWERS_ITEMS})")


def _flags() -> None:
    op.create_table(
        "review_flag",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_by", sa.Uuid(), nullable=True),
        sa.Column("judgment", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('reflection', 'check_in', 'quiz')", name=op.f("ck_review_flag_kind_known")),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_review_flag_court_id")),
        _to("review_flag", "enrollment_id", "enrollment"),
        _to("review_flag", "raised_by", "membership"),
        _to("review_flag", "judged_by", "membership"),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_review_flag")),
    )
    op.create_index("ix_review_flag_raised", "review_flag", ["court_id", "raised_at", "id"])
    op.create_index("ix_review_flag_enrollment", "review_flag", ["court_id", "enrollment_id"])
    isolate(
        op,
        "review_flag",
        app="SELECT, INSERT, UPDATE (judged_at, judged_by, judgment, row_version)",
        platform="",
    )
    op.create_table(
        "review_lift",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("court_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["court_id"], ["court.id"], name=op.f("fk_review_lift_court_id")),
        _to("review_lift", "membership_id", "membership"),
        _to("review_lift", "lifted_by", "membership"),
        sa.PrimaryKeyConstraint("court_id", "id", name=op.f("pk_review_lift")),
        sa.UniqueConstraint("court_id", "membership_id", "day", name=op.f("uq_review_lift_court_id_membership_id_day")),
    )
    isolate(op, "review_lift", app="SELECT, INSERT", platform="")


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["court_id", column],
        [f"{target}.court_id", f"{target}.id"],
        name=op.f(f"fk_{table}_court_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def _run(ddl: str) -> None:
    op.execute(sa.text(ddl))


def downgrade() -> None:
    for event in WHEN:
        _run(f"DROP TRIGGER keep_review_grant_on_{event.lower()} ON membership")
    _run("DROP FUNCTION keep_review_grant()")
    for policy in ("at_the_reviewers_door", "the_reviewers_own", "change_the_reviewers_own"):
        _run(f"DROP POLICY {policy} ON staff_credential")
    _run("DROP POLICY for_the_reviewer ON review_item")
    for table in ("review_lift", "review_flag", "review_item", "review_grant", "review_session", "review_try"):
        op.drop_table(table)
    op.drop_column("membership", "review_language")
