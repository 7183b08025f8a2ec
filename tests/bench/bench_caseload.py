"""What the officer's caseload page of 300 rows costs in CPU, over a bare Flask view with the same SQL and template."""

from __future__ import annotations

import gc
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, template_rendered
from flask_babel import Babel

from app.caseload.rows import words_of
from app.core.keyring import add_keys
from app.factory import create_app
from app.local.postgres import LocalPostgres
from app.permissions.identity import Role
from tenants.roles import ROLES, create_database, create_roles
from tests.caseloads import fill, give_history, statements
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

        ours()
        with statements(app) as seen:
            ours()
        bare = _bare(app, address, seen, _context_of(app, ours)).test_client()

        def floor() -> int:
            return len(bare.get("/").data)

        if abs(ours() - floor()) > 2000:
            raise RuntimeError(f"not the same page: {ours()} and {floor()} bytes")

        def first_look() -> int:
            words_of.cache_clear()
            return ours()

        # As wsgi.py does. It favors neither: both run in this process.
        gc.collect()
        gc.freeze()
        cost, least = _in_turn(ours, floor)
        first, first_least = _in_turn(first_look, floor)
    note = f"+{cost - least:.1f} ms (goal {GOAL:.0f}); {len(seen)} statements (at most {MOST_STATEMENTS})"
    return [
        (f"caseload: {ROWS} rows, CPU (ms)", cost, least, note),
        ("  with no row's words remembered", first, first_least, f"+{first - first_least:.1f} ms"),
    ]


def _in_turn(ours: Callable[[], int], floor: Callable[[], int]) -> tuple[float, float]:
    """Medians of both, taken turn by turn so that a busy machine slows both alike."""
    took: dict[str, list[float]] = {"ours": [], "floor": []}
    for _ in range(ROUNDS):
        for name, action in (("ours", ours), ("floor", floor)):
            began = time.process_time()
            action()
            took[name].append((time.process_time() - began) * 1000)
    return statistics.median(took["ours"][3:]), statistics.median(took["floor"][3:])


def _context_of(app: Flask, action: Callable[[], int]) -> dict[str, Any]:
    """What our view gave to its template."""
    found: list[dict[str, Any]] = []

    def note(_app: Flask, template: Any, context: dict[str, Any], **_rest: Any) -> None:
        found.append(context)

    template_rendered.connect(note, app)
    try:
        action()
    finally:
        template_rendered.disconnect(note, app)
    return found[-1]


def _bare(app: Flask, address: str, seen: list[tuple[str, Any]], context: dict[str, Any]) -> Flask:
    """A Flask app with one view and nothing else: the same statements through the driver, the same template.

    It is given for nothing all that our view works out: who asks, the rows in words, the navigation, the addresses.
    """
    bare = Flask("bare")
    bare.secret_key = "bare"
    Babel(bare)
    connection = psycopg.connect(address)
    template = app.jinja_env.get_template("caseload/caseload.html")
    given = {key: value for key, value in context.items() if key not in ("request", "session", "g")}
    given |= {"url_for": lambda _endpoint, **_values: "/somewhere", "csrf_token": lambda: "x" * 91}
    form = _PlainForm()
    given["search"] = form

    @bare.get("/")
    def page() -> str:
        with connection.transaction(), connection.cursor() as cursor:
            for statement, parameters in seen:
                cursor.execute(statement, parameters or None)
                cursor.fetchall()
        return template.render(given)

    return bare


class _PlainField:
    """Stands in for the search box: its markup, ready made."""

    class label:  # noqa: N801 - as WTForms names it
        text = "Name or case number"

    def __call__(self, **_attributes: Any) -> str:
        return '<input id="words" name="words" type="text">'


class _PlainForm:
    words = _PlainField()
    csrf_token = ""

    def __iter__(self) -> Iterator[Any]:
        return iter(())


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
