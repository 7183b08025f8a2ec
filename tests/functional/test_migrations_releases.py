"""Migrations: one head, up and down, over data, without drift, and giving up rather than locking the portal out."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import psycopg
import psycopg.sql
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from app.core.keyring import add_keys
from app.factory import create_app, schema_head
from app.models import metadata
from config import ROOT
from tenants.catalogue import problems
from tenants.roles import create_database, drop_database
from tests.factories import make_court, make_learner
from tests.releases import Column, breaks, schema_of
from tests.servers import Servers, migrate

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py"))


@pytest.fixture
def empty(servers: Servers) -> Iterator[str]:
    """An empty database; its name."""
    name = f"migrations_{uuid4().hex[:10]}"
    create_database(servers.administrator, name)
    yield name
    drop_database(servers.administrator, name)


def configuration(url: str) -> Config:
    made = Config(ROOT / "migrations" / "alembic.ini")
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = set(sa.inspect(connection).get_table_names())
    engine.dispose()
    return found


@pytest.mark.proves("FA-8")
def test_there_is_one_head_and_its_number_is_what_readyz_asks_for():
    script = ScriptDirectory.from_config(configuration("unused"))
    assert len(script.get_heads()) == 1
    assert script.get_heads()[0] == schema_head()
    assert len(script.get_bases()) == 1


@pytest.mark.proves("FA-8")
@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_each_step_says_who_may_run_before_and_after_it(path):
    tree = ast.parse(path.read_text())
    note = re.search(r"Compatibility: (.{20,})", ast.get_docstring(tree) or "", re.S)
    assert note, "no compatibility note"
    assert "say here" not in note[1]
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {"upgrade", "downgrade"} <= defined
    assert path.stem.startswith(
        next(n.value.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "revision")
    )


@pytest.mark.proves("FA-8")
def test_up_down_and_up_again(servers: Servers, empty: str):
    url = servers.url("portal_owner", empty)
    migrate(url)
    assert tables(url) == {table.name for table in metadata.sorted_tables} | {"alembic_version"}
    migrate(url, "base")
    assert tables(url) == {"alembic_version"}
    migrate(url)
    engine = sa.create_engine(servers.url("portal_app", empty))
    with engine.connect() as connection:
        assert problems(connection) == []
    engine.dispose()


@pytest.mark.proves("FA-8")
@pytest.mark.slow  # all steps together go up and down all the time
def test_every_step_alone_up_and_down(servers: Servers, empty: str):
    url = servers.url("portal_owner", empty)
    script = ScriptDirectory.from_config(configuration(url))
    steps = [step.revision for step in script.walk_revisions()][::-1]
    for step in steps:
        command.upgrade(configuration(url), step)
    for step in [*steps[-2::-1], "base"]:
        command.downgrade(configuration(url), step)
    assert tables(url) == {"alembic_version"}


@pytest.mark.proves("FA-8")
def test_up_over_data_keeps_every_row(servers: Servers, empty: str, tmp_path):
    """A court at work, one step back and forward again: what was there is there, and still apart."""
    url = servers.url("portal_owner", empty)
    migrate(url)
    settings = servers.settings(empty, tmp_path)
    add_keys(settings.keyring_file)
    court = make_court(create_app(settings))
    make_learner(court)
    before = rows(servers, empty)
    assert before["person"] == 1
    last, previous = VERSIONS[-1].stem[:4], VERSIONS[-2].stem[:4]
    command.downgrade(configuration(url), previous)
    kept = rows(servers, empty)
    known = schema_of(url)
    command.upgrade(configuration(url), last)
    assert breaks(known, schema_of(url)) == [], "the release before must be able to go on until it is restarted"
    after = rows(servers, empty)
    lost = {name for name in before if after[name] != before[name]}
    assert lost <= set(before) - set(kept), "only tables that the step itself makes may come back empty"


@pytest.mark.proves("FA-8")
def test_what_the_release_before_would_stumble_over_is_found():
    old = Column("text", False, False, frozenset({"portal_app SELECT", "portal_app UPDATE"}))
    before = {("case", "name"): old, ("case", "note"): old}
    assert breaks(before, before | {("case", "more"): Column("text", False, False), ("new", "id"): old}) == []
    fewer = frozenset({"portal_app SELECT"})
    for changed, said in (
        ({("case", "name"): old}, "case.note is gone"),
        (before | {("case", "name"): replace(old, type="integer")}, "was text and is integer"),
        (before | {("case", "name"): replace(old, required=True)}, "must have a value now"),
        (before | {("case", "name"): replace(old, rights=fewer)}, "portal_app UPDATE was taken away"),
        (before | {("case", "more"): Column("text", True, False)}, "case.more is new and must have a value"),
    ):
        (found,) = breaks(before, changed)
        assert said in found
    assert breaks(before, before | {("case", "more"): Column("text", True, True)}) == []


def rows(servers: Servers, name: str) -> dict[str, int]:
    base = servers.administrator.rpartition("/")[0]
    found = {}
    with psycopg.connect(f"{base}/{name}") as connection:
        names = connection.execute("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in names:
            counted = connection.execute(
                psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))
            )
            found[table] = counted.fetchone()[0]
    return found


@pytest.mark.proves("FA-8")
def test_tables_and_models_do_not_drift_apart(servers: Servers, empty: str):
    url = servers.url("portal_owner", empty)
    migrate(url)
    command.check(configuration(url))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE person ADD COLUMN stray text"))
    with pytest.raises(CommandError, match="New upgrade operations"):
        command.check(configuration(url))
    engine.dispose()


@pytest.mark.proves("FA-8")
@pytest.mark.slow
def test_a_migration_that_can_not_have_its_lock_gives_up_and_leaves_nothing(servers: Servers, empty: str):
    """Somebody holds a table: the release fails within seconds instead of queueing every reader behind itself."""
    url = servers.url("portal_owner", empty)
    migrate(url)
    base = servers.administrator.rpartition("/")[0]
    with psycopg.connect(f"{base}/{empty}") as holder:
        holder.execute("LOCK TABLE report IN ACCESS SHARE MODE")
        began = time.monotonic()
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            migrate(url, "base")
        assert time.monotonic() - began < 60
        assert "report" in tables(url)


@pytest.mark.proves("FA-8")
@pytest.mark.slow
def test_two_releases_at_once_wait_for_each_other(servers: Servers, empty: str):
    url, errors = servers.url("portal_owner", empty), []

    def release() -> None:
        try:
            script = "from tests.servers import migrate; import sys; migrate(sys.argv[1])"
            subprocess.run([sys.executable, "-c", script, url], check=True, capture_output=True, cwd=ROOT)
        except subprocess.CalledProcessError as error:
            errors.append(error.stderr.decode()[-500:])

    threads = [threading.Thread(target=release) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert "enrollment" in tables(url)
