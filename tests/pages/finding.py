"""The generator: for every route an address that shows its page to one of its roles (or to each of them)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.permissions.identity import Role
from tenants.database import db
from tests.client import PageClient
from tests.pages.site import Route, Site, UnknownArgument

MOST_STATEMENTS = 12  # of one page
TRIES = 40  # addresses of one route for one person
LANGUAGES = ("en", "es")
WIDTHS = (320, 640, 1280)  # CSS pixels: an old phone, a desk's screen at 200 %, a desk's screen


@dataclass(frozen=True)
class Stop:
    """A page to open: by whom, and where. `statements`: what PostgreSQL was asked for it."""

    endpoint: str
    role: Role
    client: PageClient
    path: str
    statements: int = 0


@dataclass
class Found:
    """What the walk over the route map came to.

    `files`: endpoints that answer with something else than a page, by what it is. `leading`: those that lead elsewhere.
    `missing`: those for which no address gave an answer, with what was tried.
    """

    stops: list[Stop] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    leading: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def unreached(self) -> dict[str, str]:
        return {**self.missing, **self.leading}


def find(site: Site, *, each_role: bool = False) -> Found:
    """Ask for every route until it shows a page; with `each_role`, once for each role that may see it."""
    found, used = Found(), Counter[Role]()
    with counting(site.portal, site.console) as statements:
        for route in site.routes():
            try:
                _find_one(site, route, found, used, statements, each_role=each_role)
            except UnknownArgument as unknown:
                found.missing[route.endpoint] = str(unknown)
    return found


def _find_one(
    site: Site, route: Route, found: Found, used: Counter[Role], statements: list[str], *, each_role: bool
) -> None:
    answers: list[tuple[str, TestResponse]] = []
    reached = False
    for role in sorted(route.roles, key=lambda one: (used[one], route.roles.index(one))):
        for client, path in _ways(site, route, role):
            del statements[:]
            response = client.http.get(path)
            answers.append((path, response))
            if response.status_code == 200 and response.mimetype == "text/html":
                found.stops.append(Stop(route.endpoint, role, client, path, _asked(client, path, statements)))
                used[role] += 1
                found.stops += [Stop(route.endpoint, role, client, other) for other in site.others(route, path)]
            elif response.status_code == 200:
                found.files[route.endpoint] = response.mimetype
            else:
                response.close()
                continue
            reached = True
            break
        if reached and not each_role:
            return
    if not reached and not _walk(site, route, found):
        _note(route, answers, found)


def _asked(client: PageClient, path: str, statements: list[str]) -> int:
    """How many statements a page costs; where the first look filled what the process keeps, those of a second."""
    if len(statements) > MOST_STATEMENTS:
        del statements[:]
        client.http.get(path).close()
    return len(statements)


def _ways(site: Site, route: Route, role: Role) -> Iterator[tuple[PageClient, str]]:
    for client in site.browsers(route, role):
        for path in itertools.islice(site.addresses(route), TRIES):
            yield client, path


def _walk(site: Site, route: Route, found: Found) -> bool:
    """Take the steps that lead to a route that no address leads to."""
    if route.endpoint not in site.walks:
        return False
    client, path = site.walks[route.endpoint](site)
    response = client.http.get(path)
    if response.status_code != 200:
        found.missing[route.endpoint] = f"the way to it ends at {path}, which answers {response.status_code}"
        return True
    found.stops.append(Stop(route.endpoint, route.roles[0], client, path))
    return True


def _note(route: Route, answers: list[tuple[str, TestResponse]], found: Found) -> None:
    """Say of a route without a page where it led, or what it answered."""
    for path, response in answers:
        if response.status_code in (301, 302, 303, 307, 308):
            found.leading[route.endpoint] = f"{path} leads to {response.headers['Location']}"
            return
    told = f"{answers[0][0]} answers {answers[0][1].status_code}" if answers else "no address to try"
    found.missing[route.endpoint] = f"{route.rule.rule}: {told} ({len(answers)} tried)"


def spread(stops: list[Stop]) -> list[tuple[Stop, str, int]]:
    """Each page in one language and at one width, so that all pairs of role, language and width come up evenly."""
    count: Counter[Role] = Counter()
    chosen = []
    for stop in stops:
        number = count[stop.role]
        count[stop.role] += 1
        language = "en" if stop.role is Role.OPERATOR else LANGUAGES[number % len(LANGUAGES)]
        chosen.append((stop, language, WIDTHS[number // len(LANGUAGES) % len(WIDTHS)]))
    return chosen


@contextmanager
def counting(*apps: Flask) -> Iterator[list[str]]:
    """The statements that the apps send to PostgreSQL meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with ExitStack() as until:
        for app in apps:
            with app.app_context():
                engines = list(db.engines.values())
            for engine in engines:
                event.listen(engine, "before_cursor_execute", note)
                until.callback(event.remove, engine, "before_cursor_execute", note)
        yield seen
