"""Everything that the reports of a case are made from: two versions of the rules, and its rows in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Uuid, bindparam, select

from app.accountability.changing.models import ProgramChange
from app.accountability.models import CheckIn
from app.accountability.terminating.models import Termination
from app.accountability.violations.models import PossibleViolation
from app.cases.models import (
    AgreementSignature,
    CaseNumber,
    Enrollment,
    EnrollmentTransition,
    Hearing,
    ReferralAmendment,
)
from app.core.gathering import Gathered, Gathering
from app.curriculum.models import CurriculumModule
from app.disputes.models import Dispute
from app.learning.accommodations.models import Accommodation
from app.learning.models import LessonProgress, ModuleProgress, QuizAttempt, Reflection
from app.payments.models import LedgerEntry, Waiver
from tenants.database import session
from tenants.program import ProgramDocument
from tenants.rules import NoRules, rules_in_force, rules_of

_CASE, _REFERRAL = bindparam("enrollment_id", type_=Uuid()), bindparam("referral_id", type_=Uuid())


def _of_case(model: Any, *order: Any) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(model).where(model.enrollment_id == _CASE).order_by(*order)
    return query


def _of_referral(model: Any, *order: Any) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(model).where(model.referral_id == _REFERRAL).order_by(*order)
    return query


# What people wrote is not read: no fact of a report is made from it.
_GATHERING = Gathering(
    _of_referral(CaseNumber, CaseNumber.position),
    _of_referral(Hearing, Hearing.on_date),
    _of_referral(ReferralAmendment, ReferralAmendment.at.desc(), ReferralAmendment.id.desc()),
    _of_case(EnrollmentTransition, EnrollmentTransition.at.desc(), EnrollmentTransition.id.desc()),
    _of_case(AgreementSignature),
    _of_case(ModuleProgress, ModuleProgress.position),
    _of_case(LessonProgress),
    _of_case(Reflection),
    _of_case(QuizAttempt, QuizAttempt.number),
    select(CurriculumModule).where(CurriculumModule.current_version_id.is_not(None)),
    _of_case(Accommodation, Accommodation.decided_at, Accommodation.id).where(Accommodation.state == "granted"),
    _of_case(CheckIn, CheckIn.number),
    _of_case(PossibleViolation, PossibleViolation.opened_at, PossibleViolation.id),
    _of_case(ProgramChange, ProgramChange.at, ProgramChange.id),
    _of_case(Termination, Termination.number),
    _of_case(LedgerEntry, LedgerEntry.at, LedgerEntry.id),
    _of_case(Waiver, Waiver.submitted_at.desc(), Waiver.id.desc()).limit(1),
    _of_case(Dispute, Dispute.raised_at, Dispute.id),
    without=(
        Hearing.orders,
        Reflection.text,
        Reflection.feedback,
        QuizAttempt.answers,
        Accommodation.own_words,
        CheckIn.answers,
        CheckIn.feedback,
        PossibleViolation.statement,
        Termination.response,
        Waiver.statement,
        Waiver.expenses,
        Waiver.benefits,
        Waiver.signed_words,
        Dispute.reason,
        Dispute.answer,
    ),
)


@dataclass(frozen=True)
class CaseRecords:
    """The records of one case as they stand. `pinned`: the rules it goes by; `in_force`: those of the court now."""

    enrollment: Enrollment
    pinned: ProgramDocument
    in_force: ProgramDocument
    found: Gathered


def records_of(enrollment: Enrollment) -> CaseRecords:
    """The records of an enrollment that has begun; at most three statements. Raises NoRules before."""
    if enrollment.rules_id is None:
        raise NoRules
    session().flush()  # what this transaction has done so far is a part of it
    newest, in_force = rules_in_force()
    pinned = in_force if newest.id == enrollment.rules_id else rules_of(enrollment.rules_id)
    found = _GATHERING.read(enrollment_id=enrollment.id, referral_id=enrollment.referral_id)
    return CaseRecords(enrollment, pinned, in_force, found)
