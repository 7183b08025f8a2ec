"""The tables keep courts apart, declare how personal values go away, and let nobody rewrite history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection

from app.models import metadata
from config import Settings
from tenants.catalogue import problems
from tenants.erase import Erase
from tenants.isolation import WITHOUT_COURT
from tests.servers import Servers

APPEND_ONLY = {
    "audit_event",
    "audit_detail",
    "audit_seal",
    "ledger_entry",
    "installment_plan",
    "installment",
    "counter_refund",
    "enrollment_transition",
    "agreement_signature",
    "page_event",
    "occurrence",
    "hearing_correction",
    "case_note_version",
    "referral_import_row",
    "review_lift",
    "concern",
    "concern_step",
    "stored_file",
    "stripe_object",
    "curriculum_version",
    "curriculum_sign_off",
    "platform_audit",
    "poverty_guideline",
    "waiver_decision",
    "waiver_reply",
}
# Rows that change by one guarded statement (compare-and-set or a lock), never from a form.
NO_ROW_VERSION = {
    "outbox": "the relay and the job change it under its row's lock",
    "submission": "its result is written once, by the one who claimed it",
    "stripe_event": "state moves by one guarded statement",
    "review_item": "a claim is taken by one guarded statement; the rest follows what it mirrors",
    "review_session": "seen and ended by one statement; only the holder of its token reaches it",
}
DECLARED_TYPES = (sa.Text, sa.String, sa.Date, sa.JSON, JSONB, sa.LargeBinary)

ROUTING = {
    "outbox": {
        "court_id", "id", "kind", "subject_id", "attempt", "due_at", "sent_at", "lease_until", "done_at", "failed_at",
    },
    "court": {"id", "state", "time_zone"},
    "process_heartbeat": {"name", "at"},
    "alembic_version": {"version_num"},
}  # fmt: skip

TABLE_RIGHTS = """
SELECT c.relname, p.right FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
     unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p("right")
WHERE n.nspname = 'public' AND c.relkind = 'r'
  AND (has_table_privilege(:role, c.oid, p.right)
       OR (p.right IN ('SELECT', 'INSERT', 'UPDATE') AND has_any_column_privilege(:role, c.oid, p.right)))
"""
COLUMN_RIGHTS = """
SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = 'public' AND c.relkind = 'r' AND has_column_privilege(:role, c.oid, a.attnum, :right)
"""


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection]:
    engine = sa.create_engine(settings.database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def administrator(servers: Servers, settings: Settings) -> Iterator[Connection]:
    """The database's superuser, in a transaction that is thrown away."""
    name = settings.database_url.rpartition("/")[2]
    url = servers.administrator.replace("postgresql://", "postgresql+psycopg://").rpartition("/")[0]
    engine = sa.create_engine(f"{url}/{name}")
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def rights(connection: Connection, role: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, right in connection.execute(sa.text(TABLE_RIGHTS), {"role": role}):
        found.setdefault(table, set()).add(right)
    return found


def undeclared(tables: sa.MetaData) -> list[str]:
    """Columns of courts' tables that can hold a personal value and do not say how it goes away."""
    return [
        f"{table.name}.{column.name}"
        for table in tables.sorted_tables
        if "court_id" in table.columns and table.name not in WITHOUT_COURT
        for column in table.columns
        if isinstance(column.type, DECLARED_TYPES) and "erase" not in column.info
    ]


def test_personal_columns_declare_how_they_are_erased():
    assert undeclared(metadata) == []


def test_the_detector_of_undeclared_columns_detects():
    made_up = sa.MetaData()
    court = [sa.Column("court_id", sa.Uuid()), sa.Column("name", sa.Text()), sa.Column("n", sa.Integer())]
    sa.Table("made_up", made_up, *court)
    assert undeclared(made_up) == ["made_up.name"]


def test_erase_rules_are_known():
    rules = {c.info["erase"] for t in metadata.sorted_tables for c in t.columns if "erase" in c.info}
    assert rules <= {None, *Erase}
    assert {Erase.CLEAR, Erase.ROW, Erase.KEEP} & rules


@pytest.mark.proves("CO-1", "CO-2", "CO-5")
def test_the_catalogue_has_nothing_to_complain_of(connection: Connection):
    assert problems(connection) == []


@pytest.mark.proves("CO-1")
def test_every_table_is_isolated_or_on_the_list(connection: Connection):
    found = set(sa.inspect(connection).get_table_names())
    assert found == {t.name for t in metadata.sorted_tables} | {"alembic_version"}
    without = {t.name for t in metadata.sorted_tables if "court_id" not in t.primary_key.columns}
    assert without == set(WITHOUT_COURT) - {"alembic_version"}
    assert all(len(exempt.reason.split()) >= 3 for exempt in WITHOUT_COURT.values())


@pytest.mark.proves("CO-5")
def test_courts_keys_begin_with_the_court(administrator: Connection):
    """(court_id, id) in that order: the index also serves every look-up under row-level security."""
    inspector = sa.inspect(administrator)
    wrong = [
        table.name
        for table in metadata.sorted_tables
        if table.name not in WITHOUT_COURT
        and inspector.get_pk_constraint(table.name)["constrained_columns"][0] != "court_id"
    ]
    assert wrong == []


MENACES = {
    "no longer forced": ("ALTER TABLE referral NO FORCE ROW LEVEL SECURITY", "referral: row-level security"),
    "policy gone": ("DROP POLICY court_apart ON referral", "referral has no policy"),
    "a second, open policy": ("CREATE POLICY wide ON person TO portal_app USING (true)", "person: policy wide"),
    "jobs of all courts": ("CREATE POLICY w ON outbox FOR SELECT TO portal_app USING (true)", "outbox: policy w"),
    "all courts' jobs changed": (
        "CREATE POLICY w ON outbox FOR UPDATE TO portal_platform USING (true)",
        "outbox: policy w",
    ),
    "a table without a court": ("CREATE TABLE stray (id int)", "stray has no court_id"),
    "a global unique": ("ALTER TABLE referral ADD CONSTRAINT u UNIQUE (id)", "referral: u does not include court_id"),
    "a view as its owner": ("CREATE VIEW peek AS SELECT * FROM person", "view peek is not security_invoker"),
    "a materialized view": ("CREATE MATERIALIZED VIEW m AS SELECT * FROM person", "m is a materialized view"),
    "truncate": ("GRANT TRUNCATE ON person TO portal_app", "portal_app has TRUNCATE on person"),
    "bypass": ("ALTER ROLE portal_app BYPASSRLS", "portal_app bypasses"),
    "superuser": ("ALTER ROLE portal_app SUPERUSER", "portal_app has administrator's rights"),
    "ownership": ("ALTER TABLE person OWNER TO portal_app", "person is owned by portal_app"),
    "membership": ("GRANT portal_owner TO portal_app", "portal_app is a member of portal_owner"),
    "everybody": ("GRANT SELECT ON person TO PUBLIC", "everybody has SELECT on person"),
    "create": ("GRANT CREATE ON SCHEMA public TO portal_app", "portal_app may create"),
    "a definer's function": (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM person'",
        "function peek runs as its owner",
    ),
}


@pytest.mark.proves("CO-1", "CO-2", "CO-5")
@pytest.mark.parametrize("name", MENACES)
def test_the_catalogue_check_finds(name: str, administrator: Connection):
    ddl, words = MENACES[name]
    administrator.execute(sa.text(ddl))
    assert any(problem.startswith(words) for problem in problems(administrator)), problems(administrator)


@pytest.mark.proves("CO-2")
def test_the_runtime_role_is_nobody_special(connection: Connection):
    row = connection.execute(
        sa.text(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb "
            "FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    assert tuple(row) == ("portal_app", False, False, False, False)
    for refused in (
        "TRUNCATE referral",
        "CREATE TABLE stray (id int)",
        "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
            connection.execute(sa.text(refused))
        connection.rollback()


@pytest.mark.proves("AD-2")
def test_history_can_not_be_rewritten(connection: Connection):
    granted = rights(connection, "portal_app")
    rewritable = {t for t in APPEND_ONLY if granted.get(t, set()) & {"UPDATE", "DELETE", "TRUNCATE"}}
    assert rewritable == set()
    platform = rights(connection, "portal_platform")
    assert {t for t in APPEND_ONLY if platform.get(t, set()) & {"UPDATE", "DELETE", "TRUNCATE"}} == set()


def test_rows_that_change_carry_a_version(connection: Connection):
    changing = {table for table, allowed in rights(connection, "portal_app").items() if "UPDATE" in allowed}
    bare = {t.name for t in metadata.sorted_tables if t.name in changing and "row_version" not in t.columns}
    assert bare == set(NO_ROW_VERSION)


def test_tables_without_a_court_have_just_the_grants_on_the_list(connection: Connection):
    for role in ("portal_app", "portal_dispatch", "portal_platform"):
        granted = rights(connection, role)
        for table, exempt in WITHOUT_COURT.items():
            wanted = {word.strip().partition(" ")[0] for word in exempt.grants.get(role, "").split(",")}
            wanted = {right for right in wanted if right.isupper()}
            assert granted.get(table, set()) == wanted, f"{role} on {table}"


def test_the_dispatcher_sees_routing_columns_only(connection: Connection):
    seen: dict[str, set[str]] = {}
    for table, column in connection.execute(sa.text(COLUMN_RIGHTS), {"role": "portal_dispatch", "right": "SELECT"}):
        seen.setdefault(table, set()).add(column)
    assert seen == ROUTING
    changed = connection.execute(sa.text(COLUMN_RIGHTS), {"role": "portal_dispatch", "right": "UPDATE"}).all()
    routing = {("outbox", column) for column in ("attempt", "sent_at", "lease_until")}
    assert {tuple(row) for row in changed} == routing | {("process_heartbeat", "at")}
    inserts = {table for table, allowed in rights(connection, "portal_dispatch").items() if "INSERT" in allowed}
    assert inserts == {"process_heartbeat"}


def test_nobody_but_the_backup_role_may_skip_policies(connection: Connection):
    found = connection.execute(sa.text("SELECT rolname FROM pg_roles WHERE rolbypassrls AND NOT rolsuper")).scalars()
    assert set(found) == {"portal_backup"}
