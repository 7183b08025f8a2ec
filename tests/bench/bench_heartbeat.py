"""What a sign of life from a lesson's page costs, at the beginning and after a day's learning, over a bare insert."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from flask import Flask
from sqlalchemy import insert

from app.core import clock
from app.core.keyring import add_keys
from app.factory import create_app
from app.learning.counting import recount
from app.learning.lookups import my_course
from app.learning.models import PageEvent
from tenants.database import transaction
from tenants.keys import uuid7
from tests.bench.ground import own_servers
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import MODULE, Learner, counted_statements

LESSON = "how-this-program-works"
ROUNDS = 60
DAY = 1440  # signs: eight hours, one every twenty seconds
MOST_STATEMENTS = 6

Row = tuple[str, float, float, str]


def rows() -> list[Row]:
    """Name, ours, floor, note; CPU milliseconds of this process, medians, taken turn by turn."""
    with own_servers() as servers:
        settings = servers.settings("template_portal", Path(servers.folder))
        add_keys(settings.keyring_file)
        app = create_app(settings)
        publish(app)
        court = make_court(app)
        fresh, long = _Page(court), _Page(court)
        _give_a_day(app, long)
        floor = _bare(settings.database_url.replace("+psycopg", ""), court.id, fresh.learner.enrollment_id)
        for action in (fresh.sign, long.sign, floor):
            for _ in range(5):  # the first sign of a visit is counted from all signs
                action()
        with counted_statements(app) as seen:
            long.sign()
        gc.collect()
        gc.freeze()
        at_first, after_a_day, least = _in_turn(fresh.sign, long.sign, floor)
    note = f"+{at_first - least:.1f} ms of the portal itself: who signs in which court, the lock, the tally"
    late = f"after {DAY} signs; at the beginning {at_first:.2f}"
    goal = f"at most {MOST_STATEMENTS}; BEGIN and COMMIT are not counted"
    return [
        ("heartbeat: CPU (ms)", at_first, least, note),
        ("heartbeat: CPU after a day's learning (ms)", after_a_day, least, late),
        ("heartbeat: statements", float(len(seen)), 2.0, goal),
    ]


class _Page:
    """A learner's open page, whose clock goes on by twenty seconds with each sign."""

    def __init__(self, court: TestCourt) -> None:
        self.learner = Learner(court)
        self.url = self.learner.url(f"{LESSON}/pulse")
        self.learner.browser.get(self.learner.url(LESSON)).submit("Start reading")
        self.open_at(clock.now())

    def open_at(self, now: datetime) -> None:
        """Sign in and open the page; a day later the earlier sign-in has ended."""
        self.now = now
        with clock.moved_to(now):
            browser = self.learner.court.client(self.learner.identity)
            shown = browser.get(self.learner.url(LESSON)).tree.xpath("//*[@data-mark]")[0]
        self.http, self.data = browser.http, {"csrf_token": shown.get("data-token"), "mark": shown.get("data-mark")}

    def sign(self) -> None:
        self.now += timedelta(seconds=20)
        with clock.moved_to(self.now):
            if self.http.post(self.url, data=self.data).status_code != 200:
                raise RuntimeError("the sign was not taken")


def _give_a_day(app: Flask, page: _Page) -> None:
    """A day's signs, straight into the table, and the tally that counting them leaves."""
    first = page.learner.rows(PageEvent)[0]
    begin: datetime = first.at
    with app.test_request_context(), page.learner.court.acting(), transaction() as current:
        current.execute(
            insert(PageEvent),
            [
                {
                    "enrollment_id": page.learner.enrollment_id,
                    "slug": MODULE,
                    "lesson": LESSON,
                    "tab": first.tab,
                    "kind": "heartbeat",
                    "at": begin + timedelta(seconds=20 * number),
                }
                for number in range(1, DAY + 1)
            ],
        )
        evening = begin + timedelta(seconds=20 * DAY)
        with clock.moved_to(evening):
            recount(my_course(page.learner.identity, lock=True))
    page.open_at(evening)


def _bare(address: str, court_id: UUID, enrollment_id: UUID) -> Callable[[], None]:
    """A Flask app with one view and nothing else: the court is told, and a row is inserted."""
    app, connection = Flask("bare"), psycopg.connect(address)

    @app.post("/")
    def sign() -> dict[str, str]:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('portal.court_id', %s, true)", (str(court_id),))
            cursor.execute(
                "INSERT INTO page_event (id, court_id, enrollment_id, slug, lesson, tab, kind, at)"
                " VALUES (%s, %s, %s, %s, %s, 'bare', 'heartbeat', %s)",
                (uuid7(), court_id, enrollment_id, "bare", "bare", clock.now()),
            )
        return {"text": ""}

    client = app.test_client()

    def action() -> None:
        if client.post("/").status_code != 200:
            raise RuntimeError("the bare view failed")

    return action


def _in_turn(*actions: Callable[[], None]) -> list[float]:
    took: list[list[float]] = [[] for _ in actions]
    for _ in range(ROUNDS):
        for times, action in zip(took, actions, strict=True):
            began = time.process_time()
            action()
            times.append((time.process_time() - began) * 1000)
    return [statistics.median(times[3:]) for times in took]


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        sys.stdout.write(f"{name}: {ours:.2f} against {floor:.2f}: {note}\n")
