"""Everything that the page of a case draws on, from every package, in one statement.

Left out: the words of messages, of check-ins and of what a report is made of. They have pages of their own.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Uuid, bindparam, or_, select

from app.accountability.changing.models import ProgramChange
from app.accountability.models import CheckIn
from app.accountability.terminating.models import Termination
from app.accountability.violations.models import PossibleViolation
from app.accounts.models import Cover, Membership
from app.caseload.attention.models import AttentionMark
from app.cases.messages.models import CaseMessage
from app.cases.models import (
    CaseNote,
    Enrollment,
    EnrollmentCode,
    EnrollmentTransition,
    Hearing,
    HearingCorrection,
    ReferralAmendment,
)
from app.core.gathering import Gathered, Gathering
from app.curriculum.models import CurriculumModule
from app.disputes.models import Dispute
from app.learning.accommodations.models import Accommodation
from app.learning.models import Commitment, ModuleProgress, Reflection
from app.notices.models import Notice
from app.payments.counter.models import CounterPayment, CounterRefund, LedgerAdjustment
from app.payments.installments.models import Installment, InstallmentPlan
from app.payments.models import Checkout, LedgerEntry, Waiver
from app.payments.reviewing.models import ReviewResolution
from app.reports.models import Report
from app.transfers.models import Transfer
from tenants.models import ProgramRules

_CASE, _REFERRAL = bindparam("enrollment_id", type_=Uuid()), bindparam("referral_id", type_=Uuid())
Query = Select[*tuple[Any, ...]]


def _of_case(model: Any, *order: Any) -> Query:
    query: Query = select(model).where(model.enrollment_id == _CASE).order_by(*order)
    return query


def _of_referral(model: Any, *order: Any) -> Query:
    query: Query = select(model).where(model.referral_id == _REFERRAL).order_by(*order)
    return query


def _of_enrollment(column: Any) -> Any:
    return select(column).where(Enrollment.id == _CASE).scalar_subquery()


# Whom the case is assigned to, and who has read what the person wrote: facilitators, under their work names.
_PEOPLE = select(Membership).where(
    or_(
        Membership.id == _of_enrollment(Enrollment.officer_id),
        Membership.id.in_(select(Reflection.reviewed_by).where(Reflection.enrollment_id == _CASE)),
        Membership.id.in_(select(CheckIn.decided_by).where(CheckIn.enrollment_id == _CASE)),
    )
)
# Who stood, stands or will stand in for whom the case is assigned to.
_STAND_INS = select(Cover).where(Cover.officer_id == _of_enrollment(Enrollment.officer_id)).order_by(Cover.starts_at)
# The last mail of which anything was heard.
_LAST_MAIL = (
    _of_case(Notice, Notice.created_at.desc(), Notice.id.desc())
    .where(or_(Notice.state == "failed", Notice.bounced_at.is_not(None), Notice.sent_at.is_not(None)))
    .limit(1)
)
_FACTS: tuple[Query, ...] = (
    _of_case(EnrollmentTransition, EnrollmentTransition.at.desc(), EnrollmentTransition.id.desc()),
    _of_referral(EnrollmentCode, EnrollmentCode.issued_at.desc(), EnrollmentCode.id.desc()),
    _of_referral(ReferralAmendment, ReferralAmendment.at.desc(), ReferralAmendment.id.desc()),
    _of_referral(Hearing, Hearing.on_date, Hearing.at_time),
    _of_referral(HearingCorrection, HearingCorrection.at.desc(), HearingCorrection.id.desc()),
    _of_case(ModuleProgress, ModuleProgress.position, ModuleProgress.slug),
    _of_case(CheckIn, CheckIn.number),
    _of_case(PossibleViolation, PossibleViolation.opened_at, PossibleViolation.id),
    _of_case(ProgramChange, ProgramChange.at, ProgramChange.id),
    _of_case(Termination, Termination.number),
    _of_case(Dispute, Dispute.raised_at, Dispute.id),
    _of_case(Transfer, Transfer.asked_at, Transfer.id),
    _of_case(Report, Report.requested_at.desc(), Report.id.desc()),
    _of_case(Accommodation, Accommodation.decided_at, Accommodation.id).where(Accommodation.state == "granted"),
    select(ProgramRules).where(ProgramRules.id == _of_enrollment(Enrollment.rules_id)),
    select(CurriculumModule).where(CurriculumModule.current_version_id.is_not(None)),
    _PEOPLE,
    _STAND_INS,
    _LAST_MAIL,
)
# Of those who work on the case.
_WORK: tuple[Query, ...] = (
    _of_case(AttentionMark, AttentionMark.at, AttentionMark.id),
    _of_case(CaseNote, CaseNote.at.desc(), CaseNote.id.desc()),
    _of_case(CaseMessage, CaseMessage.at.desc(), CaseMessage.id.desc()),
    _of_case(Commitment, Commitment.slug, Commitment.lesson, Commitment.number),
)
_PLANS = select(InstallmentPlan.id).where(InstallmentPlan.enrollment_id == _CASE)
_PAID_BY_CARD = select(Checkout.id).where(Checkout.enrollment_id == _CASE)
_MONEY: tuple[Query, ...] = (
    _of_case(LedgerEntry, LedgerEntry.at, LedgerEntry.id),
    _of_case(Waiver, Waiver.submitted_at, Waiver.id).where(Waiver.state != "draft"),
    _of_case(Checkout, Checkout.created_at.desc()).where(Checkout.state == "review"),
    select(ReviewResolution)
    .where(ReviewResolution.checkout_id.in_(_PAID_BY_CARD))
    .order_by(ReviewResolution.at.desc(), ReviewResolution.id.desc()),
    _of_case(CounterPayment, CounterPayment.recorded_at, CounterPayment.id),
    _of_case(CounterRefund, CounterRefund.paid_at, CounterRefund.id),
    _of_case(LedgerAdjustment, LedgerAdjustment.asked_at, LedgerAdjustment.id),
    _of_case(InstallmentPlan, InstallmentPlan.id.desc()).limit(1),
    select(Installment).where(Installment.plan_id.in_(_PLANS)).order_by(Installment.plan_id, Installment.number),
)
_LEFT_OUT = (
    CheckIn.answers,
    CheckIn.feedback,
    CaseMessage.text,
    Report.snapshot,
    Report.sources,
    Notice.context,
    Accommodation.own_words,
    Waiver.statement,
    Dispute.reason,
    Dispute.said,
    Transfer.documents,
    Waiver.expenses,
    Waiver.benefits,
)
# By what the reader may see: what is not asked for is not there to be shown by mistake.
_GATHERINGS = {
    (money, work): Gathering(*_FACTS, *(_MONEY if money else ()), *(_WORK if work else ()), without=_LEFT_OUT)
    for money in (False, True)
    for work in (False, True)
}


def gather(enrollment: Enrollment, *, money: bool, work: bool) -> Gathered:
    """Of a case that was loaded for somebody who may see its `money`, or who `works` on it. One statement."""
    return _GATHERINGS[money, work].read(enrollment_id=enrollment.id, referral_id=enrollment.referral_id)
