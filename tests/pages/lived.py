"""The court in which everything has happened once, as a place to visit: what CI walks through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from app.permissions.identity import Role
from app.reviews.models import ReviewItem
from tenants.database import session
from tests import operators
from tests.client import PageClient
from tests.functional import reviews_kit
from tests.functional.accounts_people import colleague
from tests.functional.lived_in import LivedIn, lived_in
from tests.pages.console import console_values
from tests.pages.site import Site, UnknownArgument
from tests.pages.states import STATES
from tests.pages.walks import WALKS

NAME = "Whitebeam"


def lived_in_site(portal: Flask, console: Flask) -> Site:
    """Everything of it is made by the portal's services; one person of each role."""
    lived = lived_in(portal, NAME)
    reviewer = colleague(lived.court, role=Role.FACILITATOR)
    reviews_kit.lead(lived.court, reviewer.membership_id)
    people = {role: [client] for role, client in lived.clients.items()}
    people |= {Role.NOBODY: [PageClient(portal)], Role.OPERATOR: [operators.sign_in(console).pages]}
    of_console = console_values(portal, console, lived.court)
    items = _items(lived)

    def values(rule: Rule) -> Iterator[dict[str, Any]]:
        names = rule.arguments - {"court_slug"}
        known = lived.ids if rule.endpoint in portal.view_functions else of_console
        for item_id in items if "item_id" in names else [None]:
            filled = {**known, "court_id": lived.court.id, "item_id": item_id}
            if missing := {name for name in names if filled.get(name) is None}:
                raise UnknownArgument(f"{rule.rule}: nobody knows how to fill {sorted(missing)}")
            yield {name: filled[name] for name in names}

    return Site(
        portal=portal,
        console=console,
        court=lived.court,
        people=people,
        reviewer=reviews_kit.sign_in(reviewer),
        reviewer_at=replace(lived.people[Role.FACILITATOR], id=reviewer.membership_id),
        values=values,
        walks={**WALKS, **STATES},
    )


def _items(lived: LivedIn) -> list[Any]:
    """What waits at the reviewers' door, by any kind."""
    with lived.app.app_context(), lived.court.acting():
        return list(session().scalars(sa.select(ReviewItem.id).order_by(ReviewItem.kind)))
