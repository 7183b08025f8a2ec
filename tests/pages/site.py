"""A portal with its console and its people, and every route of both that answers a GET."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.court_admin.court_parts import PART_BY_KEY
from app.help.audiences import BY_KEY
from app.permissions.identity import STAFF_ROLES, Identity, Role
from app.permissions.permissions import GRANTS
from app.web.routing import REGISTRY, Access
from tests.client import PageClient
from tests.factories import TestCourt

ROLES = (*STAFF_ROLES, Role.COUNSEL, Role.LEARNER)
REVIEWERS = "reviewers."  # endpoints of the facilitators' own pages, over all courts
# Arguments that name one of a fixed row of pages, each with a form of its own.
VARIANTS: dict[str, list[str]] = {"key": sorted(PART_BY_KEY), "audience": sorted(BY_KEY)}
# A way to a page that only some steps lead to: the browser that took them, and the page's address.
Walk = Callable[["Site"], tuple[PageClient, str]]


class UnknownArgument(LookupError):
    """Nobody knows what may stand in the address of a route."""


@dataclass
class Site:
    """What the tests of every page visit.

    `people`: browsers of each role, signed in; of learners several, who stand at different places of the program.
    `reviewer`: a facilitator's, at the facilitators' one door; `reviewer_at`: the same person on the court's staff.
    `values`: what may stand in the address of a rule, best guesses first. Raises UnknownArgument.
    """

    portal: Flask
    console: Flask
    court: TestCourt
    people: dict[Role, list[PageClient]]
    reviewer: PageClient
    reviewer_at: Identity
    values: Callable[[Rule], Iterator[dict[str, Any]]]
    walks: dict[str, Walk] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Every route that answers a GET, in the order of their addresses."""
        found = [Route(self.portal, rule, self._roles(rule)) for rule in _answering(self.portal)]
        return found + [Route(self.console, rule, (Role.OPERATOR,)) for rule in _answering(self.console)]

    def _roles(self, rule: Rule) -> tuple[Role, ...]:
        asked: Access = self.portal.extensions[REGISTRY][rule.endpoint]
        if asked.public:
            return (Role.NOBODY,)
        if rule.endpoint.startswith(REVIEWERS):
            return (Role.FACILITATOR,)
        return tuple(role for role in ROLES if asked.permission in GRANTS[role])

    def browsers(self, route: Route, role: Role) -> list[PageClient]:
        """Those who ask for a route as one of its roles."""
        return [self.reviewer] if route.is_of_reviewers else self.people[role]

    def addresses(self, route: Route) -> Iterator[str]:
        """Where a route may have a page, best guesses first."""
        adapter = route.app.url_map.bind("localhost")
        for values in self.values(route.rule):
            yield adapter.build(route.endpoint, {**values, "court_slug": self.court.slug}, append_unknown=False)

    def others(self, route: Route, path: str) -> list[str]:
        """Further pages of a route whose address names one of a fixed row of pages."""
        _endpoint, values = route.app.url_map.bind("localhost").match(path)
        adapter = route.app.url_map.bind("localhost")
        return [
            adapter.build(route.endpoint, {**values, name: other})
            for name, every in VARIANTS.items()
            for other in every
            if name in route.rule.arguments and other != values[name]
        ]


@dataclass(frozen=True)
class Route:
    """A rule of one of the two apps, and who may call it."""

    app: Flask
    rule: Rule
    roles: tuple[Role, ...]

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint

    @property
    def is_of_reviewers(self) -> bool:
        return self.endpoint.startswith(REVIEWERS) and self.roles != (Role.NOBODY,)


def _answering(app: Flask) -> list[Rule]:
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted(rules, key=lambda rule: (rule.rule, rule.endpoint))
