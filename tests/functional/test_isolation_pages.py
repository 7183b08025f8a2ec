"""Two courts full of words of their own: whatever anybody opens, in whatever order, the other's words never appear."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Iterator
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.permissions.identity import Role
from tests.client import PageClient
from tests.daily import ROLES, daily, daily_roles
from tests.functional.lived_in import LivedIn, lived_in

CANARIES = ("Quillfeather", "Oxbowlantern")


class Lines(logging.Handler):
    """Everything that was logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))


@pytest.fixture(scope="module")
def courts(app: Flask) -> tuple[LivedIn, LivedIn]:
    return lived_in(app, CANARIES[0]), lived_in(app, CANARIES[1])


@pytest.fixture
def log() -> Iterator[Lines]:
    lines, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    yield lines
    root.setLevel(before)
    root.removeHandler(lines)


def words_of(response: TestResponse) -> str:
    """All that was sent: status line, headers, body; a PDF also as the text that a person reads."""
    text = f"{response.status} {response.headers} {response.data.decode(errors='replace')}"
    if response.mimetype == "application/pdf" and shutil.which("pdftotext"):
        run = subprocess.run(["pdftotext", "-", "-"], input=response.data, capture_output=True, check=False)
        text += run.stdout.decode(errors="replace")
    return text.lower()


class Browsing(RuleBasedStateMachine):
    """People of both courts open pages, with ids of their own court and of the other, in any order."""

    app: ClassVar[Flask]
    courts: ClassVar[tuple[LivedIn, LivedIn]]
    pages: ClassVar[list[Rule]]
    log: ClassVar[Lines]

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    @rule(
        side=st.integers(0, 1),
        role=st.sampled_from(ROLES),
        page=st.integers(0, 10_000),
        foreign_ids=st.booleans(),
    )
    def open(self, side: int, role: Role, page: int, foreign_ids: bool) -> None:
        mine, theirs = self.courts[side], self.courts[1 - side]
        chosen = self.pages[page % len(self.pages)]
        path = mine.path(chosen, **(theirs.ids if foreign_ids else {}))
        self.note(mine.clients[role].http.get(path), theirs, f"{role} at {chosen.endpoint}")

    @rule(side=st.integers(0, 1), role=st.sampled_from(ROLES))
    def go_to_the_other_court(self, side: int, role: Role) -> None:
        mine, theirs = self.courts[side], self.courts[1 - side]
        response = mine.clients[role].http.get(theirs.court.url())
        assert theirs.people[role].display_name.lower() not in words_of(response)

    @rule(side=st.integers(0, 1))
    def look_from_outside(self, side: int) -> None:
        response = PageClient(self.app).http.get(self.courts[side].court.url())
        self.note(response, self.courts[1 - side], "a stranger")

    def note(self, response: TestResponse, theirs: LivedIn, who: str) -> None:
        if theirs.canary.lower() in words_of(response).replace(f"court of {theirs.canary}".lower(), ""):
            self.faults.append(f"{who} ({response.request.path}) sees {theirs.canary}")

    @invariant()
    def nothing_crossed_over(self) -> None:
        assert self.faults == []

    @invariant()
    def no_name_was_logged(self) -> None:
        logged = "\n".join(self.log.text).lower()
        assert [canary for canary in CANARIES if canary.lower() in logged] == []


@pytest.mark.proves("CO-7", "WE-2")
def test_no_word_of_one_court_reaches_the_other(app: Flask, courts, log: Lines):
    Browsing.app, Browsing.courts, Browsing.log = app, courts, log
    Browsing.pages = [r for r in app.url_map.iter_rules() if "court_slug" in r.arguments and "GET" in (r.methods or ())]
    unhurried = settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Browsing, settings=unhurried)


@pytest.mark.proves("CO-7")
@pytest.mark.parametrize("role", daily_roles())
@pytest.mark.parametrize("side", daily([0, 1], [0]))
def test_every_page_shows_words_of_its_own_court_only(app: Flask, courts, role: Role, side: int):
    mine, theirs = courts[side], courts[1 - side]
    faults, own = [], 0
    for page in app.url_map.iter_rules():
        if "court_slug" not in page.arguments or "GET" not in (page.methods or ()):
            continue
        words = words_of(mine.clients[role].http.get(mine.path(page)))
        own += mine.canary.lower() in words
        if theirs.canary.lower() in words:
            faults.append(page.endpoint)
    assert faults == []
    assert own > 5, "the court's own words are not on its pages: this test could not fail"


@pytest.mark.proves("WE-2")
def test_no_name_stands_in_an_address(app: Flask, courts):
    """Search text and names travel in bodies, never in what browsers and proxies write down."""
    for lived in courts:
        for role, client in lived.clients.items():
            home = client.get(lived.court.url())
            links = [] if home.tree is None else home.tree.xpath("//a/@href|//form/@action|//img/@src")
            assert [link for link in links if lived.canary.lower() in link.lower()] == [], role
