"""Reading requests with the court's answers: what waits, what was answered, what a letter says. Cents throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_

from app.accounts.models import Membership
from app.cases.lookups import case_numbers, the_enrollment, visible_enrollments
from app.cases.models import Enrollment
from app.core import clock
from app.core.court_words import in_reader_language
from app.core.errors import NotFound
from app.payments.deciding.models import WaiverDecision, WaiverReply
from app.payments.deciding.rules import ASK_AGAIN_FROM, Outcome, roles_for
from app.payments.deciding.told import Answer, answer_of
from app.payments.kinds import IS_WAIVED
from app.payments.models import LedgerEntry, Waiver
from app.payments.rules import WAIVER_PENDING
from app.permissions.identity import Identity
from tenants.database import session
from tenants.models import Court
from tenants.program import Waivers
from tenants.rules import rules_of
from tenants.scope import current_court_id

PAGE = 25
AGE = func.coalesce(Waiver.asked_again_at, Waiver.submitted_at)


class Pile(StrEnum):
    """The parts of the court's list of requests."""

    WAITING = "waiting"  # for the court
    PROOF = "proof"  # for the learner's proof
    DECIDED = "decided"


_STATES = {Pile.WAITING: WAIVER_PENDING - {"needs_proof"}, Pile.PROOF: frozenset({"needs_proof"})}


def requests_in(
    identity: Identity, pile: Pile, *, after: UUID | None = None
) -> tuple[list[tuple[Waiver, Enrollment]], UUID | None]:
    """At most PAGE requests, and where the next page goes on: the oldest first, decided ones the newest first."""
    query = visible_enrollments(identity).join(Waiver, Waiver.enrollment_id == Enrollment.id).add_columns(Waiver)
    place: ColumnElement[Any]
    if pile is Pile.DECIDED:
        place, newest_first = func.coalesce(Waiver.decided_at), True
        query = query.where(Waiver.decided_at.is_not(None), Waiver.state.not_in(WAIVER_PENDING))
    else:
        place, newest_first = AGE, False
        query = query.where(Waiver.state.in_(_STATES[pile]))
    start = session().execute(select(place, Waiver.id).where(Waiver.id == after)).first() if after else None
    if start is not None:
        here, there = tuple_(place, Waiver.id), (start[0], start[1])
        query = query.where(here < there if newest_first else here > there)
    order = (place.desc(), Waiver.id.desc()) if newest_first else (place, Waiver.id)
    found = session().execute(query.order_by(*order).limit(PAGE + 1))
    rows = [(waiver, enrollment) for enrollment, waiver in found]
    return rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None


def count_in_piles(identity: Identity) -> dict[Pile, int]:
    """How many requests wait for the court and for proof. One statement."""
    mine = visible_enrollments(identity).with_only_columns(Enrollment.id)
    counts = [func.count().filter(Waiver.state.in_(states)) for states in _STATES.values()]
    row = session().execute(select(*counts).where(Waiver.enrollment_id.in_(mine))).one()
    return dict(zip(_STATES, map(int, row), strict=True))


def waivers_of(enrollment_id: UUID) -> Sequence[Waiver]:
    """Every request of an enrollment, the newest first."""
    query = select(Waiver).where(Waiver.enrollment_id == enrollment_id, Waiver.state != "draft")
    return session().scalars(query.order_by(Waiver.submitted_at.desc(), Waiver.id.desc())).all()


def decisions_of(waiver_id: UUID) -> Sequence[WaiverDecision]:
    """Every answer of the court to a request, the oldest first."""
    query = select(WaiverDecision).where(WaiverDecision.waiver_id == waiver_id)
    return session().scalars(query.order_by(WaiverDecision.at, WaiverDecision.id)).all()


def replies_of(waiver_id: UUID) -> Sequence[WaiverReply]:
    """Everything that the learner answered, the oldest first."""
    query = select(WaiverReply).where(WaiverReply.waiver_id == waiver_id)
    return session().scalars(query.order_by(WaiverReply.at, WaiverReply.id)).all()


def last_answer(waiver_id: UUID) -> WaiverDecision | None:
    """The court's last answer that was more than a question for proof."""
    return session().scalar(
        select(WaiverDecision)
        .where(WaiverDecision.waiver_id == waiver_id, WaiverDecision.kind != Outcome.NEEDS_PROOF)
        .order_by(WaiverDecision.at.desc(), WaiverDecision.id.desc())
        .limit(1)
    )


def looked_at_again(waiver_id: UUID) -> WaiverDecision | None:
    """The answer that the learner asked the court to look at again, while it has not."""
    last = last_answer(waiver_id)
    if last is None:
        return None
    asked = select(WaiverReply.id).where(WaiverReply.decision_id == last.id, WaiverReply.kind == "asked_again").limit(1)
    return last if session().scalar(asked) is not None else None


def last_day_to_ask_again(waiver: Waiver) -> date | None:
    """The last court-local day on which the learner may ask for another look, if that is possible at all."""
    last = last_answer(waiver.id) if waiver.state in ASK_AGAIN_FROM else None
    return last.ask_again_until if last else None


def answered_by_a_person(enrollment_id: UUID) -> bool:
    """Whether a person has ever answered a request of this enrollment."""
    query = select(WaiverDecision.id).where(
        WaiverDecision.enrollment_id == enrollment_id, WaiverDecision.decided_by.is_not(None)
    )
    return session().scalar(query.limit(1)) is not None


def has_more_time(enrollment_id: UUID) -> bool:
    """Whether the court's last answer gave time to pay that is not over."""
    last = session().scalar(
        select(WaiverDecision)
        .where(WaiverDecision.enrollment_id == enrollment_id, WaiverDecision.kind != Outcome.NEEDS_PROOF)
        .order_by(WaiverDecision.at.desc(), WaiverDecision.id.desc())
        .limit(1)
    )
    if last is None or last.kind != Outcome.MORE_TIME or last.due_on is None:
        return False
    return court_day() <= last.due_on


def has_to_be_another(waiver: Waiver, rules: Waivers, actor: Identity) -> bool:
    """Whether `actor` gave the answer that is looked at again, and the court has somebody else who may decide it."""
    before = looked_at_again(waiver.id)
    if before is None or actor.id is None or before.decided_by != actor.id:
        return False
    others = select(Membership.id).where(
        Membership.id != actor.id,
        Membership.state == "active",
        Membership.role.in_(roles_for(Outcome.DENIED, rules, waiver.asked_for)),
    )
    return session().scalar(others.limit(1)) is not None


def waived_by_component(enrollment_id: UUID) -> dict[str, int]:
    """What is waived of each component of an enrollment's fee, less what was taken back."""
    return _waived(LedgerEntry.enrollment_id == enrollment_id)


def granted_by(waiver: Waiver) -> dict[str, int]:
    """What this request's grants waive of each component, less what was taken back."""
    ours = LedgerEntry.effect.startswith(f"waiver:{waiver.id}:", autoescape=True)
    return _waived(LedgerEntry.enrollment_id == waiver.enrollment_id, ours)


def _waived(*which: ColumnElement[bool]) -> dict[str, int]:
    query = select(LedgerEntry.component, func.sum(LedgerEntry.amount_cents)).where(IS_WAIVED, *which)
    found = {component: -int(cents) for component, cents in session().execute(query.group_by(LedgerEntry.component))}
    return {component: cents for component, cents in found.items() if cents > 0}


def court_day() -> date:
    """Today at the court at work."""
    zone = session().scalars(select(Court.time_zone).where(Court.id == current_court_id())).one()
    return clock.today(zone)


def court_zone() -> str:
    """Time zone of the court at work."""
    return session().scalars(select(Court.time_zone).where(Court.id == current_court_id())).one()


# --- What an answer says ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LetterFacts:
    """Everything that the letter about one answer says. Words come from `answer`, in the language at hand."""

    answer: Answer
    person_name: str
    case_numbers: tuple[str | None, ...]


def letter_facts(decision_id: UUID) -> LetterFacts:
    """The facts of one answer, as they were when it was given. Raises NotFound."""
    found = session().execute(
        select(WaiverDecision, Waiver)
        .join(Waiver, Waiver.id == WaiverDecision.waiver_id)
        .where(WaiverDecision.id == decision_id)
    )
    row = found.first()
    if row is None:
        raise NotFound
    decision, waiver = row
    enrollment = the_enrollment(decision.enrollment_id)
    return LetterFacts(
        answer=answers_to(waiver, enrollment, [decision])[0],
        person_name=enrollment.referral.person.full_name,
        case_numbers=tuple(case_numbers(enrollment.referral_id)),
    )


def answers_to(waiver: Waiver, enrollment: Enrollment, decisions: Sequence[WaiverDecision]) -> list[Answer]:
    """The court's answers to a request, ready to be told, in the order given. Three statements for any number."""
    zone = court_zone()
    people = {one.decided_by for one in decisions if one.decided_by}
    names = {member.id: member for member in session().scalars(select(Membership).where(Membership.id.in_(people)))}
    labels: dict[str, str] = {}
    if enrollment.rules_id is not None:
        labels = {c.key: in_reader_language(c.label) for c in rules_of(enrollment.rules_id).fees.components}
    return [
        answer_of(one, waiver, labels=labels, zone=zone, person=names.get(one.decided_by) if one.decided_by else None)
        for one in decisions
    ]
