"""The demo as a place to visit: its own court, its own people, whatever ten months have left there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from app.accounts.models import LearnerAccount, Membership
from app.cases.models import Enrollment
from app.core.actor import ActorKind
from app.core.models import StoredFile
from app.court_admin.lookups import EMBLEM
from app.curriculum.loader import load_all
from app.factory import create_app
from app.learning.models import ModuleProgress
from app.operator.factory import create_console
from app.payments.models import Checkout, StripeEvent
from app.payments.waiving.models import WaiverProof
from app.permissions.identity import Identity, Role
from app.reports.models import Report
from app.reviews.models import ReviewItem
from config import Settings
from tenants.database import session
from tenants.models import Court
from tests import operators
from tests.client import PageClient
from tests.demo_kit import Demo, scratch_demo
from tests.factories import TestCourt
from tests.functional import reviews_kit
from tests.functional.accounts_people import colleague
from tests.functional.lived_in import TABLES
from tests.functional.lived_in_lists import FACT
from tests.functional.lived_in_talk import TALK
from tests.pages.console import console_values
from tests.pages.site import ROLES, Site, UnknownArgument
from tests.pages.states import STATES
from tests.pages.walks import WALKS

COURT = "riverside"
ROWS = 60  # of one table that are tried
MORE_TABLES: dict[str, Any] = {
    **TALK,
    "exhausted_id": ModuleProgress,
    "checkout_id": Checkout,
    "review_id": Checkout,
    "proof_id": WaiverProof,
    "added_id": WaiverProof,
    "scan_id": WaiverProof,
    "item_id": ReviewItem,
}
# Arguments that are no row: what may stand there.
WORDS: dict[str, list[Any]] = {
    "number": list(range(1, 8)),
    "key": ["course"],
    "kind": ["final"],
    "form": ["csv", "json", "xml", "html"],
    "step": ["household", "income", "words"],
    "language": ["en"],
    "standing": ["active"],
    "report_standing": ["ready"],
    "money_kind": ["assessed"],
    "team_table": ["late"],
    "audience": ["participant"],
    "guide_name": ["participant"],
    **{name: [word] for name, word in FACT.items()},
}


@contextmanager
def running_demo(folder: Path) -> Iterator[Site]:
    """A demo in a checkout of its own, made and started for the block. The pages come from apps of this process."""
    demo = scratch_demo(folder / "checkout")
    try:
        demo.start()
        yield demo_site(demo)
    finally:
        demo.discard()


def demo_site(demo: Demo) -> Site:
    lines = (demo.var / "local.env").read_text().splitlines()
    environment = dict(line.split("=", 1) for line in lines if line)
    portal = create_app(Settings.from_env("web", environment))
    console = create_console(Settings.from_env("console", environment))
    with portal.app_context():
        row = session().scalars(sa.select(Court).where(Court.slug == COURT)).one()
        court = TestCourt(portal, row.id, row.slug, row.code_prefix)
    reviewer = colleague(court, role=Role.FACILITATOR)
    reviews_kit.lead(replace(court, app=console), reviewer.membership_id)
    people = {role: _browsers(court, role) for role in ROLES}
    people |= {Role.NOBODY: [PageClient(portal)], Role.OPERATOR: [operators.sign_in(console).pages]}
    rows = Rows(portal, console, court)
    return Site(
        portal=portal,
        console=console,
        court=court,
        people=people,
        reviewer=reviews_kit.sign_in(reviewer),
        reviewer_at=Identity(
            ActorKind.STAFF, id=reviewer.membership_id, role=Role.FACILITATOR, court_id=court.id, fully_signed_in=True
        ),
        values=rows.values,
        walks={**STATES, **WALKS},
    )


def _browsers(court: TestCourt, role: Role) -> list[PageClient]:
    """Everybody of a role, signed in."""
    model: Any = LearnerAccount if role is Role.LEARNER else Membership
    found = sa.select(model.id).order_by(model.id)
    if role is not Role.LEARNER:
        found = found.where(Membership.role == role, Membership.state == "active")
    with court.app.app_context(), court.acting():
        ids = session().scalars(found).all()
    kind = ActorKind.LEARNER if role is Role.LEARNER else ActorKind.STAFF
    return [court.client(Identity(kind, id=one, role=role, court_id=court.id)) for one in ids]


class Rows:
    """What may stand in the addresses: the rows of the court, newest first, with what else they name."""

    def __init__(self, portal: Flask, console: Flask, court: TestCourt) -> None:
        self.portal, self.court = portal, court
        self.kept: dict[str, list[dict[str, Any]]] = {}
        self.console = console_values(portal, console, court)
        lessons = [(module.slug, lesson.slug) for module in load_all() for lesson in module.lessons]
        self.kept["slug"] = [{"slug": slug} for slug in dict.fromkeys(slug for slug, _lesson in lessons)]
        self.kept["lesson"] = [{"slug": slug, "lesson": lesson} for slug, lesson in lessons]
        self.kept["court_id"] = [{"court_id": court.id}]
        for name, words in WORDS.items():
            self.kept[name] = [{name: word} for word in words]
        with portal.app_context(), court.acting():
            cases = session().execute(sa.select(Enrollment.id, Enrollment.referral_id)).all()
            self.kept["token"] = [{"token": url.rpartition("/")[2]} for url in session().scalars(_VERIFY).all()]
            self.kept["sha256"] = [{"sha256": one} for one in session().scalars(_EMBLEMS).all()]
            self.kept["stripe_event"] = [{"stripe_event": one} for one in session().scalars(_EVENTS).all()]
        self.referrals: dict[UUID, UUID] = {case.id: case.referral_id for case in cases}

    def values(self, rule: Rule) -> Iterator[dict[str, Any]]:
        names = rule.arguments - {"court_slug"}
        if rule.endpoint not in self.portal.view_functions:
            if missing := {name for name in names if self.console.get(name) is None}:
                raise UnknownArgument(f"{rule.rule}: nobody knows how to fill {sorted(missing)}")
            yield {name: self.console[name] for name in names}
            return
        if not names:
            yield {}
            return
        tables = {name: self._rows(name, rule) for name in sorted(names)}
        leading = max(tables, key=lambda name: (len(self._also(tables[name]) & names), name))
        for row in tables[leading]:
            rest = sorted(names - row.keys())
            for others in itertools.product(*(tables[name][:12] for name in rest)):
                filled = {**{name: one[name] for name, one in zip(rest, others, strict=True)}, **row}
                yield {name: filled[name] for name in names}

    @staticmethod
    def _also(rows: list[dict[str, Any]]) -> set[str]:
        return set(rows[0]) if rows else set()

    def _rows(self, name: str, rule: Rule) -> list[dict[str, Any]]:
        if name not in self.kept:
            model = {**TABLES, **MORE_TABLES}.get(name)
            if model is None:
                raise UnknownArgument(f"{rule.rule}: nobody knows how to fill <{name}>")
            with self.portal.app_context(), self.court.acting():
                found = session().scalars(sa.select(model).order_by(model.id.desc()).limit(ROWS)).all()
                self.kept[name] = [self._row(name, one) for one in found]
        return self.kept[name]

    def _row(self, name: str, row: Any) -> dict[str, Any]:
        """The row by the argument's name, with the case and whatever else it belongs to."""
        also = ("enrollment_id", "referral_id", "waiver_id", "batch_id", "file_id")
        found = {other: getattr(row, other) for other in also if getattr(row, other, None) is not None}
        if "enrollment_id" in found and found["enrollment_id"] in self.referrals:
            found.setdefault("referral_id", self.referrals[found["enrollment_id"]])
        return {**found, name: row.id}


_VERIFY = sa.select(Report.snapshot["verify_url"].astext).where(Report.state == "ready").limit(5)
_EMBLEMS = sa.select(StoredFile.sha256).where(StoredFile.purpose == EMBLEM)
_EVENTS = sa.select(StripeEvent.id).where(StripeEvent.state == "failed")
