"""Requests that wait, and the court's answers to them, as services and pages take them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from app.cases.lookups import the_enrollment
from app.payments.deciding.lookups import decisions_of, replies_of
from app.payments.deciding.models import WaiverDecision, WaiverReply
from app.payments.deciding.rules import Decision, Outcome
from app.payments.deciding.services import decide_waiver
from app.payments.ledger import open_coursework_if_allowed, write_entries
from app.payments.lookups import newest_waiver
from app.payments.models import Waiver
from app.payments.waiving.services import WaiverRequest, file_waiver
from app.permissions.identity import Identity, Role
from tenants.program import ProgramDocument, load_preset
from tests.client import Page
from tests.factories import TestCourt, make_learner

PRESET = "county_probation"


def document(*, fees: dict[str, Any] | None = None, waivers: dict[str, Any] | None = None) -> ProgramDocument:
    data = load_preset(PRESET).to_json()
    data["fees"] |= fees or {}
    data["waivers"] |= waivers or {}
    return ProgramDocument.model_validate(data)


@contextmanager
def inside(court: TestCourt) -> Iterator[None]:
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        yield


def asked(court: TestCourt, **told: Any) -> tuple[Identity, UUID]:
    """Somebody who enrolled and sent a request; `told` as in WaiverRequest."""
    learner, enrollment_id = make_learner(court)
    send_request(court, learner, **told)
    return learner, enrollment_id


def send_request(court: TestCourt, learner: Identity, **told: Any) -> None:
    values = {"household_size": 3, "monthly_income_cents": 190_050, "statement": "I lost my work.", **told}
    with inside(court):
        file_waiver(WaiverRequest(**values), actor=learner)


def waiver_of(court: TestCourt, enrollment_id: UUID) -> Waiver:
    with inside(court):
        found = newest_waiver(enrollment_id)
        assert found is not None
        return found


def state_of(court: TestCourt, enrollment_id: UUID) -> str:
    with inside(court):
        return the_enrollment(enrollment_id).state


def answers_of(court: TestCourt, enrollment_id: UUID) -> list[WaiverDecision]:
    with inside(court):
        return list(decisions_of(waiver_of(court, enrollment_id).id))


def replies_to(court: TestCourt, enrollment_id: UUID) -> list[WaiverReply]:
    with inside(court):
        return list(replies_of(waiver_of(court, enrollment_id).id))


def decide(
    court: TestCourt, enrollment_id: UUID, outcome: Outcome, *, actor: Identity | None = None, **more: Any
) -> WaiverDecision:
    """Answer the newest request; a denial with a reason, everything with an explanation."""
    waiver = waiver_of(court, enrollment_id)
    reason = "other" if outcome is Outcome.DENIED else ""
    values = {"reason": reason, "explanation": "Because of what you told.", **more}
    who = actor or court.member(Role.CLERK)
    with inside(court):
        return decide_waiver(waiver.id, Decision(outcome, **values), actor=who, row_version=str(waiver.row_version))


def open_request(court: TestCourt, enrollment_id: UUID, role: Role = Role.CLERK, name: str = "") -> Page:
    return court.staff_client(role, name).get(court.url(f"waivers/{waiver_of(court, enrollment_id).id}"))


def pay_by_hand(court: TestCourt, enrollment_id: UUID, cents: int) -> None:
    """A payment in the ledger, as whoever records one writes it."""
    with inside(court):
        effect = f"counter:{enrollment_id}:{cents}"
        write_entries(enrollment_id, [("paid", "", cents, effect)], actor=court.member(Role.CLERK))
        open_coursework_if_allowed(enrollment_id)
