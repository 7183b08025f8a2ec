"""Lead facilitators: a grant may be marked so; what others flag reaches them first, over their courts.

Compatibility: the release before writes no lead, asks none and goes on with its flags; its grants are kept as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.isolation import REVIEWERS_ITEMS, unforced

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

FLAG, KNOWN = "review_flag", "ck_review_item_kind_known"
BEFORE = "'reflection', 'check_in', 'quiz'"
NEW = ("for_lead", "passed_at", "passed_by", "passed_words")
KEEP_GRANTS = """
CREATE OR REPLACE FUNCTION keep_review_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM review_grant WHERE court_id = OLD.court_id AND membership_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NEW.role = 'facilitator' AND NEW.state = 'active' THEN
            INSERT INTO review_grant (credential_id, court_id, membership_id, language%(column)s)
            VALUES (NEW.credential_id, NEW.court_id, NEW.id, COALESCE(NEW.review_language, '')%(value)s);
        END IF;
    END IF;
    RETURN NULL;
END $$
"""
OF_BEFORE = (
    "NULLIF(current_setting('portal.court_id', true), '') IS NULL AND EXISTS (SELECT 1 FROM review_grant g, "
    "review_session s WHERE s.credential_id = g.credential_id AND s.ended_at IS NULL "
    "AND s.second_factor_at IS NOT NULL AND g.court_id = review_item.court_id "
    "AND (g.language = '' OR g.language = review_item.language))"
)


def _run(ddl: str) -> None:
    op.execute(sa.text(ddl))


def _shows(clause: str) -> None:
    _run("DROP POLICY for_the_reviewer ON review_item")
    _run(f"CREATE POLICY for_the_reviewer ON review_item FOR SELECT TO portal_app USING ({clause})")


def _kinds(known: str) -> None:
    op.drop_constraint(op.f(KNOWN), "review_item", type_="check")
    op.create_check_constraint(op.f(KNOWN), "review_item", f"kind IN ({known})")


def upgrade() -> None:
    op.add_column("membership", sa.Column("review_lead", sa.Boolean(), nullable=True))
    _run("GRANT UPDATE (review_lead) ON membership TO portal_platform")
    op.add_column("review_grant", sa.Column("lead", sa.Boolean(), nullable=True))
    _run(KEEP_GRANTS % {"column": ", lead", "value": ", COALESCE(NEW.review_lead, false)"})
    op.add_column(FLAG, sa.Column("for_lead", sa.Boolean(), nullable=True))
    op.add_column(FLAG, sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(FLAG, sa.Column("passed_by", sa.Uuid(), nullable=True))
    op.add_column(FLAG, sa.Column("passed_words", sa.Text(), nullable=True))
    _run("GRANT UPDATE (passed_at, passed_by, passed_words) ON review_flag TO portal_app")
    with unforced(op, FLAG):
        op.create_foreign_key(
            op.f("fk_review_flag_court_id_passed_by"),
            FLAG,
            "membership",
            ["court_id", "passed_by"],
            ["court_id", "id"],
            initially="DEFERRED",
            deferrable=True,
        )
    _kinds(f"{BEFORE}, 'flag'")
    _shows(REVIEWERS_ITEMS)


def downgrade() -> None:
    _shows(OF_BEFORE)
    with unforced(op, "review_item"):
        _run("DELETE FROM review_item WHERE kind = 'flag'")
    _kinds(BEFORE)
    op.drop_constraint(op.f("fk_review_flag_court_id_passed_by"), FLAG, type_="foreignkey")
    for column in NEW:
        op.drop_column(FLAG, column)
    _run(KEEP_GRANTS % {"column": "", "value": ""})
    op.drop_column("review_grant", "lead")
    op.drop_column("membership", "review_lead")
