"""Changing what a referral says: every change has a reason, and the old value stays in its history and in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from app.accounts.models import LearnerAccount
from app.cases import lookups
from app.cases.assigning import tell_officers
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral, ReferralAmendment
from app.cases.referring import NewReferral, refuse_dates
from app.cases.rules import FINAL_STATES, case_number_key
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from tenants.database import session, transaction

HearingDay = tuple[date, time | None]
PERSON = ("given_names", "family_names", "birth_date", "email", "phone", "language")
ORDER = ("order_date", "deadline", "case_ends_on", "order_file_id", "agreement_file_id")


@dataclass(frozen=True, slots=True)
class ReferralFacts:
    """Everything of a referral that can be amended. Dates are court-local; no case number at all: pending.

    `hearings` are those from today on that are not recorded yet: what has been is corrected where it is recorded.
    """

    given_names: str
    family_names: str
    birth_date: date
    email: str
    phone: str
    language: str
    case_numbers: tuple[str, ...]
    order_date: date
    deadline: date
    case_ends_on: date | None
    officer_id: UUID | None
    hearings: tuple[HearingDay, ...]
    order_file_id: UUID | None
    agreement_file_id: UUID | None


def facts_of(enrollment: Enrollment, today: date) -> ReferralFacts:
    """The facts of a referral as they stand; `enrollment` with `.referral.person` loaded, `today` court-local."""
    referral, person = enrollment.referral, enrollment.referral.person
    coming = [
        hearing for hearing in lookups.hearings(referral.id) if hearing.on_date >= today and hearing.recorded_at is None
    ]
    return ReferralFacts(
        **{name: getattr(person, name) for name in PERSON},
        **{name: getattr(referral, name) for name in ORDER},
        case_numbers=tuple(number for number in lookups.case_numbers(referral.id) if number),
        officer_id=enrollment.officer_id,
        hearings=tuple((hearing.on_date, hearing.at_time) for hearing in coming),
    )


def version_of(referral: Referral) -> str:
    """Which state of a referral a form was opened on (`expected` of `amend`)."""
    return str(referral.row_version)


def amendments(referral_id: UUID) -> Sequence[ReferralAmendment]:
    """All amendments of a referral, the newest first."""
    query = select(ReferralAmendment).where(ReferralAmendment.referral_id == referral_id)
    return session().scalars(query.order_by(ReferralAmendment.at.desc(), ReferralAmendment.id.desc())).all()


def amend(
    referral_id: UUID,
    wanted: ReferralFacts,
    *,
    reason: str,
    actor: Actor,
    today: date,
    expected: str | None = None,
) -> bool:
    """Make a referral say `wanted`; False, and nothing written, when it says so already.

    `today` is court-local. Raises NotFound, StaleForm when somebody else amended it after `expected` was read, and
    Refused without a reason, or (with the field) as `refer` does.
    """
    with transaction() as current:
        enrollment = locked_case(referral_id)
        referral = enrollment.referral
        if expected is not None and expected != version_of(referral):
            raise StaleForm
        before = facts_of(enrollment, today)
        changed = [field.name for field in fields(ReferralFacts) if _differs(field.name, before, wanted)]
        if not changed:
            return False
        if not reason.strip():
            raise Refused(_("Write why this is changed."), "reason")
        _refuse(enrollment, before, wanted, actor)
        _write(enrollment, before, wanted, today)
        referral.amended_at = clock.now()
        old, new = _plain(before, changed), _plain(wanted, changed)
        current.add(
            ReferralAmendment(
                referral_id=referral_id, at=clock.now(), actor_id=actor.id, reason=reason.strip(), old=old, new=new
            )
        )
        current.flush()
        if wanted.officer_id != before.officer_id:
            tell_officers({before.officer_id: 1}, wanted.officer_id, actor=actor)
        audit(
            "cases.amend",
            actor=actor,
            subject=("referral", referral_id),
            case_id=referral_id,
            old=old,
            new={**new, "reason": reason.strip()},
        )
        return True


def move_deadline(referral_id: UUID, deadline: date, *, reason: str, actor: Actor, today: date) -> Enrollment:
    """Give more time for the lessons, until the court-local `deadline`; kept as an amendment of the referral.

    Raises NotFound, and Refused (with the field `until` where it is about the day): no lessons to do, no later day, a
    day after the case's end, no reason.
    """
    with transaction():
        enrollment = locked_case(referral_id)
        if enrollment.state not in ("enrolled", "coursework", "on_hold"):
            raise Refused(_("The lessons are over, so their deadline can not be moved."))
        if deadline <= max(enrollment.referral.deadline, today):
            raise Refused(_("Choose a day after the deadline of now, and after today."), "until")
        ends = enrollment.referral.case_ends_on
        if ends is not None and deadline > ends:
            raise Refused(
                _("The case ends before that day. If the court has made it longer, change the referral first."), "until"
            )
        wanted = replace(facts_of(enrollment, today), deadline=deadline)
        amend(referral_id, wanted, reason=reason, actor=actor, today=today)
        return enrollment


def locked_case(referral_id: UUID) -> Enrollment:
    """The enrollment of a referral, fresh and locked, the case first as everywhere. Raises NotFound.

    Who amends some facts and keeps the others as they are reads them from here, before `amend`: else a change that
    somebody else makes meanwhile would be put back.
    """
    with transaction() as current:
        enrollment_id = current.scalar(select(Enrollment.id).where(Enrollment.referral_id == referral_id))
        if enrollment_id is None:
            raise NotFound
        lookups.the_enrollment(enrollment_id, lock=True)
        current.scalars(select(Referral).where(Referral.id == referral_id).with_for_update()).one()
        # Once more: what the first look joined to the case is as old as its waiting for the lock was long.
        return lookups.the_enrollment(enrollment_id, lock=True)


def _differs(name: str, before: ReferralFacts, wanted: ReferralFacts) -> bool:
    return bool(getattr(before, name) != getattr(wanted, name))


def _refuse(enrollment: Enrollment, before: ReferralFacts, wanted: ReferralFacts, actor: Actor) -> None:
    refuse_dates(
        NewReferral(
            given_names=wanted.given_names,
            family_names=wanted.family_names,
            birth_date=wanted.birth_date,
            order_date=wanted.order_date,
            deadline=wanted.deadline,
            case_ends_on=wanted.case_ends_on,
        )
    )
    if wanted.officer_id != before.officer_id:
        if enrollment.state in FINAL_STATES:
            raise Refused(_("The case is closed: nobody supervises it any more."), "officer_id")
        if wanted.officer_id not in {None, *(member.id for member in lookups.who_can_supervise())}:
            raise Refused(_("Choose an officer from the list."), "officer_id")
    for name, purpose, field in (
        ("order_file_id", lookups.ORDER, "order_file"),
        ("agreement_file_id", lookups.AGREEMENT, "agreement_file"),
    ):
        file_id = getattr(wanted, name)
        if file_id not in {None, getattr(before, name)} and lookups.kept_file(file_id, purpose, actor) is None:
            raise Refused(_("Choose the file again."), field)


def _write(enrollment: Enrollment, before: ReferralFacts, wanted: ReferralFacts, today: date) -> None:
    referral, person = enrollment.referral, enrollment.referral.person
    _rename_account(enrollment, person, wanted)
    for name in PERSON:
        setattr(person, name, getattr(wanted, name))
    for name in ORDER:
        setattr(referral, name, getattr(wanted, name))
    enrollment.officer_id = wanted.officer_id
    if wanted.case_numbers != before.case_numbers:
        _write_numbers(referral.id, wanted.case_numbers)
    if wanted.hearings != before.hearings:
        _write_hearings(referral.id, wanted.hearings, today)


def _rename_account(enrollment: Enrollment, person: Person, wanted: ReferralFacts) -> None:
    """The learner's own page greets with the court's spelling, unless the account was given another name since."""
    name = f"{wanted.given_names} {wanted.family_names}".strip()
    if enrollment.account_id is None or name == person.full_name:
        return
    session().execute(
        update(LearnerAccount)
        .where(LearnerAccount.id == enrollment.account_id, LearnerAccount.display_name == person.full_name)
        .values(display_name=name, row_version=LearnerAccount.row_version + 1)
        .execution_options(synchronize_session="fetch")
    )


def _write_numbers(referral_id: UUID, numbers: tuple[str, ...]) -> None:
    with transaction() as current:
        current.execute(delete(CaseNumber).where(CaseNumber.referral_id == referral_id))
        for position, number in enumerate(numbers or ("",)):
            key = case_number_key(number)
            current.add(
                CaseNumber(
                    referral_id=referral_id, position=position, number=number.strip() if key else None, normalized=key
                )
            )


def _write_hearings(referral_id: UUID, wanted: tuple[HearingDay, ...], today: date) -> None:
    """Days that stay keep their row; the others from today on go, and new ones come."""
    with transaction() as current:
        left = list(dict.fromkeys(wanted))
        for row in lookups.hearings(referral_id):
            day = (row.on_date, row.at_time)
            if row.on_date < today or row.recorded_at is not None:
                continue
            if day in left:
                left.remove(day)
            else:
                current.delete(row)
        for on_date, at_time in left:
            current.add(Hearing(referral_id=referral_id, on_date=on_date, at_time=at_time))


def _plain(facts: ReferralFacts, names: Sequence[str]) -> dict[str, Any]:
    return {name: _as_json(getattr(facts, name)) for name in names}


def _as_json(value: Any) -> Any:
    match value:
        case tuple():
            return [_as_json(one) for one in value]
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
    return value
