"""Accommodations in the demo: one asked for, one granted with a later deadline, one not granted."""

from __future__ import annotations

from datetime import timedelta

from app.cases.lookups import the_enrollment
from app.demo.learner import Learner
from app.learning.accommodations import services
from app.learning.accommodations.lookups import asked_by
from tenants.database import acting_as

DENIED = (
    "The courthouse has no free room for this. The library on Main Street has quiet rooms, at no cost. "
    "You can ask again, also for something else."
)


def ask(learner: Learner, *helps: str, words: str = "") -> None:
    with acting_as(learner.court.id):
        services.ask(helps, words, actor=learner.me)


def grant(learner: Learner) -> None:
    """Twice the time, and three weeks more for the lessons."""
    clerk = learner.court.staff["clerk"].identity
    with acting_as(learner.court.id):
        row = asked_by(learner.enrolled)[0]
        until = the_enrollment(learner.enrolled).referral.deadline + timedelta(days=21)
        services.grant(row.id, row.asked, 2, "", until=until, version=str(row.row_version), actor=clerk)


def deny(learner: Learner) -> None:
    clerk = learner.court.staff["clerk"].identity
    with acting_as(learner.court.id):
        row = asked_by(learner.enrolled)[0]
        services.deny(row.id, DENIED, version=str(row.row_version), actor=clerk)
