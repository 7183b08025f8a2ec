"""A case that moves to another court in the demo, and waits for that court's answer."""

from __future__ import annotations

from app.demo.learner import Court, Learner
from app.transfers import asking
from app.transfers.carrying import carry
from tenants.database import acting_as


def case_between_courts(learner: Learner, to: Court) -> None:
    """The clerk asks that the case moves; the participant agreed, and the other court has not answered yet."""
    for court in (learner.court, to):
        with acting_as(court.id):
            carry()
    with acting_as(learner.court.id):
        row = asking.ask(
            learner.enrolled,
            to.id,
            reason="Moved to a new job and a home in the other county.",
            documents=(),
            actor=learner.court.staff["clerk"].identity,
        )
        asking.agree(row.id, actor=learner.me)
    with acting_as(to.id):
        carry()
