"""Row-level security: the statements that migrations run, and the check that the database really has them.

Roles (created by `app/local` for the demo and the tests, by the county's database administrator otherwise):
  portal_owner     owns the tables; migrations only; row-level security binds it too (FORCE)
  portal_app       web and worker
  portal_dispatch  scheduler and relay: routing columns only
  portal_platform  operator console and onboarding: the court it acts in, and platform tables
  portal_records   no login: portal_app takes it on for the one transaction that seals or destroys a case
  portal_backup    BYPASSRLS; dump and restore; never in a server
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from alembic.operations import Operations

SERVER_ROLES = ("portal_app", "portal_dispatch", "portal_platform")

# Unwrapped, so that the planner uses it as an index condition; NULLIF because it is '' after first use in a connection.
COURT = "NULLIF(current_setting('portal.court_id', true), '')::uuid"
POLICY = "court_apart"

# Whoever seals or destroys a case reaches the rows of the court at work as portal_app does, and may delete them; but
# for these, which outlive every case: the chain of the audit, the money that moved, and what was sealed or destroyed.
RECORDS_POLICY = "records_of_the_court"
OUTLIVE = ("audit_event", "audit_seal", "ledger_entry", "record_sealing", "record_opening", "legal_hold")
# Rows that stay for the ledger's sake when their case goes. No server sees them again.
GONE_POLICY = "not_gone"
MAY_BE_GONE = ("person", "referral", "enrollment")

# Facilitators work for several courts under one sign-in (app/reviews/doors.py), which a transaction without a court
# names by the digest of its token. These clauses say what shows then: the sign-in, its grants, and what waits at the
# courts of those grants, in their languages. Written as PostgreSQL prints them: the catalogue check compares.
REVIEWER = "encode(token_digest, 'hex') = NULLIF(current_setting('portal.reviewer', true), '')"
GRANT_OF_THE_REVIEWER = (
    "credential_id IN (SELECT s.credential_id FROM review_session s WHERE s.ended_at IS NULL) "
    "AND court_id IN (SELECT c.id FROM court c WHERE c.state = 'active')"
)
REVIEWERS_ITEMS = (
    "NULLIF(current_setting('portal.court_id', true), '') IS NULL AND EXISTS (SELECT 1 FROM review_grant g, "
    "review_session s WHERE s.credential_id = g.credential_id AND s.ended_at IS NULL "
    "AND s.second_factor_at IS NOT NULL AND g.court_id = review_item.court_id "
    "AND (g.language = '' OR g.language = review_item.language) AND (review_item.kind <> 'flag' OR g.lead))"
)


@dataclass(frozen=True)
class WithoutCourt:
    """A table that belongs to no court: why, and who may do what with it."""

    reason: str
    grants: dict[str, str] = field(default_factory=dict)
    row_security: bool = False


# The whole list of tables without a court. A table is here or it is isolated; tests/architecture checks the catalogue.
WITHOUT_COURT = {
    "court": WithoutCourt(
        "the list of courts itself; who reads it learns only which courts take part",
        {
            "portal_app": "SELECT",
            "portal_dispatch": "SELECT (id, state, time_zone)",
            "portal_platform": "SELECT, INSERT, UPDATE",
        },
    ),
    "court_former_slug": WithoutCourt(
        "a renamed court's old addresses keep working",
        {"portal_app": "SELECT", "portal_platform": "SELECT, INSERT"},
    ),
    "staff_credential": WithoutCourt(
        "one person may work for several courts; a policy shows it only through a membership of the court at work",
        # What migration 0001 grants; 0012 adds the columns that came later.
        {"portal_app": "SELECT, INSERT, UPDATE (password_hash, totp_secret, totp_last_step, row_version)"},
        row_security=True,
    ),
    "operator": WithoutCourt("JaneSchool's own people", {"portal_platform": "SELECT, INSERT, UPDATE"}),
    "operator_session": WithoutCourt(
        "sign-ins to the operator console", {"portal_platform": "SELECT, INSERT, UPDATE, DELETE"}
    ),
    "platform_audit": WithoutCourt(
        "what operators do outside of any court; append-only", {"portal_platform": "SELECT, INSERT"}
    ),
    "curriculum_module": WithoutCourt(
        "the curriculum is the same for every court",
        {"portal_app": "SELECT", "portal_platform": "SELECT, INSERT, UPDATE"},
    ),
    "curriculum_version": WithoutCourt(
        "published curriculum, never changed: enrollments are pinned to it",
        {"portal_app": "SELECT", "portal_platform": "SELECT, INSERT"},
    ),
    "curriculum_approver": WithoutCourt(
        "who of JaneSchool's people may sign off the curriculum, which is the same for every court",
        {"portal_platform": "SELECT, INSERT, UPDATE (ended_at, row_version)"},
    ),
    "curriculum_recording": WithoutCourt(
        "videos of the curriculum, the same for every court; who consented to being shown is for the console alone",
        {
            "portal_app": "SELECT (id, module, lesson, title, sha256, content_type, size, seconds, captions, "
            "transcripts, consent_until, withdrawn_at, file_deleted_at), UPDATE (file_deleted_at)",
            "portal_platform": "SELECT, INSERT, UPDATE (withdrawn_at, withdrawn_by, withdrawn_reason, row_version)",
        },
    ),
    "curriculum_sign_off": WithoutCourt(
        "whether a version of the curriculum was signed off, the same for every court; append-only",
        {"portal_app": "SELECT (id, version_id, part, taken_back, at)", "portal_platform": "SELECT, INSERT"},
    ),
    "stripe_event": WithoutCourt(
        "an event arrives before its court is known; the unique id makes it count once",
        {
            "portal_app": "SELECT, INSERT, UPDATE (state, error, court_id)",
            "portal_platform": "SELECT (state, type, received_at)",
        },
    ),
    "stripe_object": WithoutCourt(
        "finds the court of a Stripe object; metadata never decides it", {"portal_app": "SELECT, INSERT"}
    ),
    "poverty_guideline": WithoutCourt(
        "the federal poverty guidelines are the same for every court; an operator adds those of a new year",
        {"portal_app": "SELECT", "portal_platform": "SELECT, INSERT"},
    ),
    "court_terms": WithoutCourt(
        "what a court asks of its participants, for a court that may send it somebody; nothing of a person",
        {"portal_app": "SELECT, INSERT, UPDATE (terms, rules_version, posted_at, row_version)"},
        row_security=True,
    ),
    "transfer_parcel": WithoutCourt(
        "a case on its way from one court to another, sealed; shows at these two and nowhere else",
        {"portal_app": "SELECT, INSERT, UPDATE (state, ended_at, offer, package, reply, row_version)"},
        row_security=True,
    ),
    "review_grant": WithoutCourt(
        "which courts and languages a facilitator reviews for; the database keeps it level with the places on staffs",
        {"portal_app": "SELECT, INSERT, DELETE", "portal_platform": "SELECT, INSERT, DELETE"},
        row_security=True,
    ),
    "review_session": WithoutCourt(
        "one sign-in of a facilitator over several courts; shows to nobody but the holder of its token",
        {"portal_app": "SELECT, INSERT, UPDATE (last_seen_at, ended_at)"},
        row_security=True,
    ),
    "review_try": WithoutCourt(
        "failed tries at the facilitators' door, by keyed hashes, so that guessing is slowed",
        {"portal_app": "SELECT, INSERT, DELETE"},
    ),
    "process_heartbeat": WithoutCourt(
        "when the relay, the sealer and the schedules last ran, for all courts together",
        {"portal_dispatch": "SELECT, INSERT, UPDATE (at)", "portal_platform": "SELECT"},
    ),
    "alembic_version": WithoutCourt("the migration in force, for /readyz", dict.fromkeys(SERVER_ROLES, "SELECT")),
}

# Policies that reach over all courts, by table: the role, and why. Column grants narrow each to what it says.
ACROSS_COURTS = {
    "outbox": {"portal_dispatch": "routing columns, to send jobs", "portal_platform": "the same, to count and retry"},
    "court_usage": {"portal_platform": "counts for each month, nothing of a person"},
    "quiz_item_count": {"portal_platform": "sums over a question's answers, nothing of a person"},
    "curriculum_use": {"portal_platform": "how many enrollments are on a version, nothing of a person"},
    "membership": {"portal_platform": "facilitators, who are JaneSchool's and work for several courts"},
    "review_item": {"portal_app": "what waits, without a name, to a facilitator with a grant for court and language"},
}
# The runtime role reaches over courts by these very clauses and no others.
CLAUSES_OF_THE_APP = {"review_item": REVIEWERS_ITEMS}


def isolate(op: Operations, table: str, *, app: str, platform: str = "SELECT", dispatch: str = "") -> None:
    """Enable and force row-level security on a court's table and grant each role what it needs, column lists allowed.

    `dispatch` also gives that role a policy over all courts, which its column grants narrow to routing columns.
    """
    _run(op, f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    _run(op, f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    court = f"court_id = {COURT}"
    _run(op, f"CREATE POLICY {POLICY} ON {table} TO portal_app, portal_platform USING ({court}) WITH CHECK ({court})")
    open_to_records(op, table)
    _run(op, f"GRANT {app} ON {table} TO portal_app")
    if platform:
        _run(op, f"GRANT {platform} ON {table} TO portal_platform")
    if dispatch:
        _run(op, f"CREATE POLICY dispatch ON {table} TO portal_dispatch USING (true) WITH CHECK (true)")
        _run(op, f"GRANT {dispatch} ON {table} TO portal_dispatch")


def open_to_records(op: Operations, table: str) -> None:
    """Let portal_records read, blank and delete the rows of the court at work, save what outlives every case."""
    court = f"court_id = {COURT}"
    rights = "SELECT" if table in OUTLIVE else "SELECT, UPDATE, DELETE"
    _run(op, f"CREATE POLICY {RECORDS_POLICY} ON {table} TO portal_records USING ({court}) WITH CHECK ({court})")
    _run(op, f"GRANT {rights} ON {table} TO portal_records")


def hide_gone(op: Operations, table: str) -> None:
    """From now on no server sees rows of `table` whose case has gone."""
    _run(
        op,
        f"CREATE POLICY {GONE_POLICY} ON {table} AS RESTRICTIVE TO portal_app, portal_platform USING (gone_at IS NULL)",
    )


def grant_without_court(op: Operations, table: str) -> None:
    """The grants that WITHOUT_COURT names for a table."""
    for role, rights in WITHOUT_COURT[table].grants.items():
        _run(op, f"GRANT {rights} ON {table} TO {role}")


@contextmanager
def unforced(op: Operations, *tables: str) -> Iterator[None]:
    """Let a migration touch rows, or validate a foreign key, of isolated tables: NO FORCE, the work, FORCE again.

    All in the migration's one transaction. Under FORCE the owner's backfill would silently change nothing, and a
    foreign key would be marked valid over rows that it never saw.
    """
    for table in tables:
        _run(op, f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        _run(op, f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _run(op: Operations, ddl: str) -> None:
    """Statements about tables take no parameters; every name in them is a constant of a migration."""
    op.execute(sa.text(ddl))
