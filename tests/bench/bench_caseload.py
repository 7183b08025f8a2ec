"""What the officer's caseload page of 300 rows costs in CPU, over a bare Flask view with the same SQL and template."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask import Flask

from app.caseload.rows import words_of
from app.core.keyring import add_keys
from app.factory import create_app
from app.local.postgres import LocalPostgres
from app.permissions.identity import Role
from tenants.roles import ROLES, create_database, create_roles
from tests.bench.bare_page import bare_page, in_turn
from tests.caseloads import fill, give_history
from tests.factories import make_court
from tests.servers import Servers, migrate

ROWS = 300
ROUNDS = 40
GOAL = 6.0  # ms over the floor
MOST_STATEMENTS = 12


def rows() -> list[tuple[str, float, float, str]]:
    """Name, ours, floor, note; CPU milliseconds of this process, medians, both in turn."""
    with _portal() as (app, address, owner_address):
        court = make_court(app)
        officer = court.member(Role.OFFICER)
        with app.test_request_context():
            give_history(court, fill(court, officer, ROWS))
        with psycopg.connect(owner_address, autocommit=True) as owner:
            owner.execute("ANALYZE")  # as autovacuum does where a court has been at work for a day
        browser = court.client(officer).http
        page = court.url(f"caseload?per={ROWS}")

        def ours() -> int:
            return len(browser.get(page).data)

        floor, seen = bare_page(app, address, ours)

        def first_look() -> int:
            words_of.cache_clear()
            return ours()

        # As wsgi.py does. It favors neither: both run in this process.
        gc.collect()
        gc.freeze()
        cost, least = in_turn(ours, floor)
        first, first_least = in_turn(first_look, floor)
    note = f"+{cost - least:.1f} ms (goal {GOAL:.0f}); {len(seen)} statements (at most {MOST_STATEMENTS})"
    return [
        (f"caseload: {ROWS} rows, CPU (ms)", cost, least, note),
        ("  with no row's words remembered", first, first_least, f"+{first - first_least:.1f} ms"),
    ]


@contextmanager
def _portal() -> Iterator[tuple[Flask, str, str]]:
    """The portal over a database of its own, with the addresses of its runtime role and its owner."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    postgres = LocalPostgres(folder / "postgres", durable=False)
    postgres.start()
    try:
        passwords = {role: f"{role}-password" for role in ROLES}
        administrator = postgres.superuser_url().replace("+psycopg", "")
        create_roles(administrator, passwords)
        create_database(administrator, "portal_bench")
        servers = Servers(str(folder), administrator, postgres.port, "redis://127.0.0.1:1/0", passwords)
        migrate(servers.url("portal_owner", "portal_bench"))
        settings = servers.settings("portal_bench", folder)
        add_keys(settings.keyring_file)
        owner = servers.url("portal_owner", "portal_bench")
        yield create_app(settings), settings.database_url.replace("+psycopg", ""), owner.replace("+psycopg", "")
    finally:
        postgres.discard()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        print(f"{name}: {ours:.2f} against {floor:.2f}: {note}")
