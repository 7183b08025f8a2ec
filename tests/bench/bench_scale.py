"""The officer's pages among many courts: their CPU over a bare view, and how long they take beside a small portal's.

`make bench-data` loads the many courts; the small portal is loaded here, as of the same day.
"""

from __future__ import annotations

import gc
import json
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app.core.actor import ActorKind
from app.core.keyring import add_keys
from app.factory import create_app
from app.permissions.identity import Identity, Role
from tests.bench.bare_page import bare_page, in_turn
from tests.bench.scale.loading import LARGE, SMALL, SMALL_COURTS, BenchServer, Loaded
from tests.bench.scale.shapes import OFFICER_CASES, for_court, key_in
from tests.factories import TestCourt, letters
from tests.plans import beyond_the_court
from tests.servers import migrate

GOAL, RATIO, MOST_STATEMENTS = 6.0, 1.3, 12
ROUNDS = 60
COURT = 0  # a large one, in both databases: the same people
PAGES = {"caseload": f"caseload?per={OFFICER_CASES}", "needs attention": "today"}

Row = tuple[str, float, float, str]


@dataclass
class Portal:
    """The portal over one of the databases."""

    app: Flask
    address: str
    court: TestCourt
    loaded: Loaded

    def member(self, number: int, role: Role) -> Identity:
        """A member of the court's staff, by the number in its shape."""
        return Identity(
            kind=ActorKind.STAFF,
            id=key_in(COURT, "membership", number),
            role=role,
            court_id=self.court.id,
            display_name="",
            language="en",
            fully_signed_in=True,
        )

    def page(self, path: str, *, number: int = 2, role: Role = Role.OFFICER) -> Callable[[], int]:
        """Gets a page and says its length. Raises RuntimeError where there is none."""
        browser = self.court.client(self.member(number, role)).http
        address = self.court.url(path)

        def get() -> int:
            answer = browser.get(address)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
            return len(answer.data)

        get()
        return get


def rows() -> list[Row]:
    """Name, ours, floor, note. Raises NotLoaded where there are no many courts."""
    with BenchServer() as server:
        server.loaded(LARGE)
        with _portal(server, LARGE) as large, _portal(server, SMALL) as small:
            gc.collect()
            gc.freeze()
            told = f"{large.loaded.enrollments:,} enrollments in {large.loaded.courts:,} courts"
            found: list[Row] = []
            for name, path in PAGES.items():
                found += _page_rows(f"{name}, {told}", path, large, small)
            return [*found, *_search(large, small), *_export(large), *_team(large, small)]


def _page_rows(name: str, path: str, large: Portal, small: Portal) -> list[Row]:
    if path.partition("?")[0] not in {rule.rule.rpartition("/")[2] for rule in large.app.url_map.iter_rules()}:
        return [(f"{name}: no such page", 0.0, 0.0, "")]
    ours = large.page(path)
    floor, seen = bare_page(large.app, large.address, ours)
    cost, least = in_turn(ours, floor)
    note = f"+{cost - least:.1f} ms (goal {GOAL:.0f}); {len(seen)} statements (at most {MOST_STATEMENTS})"
    beyond = beyond_the_court(large.address, large.court.id, seen)
    return [
        (f"{name}: CPU (ms)", cost, least, note),
        ("  reads that go by no index on the court", len(beyond), 0.0, "; ".join(beyond) or "every one does"),
        _beside(f"  p95 (ms), beside {SMALL_COURTS} courts", path, large, small),
    ]


def _beside(name: str, path: str, large: Portal, small: Portal, *, number: int = 2, role: Role = Role.OFFICER) -> Row:
    many = large.page(path, number=number, role=role)
    few = small.page(path, number=number, role=role)
    return _ratio(name, many, few)


@dataclass(frozen=True)
class Took:
    """Milliseconds: the 95th percentile and the middle."""

    p95: float
    median: float


def _in_turn(*actions: Callable[[], object]) -> list[Took]:
    """How long each action takes, turn by turn, so that a busy machine slows them alike."""
    took: list[list[float]] = [[] for _ in actions]
    for _ in range(ROUNDS):
        for place, action in enumerate(actions):
            began = time.perf_counter()
            action()
            took[place].append((time.perf_counter() - began) * 1000)
    return [Took(statistics.quantiles(one, n=20)[-1], statistics.median(one)) for one in took]


def _ratio(name: str, many: Callable[[], object], few: Callable[[], object]) -> Row:
    """A row with the 95th percentiles, and how many times as long the first takes."""
    ours, small = _in_turn(many, few)
    note = f"x {ours.p95 / small.p95:.2f} (at most {RATIO}); the middle: x {ours.median / small.median:.2f}"
    return (name, ours.p95, small.p95, note)


def _search(large: Portal, small: Portal) -> list[Row]:
    """Somebody of the whole court looks for a name that many have."""

    def asks(portal: Portal) -> Callable[[], int]:
        browser, token = _with_token(portal, 1, Role.SUPERVISOR)
        sent = {"csrf_token": token, "words": "garcia maria"}

        def post() -> int:
            answer = browser.post(portal.court.url("caseload"), data=sent)
            if answer.status_code != 200:
                raise RuntimeError(f"search: {answer.status_code}")
            return len(answer.data)

        return post

    return [_ratio("search by name in a court: p95 (ms)", asks(large), asks(small))]


def _with_token(portal: Portal, number: int, role: Role) -> tuple[FlaskClient, str]:
    """A browser that has the caseload open, and the token of the forms on it."""
    browser = portal.court.client(portal.member(number, role))
    page = browser.get(portal.court.url("caseload"))
    return browser.http, page.tree.xpath("//main//form//input[@name='csrf_token']/@value")[0]


def _export(large: Portal) -> list[Row]:
    """The caseload as a file: of everybody in the court, beside that of one officer."""
    lines, peak, took = _streamed(large, 1, Role.SUPERVISOR)
    few_lines, few_peak, _took = _streamed(large, 2, Role.OFFICER)
    note = f"{lines} lines in {took:.0f} ms, beside {few_lines} lines"
    return [("caseload as CSV: most memory (MB)", peak, few_peak, note)]


def _streamed(portal: Portal, number: int, role: Role) -> tuple[int, float, float]:
    """A file's lines, the most memory in megabytes that it took to send it, and milliseconds."""
    browser, token = _with_token(portal, number, role)
    address, sent = portal.court.url("caseload/export"), {"csrf_token": token}
    browser.post(address, data=sent)  # what is made once for all is not of this file
    tracemalloc.start()
    began = time.perf_counter()
    answer = browser.post(address, data=sent, buffered=False)
    if answer.status_code != 200:
        raise RuntimeError(f"caseload/export: {answer.status_code}")
    lines = sum(part.count(b"\n") for part in answer.iter_encoded())
    took = (time.perf_counter() - began) * 1000
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return lines, peak / 2**20, took


def _team(large: Portal, small: Portal) -> list[Row]:
    return [
        _beside("supervisor's page of a year: p95 (ms)", "team?span=year", large, small, number=1, role=Role.SUPERVISOR)
    ]


@contextmanager
def _portal(server: BenchServer, database: str) -> Iterator[Portal]:
    """The portal over `database`, on the day on which it was loaded."""
    loaded = server.loaded(LARGE)
    if database == SMALL:
        people = loaded.average * SMALL_COURTS
        loaded = server.load(SMALL, courts=SMALL_COURTS, enrollments=people, now=loaded.at)
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        servers = server.servers(Path(folder))
        migrate(servers.url("portal_owner", database))
        settings = servers.settings(database, Path(folder))
        add_keys(settings.keyring_file)
        assert settings.clock_file is not None
        settings.clock_file.write_text(json.dumps((loaded.at - datetime.now(UTC)).total_seconds()))
        app = create_app(settings)
        court = TestCourt(app, key_in(COURT, "court", 0), for_court("court-~C~", COURT), letters(COURT))
        yield Portal(app, settings.database_url.replace("+psycopg", ""), court, loaded)
