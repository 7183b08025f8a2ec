"""Every page of the portal and of the console in Chromium: a new route is visited by being there.

The addresses come from the route map, filled from the court in which everything has happened once. Each page is opened
once, in a role, a language and at a width that are chosen so that all pairs come up: in `make check-all`, since it
takes minutes of a processor. That each page is reached, and how often it asks PostgreSQL, is looked at every day. Every
combination over the demo's data is tests/browser/test_every_page_of_the_demo.py. With PORTAL_SHOTS=<folder> a picture
of each page is kept.
"""

from __future__ import annotations

import itertools
import os

import pytest
from flask import Flask
from playwright.sync_api import Browser

from app.permissions.identity import Role
from tests import operators
from tests.pages.exempt import NO_PAGES, ONLY_IN_THE_DEMO, PARTS
from tests.pages.finding import LANGUAGES, MOST_STATEMENTS, WIDTHS, Found, find, spread
from tests.pages.lived import lived_in_site
from tests.pages.visiting import visit_all

pytestmark = pytest.mark.browser
console = operators.console

ONLY = os.environ.get("PORTAL_PAGES", "").split()  # endpoints to visit alone, while one works on them
# Pages that ask PostgreSQL more often than that; a line goes when its page is mended.
MORE_STATEMENTS: dict[str, int] = {
    "lawyer.client": 35,
    "my_record.record": 29,
    "my_record.not_right": 29,
    "reviewers.item": 28,
    "reviews.reflection": 26,
    "reviews.check_in": 23,
    "my_program.home": 22,
    "deciding.waiver": 22,
    "learning.modules": 19,
    "learning.case_time": 17,
    "cases.referral": 16,
    "concerns.concern": 16,
    "caseload.case": 14,
    "deciding.my_request": 14,
    "learning.my_time": 14,
    "court_admin.preview_draft": 13,
    "court_admin.module_versions": 13,
}


@pytest.fixture(scope="module")
def found(app: Flask, console: Flask) -> Found:
    return find(lived_in_site(app, console))


@pytest.mark.slow
@pytest.mark.proves("CD-1", "WE-1", "WE-5")
def test_every_page_holds_what_every_page_must(found: Found, browser: Browser) -> None:
    stops = [stop for stop in found.stops if stop.endpoint not in PARTS and (not ONLY or stop.endpoint in ONLY)]
    faults = visit_all(browser, spread(stops))
    assert not faults, "\n".join(faults)


def test_every_route_is_reached_and_asks_the_database_seldom(found: Found) -> None:
    """One test: what it looks at takes long to make."""
    _no_route_is_left_out(found)
    _all_pairs_of_role_language_and_width_come_up(found)
    often = {
        stop.endpoint: stop.statements
        for stop in found.stops
        if stop.statements > MORE_STATEMENTS.get(stop.endpoint, MOST_STATEMENTS)
    }
    assert not often, often


def _no_route_is_left_out(found: Found) -> None:
    """Who adds a page that the generator finds no address for either teaches it one or gives the reason here."""
    unreached = {name: told for name, told in found.unreached().items() if name not in NO_PAGES | ONLY_IN_THE_DEMO}
    assert not unreached, "\n".join(f"{name}: {told}" for name, told in unreached.items())
    seen = {stop.endpoint for stop in found.stops} | found.files.keys()
    assert sorted((seen - PARTS.keys()) & (NO_PAGES | ONLY_IN_THE_DEMO).keys()) == [], "visited after all"
    assert sorted((NO_PAGES | ONLY_IN_THE_DEMO).keys() - seen - found.unreached().keys()) == [], "no such route"


def _all_pairs_of_role_language_and_width_come_up(found: Found) -> None:
    chosen = [(stop.role, language, width) for stop, language, width in spread(found.stops)]
    roles = {role for role, _language, _width in chosen} - {Role.OPERATOR}  # the console is in English
    assert {Role.NOBODY, Role.LEARNER, Role.COUNSEL, Role.OFFICER, Role.JUDGE} <= roles
    for first, second in itertools.combinations((roles, set(LANGUAGES), set(WIDTHS)), 2):
        wanted = set(itertools.product(first, second))
        pairs = {pair for one in chosen for pair in itertools.permutations(one, 2)}
        assert wanted <= pairs, wanted - pairs
