"""Papers of the fee: one for each payment at the counter, each request and each answer, and statements when asked for.

Each handler runs in the transaction of the deed, under the lock of the enrollment, and makes no paper twice.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import LearnerAccount
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.payments.counter.lookups import payments_of
from app.payments.counter.models import CounterPayment
from app.payments.deciding.models import WaiverDecision
from app.payments.lookups import newest_waiver
from app.reports.facts import the_court
from app.reports.fee_facts import copy_of, letter_of, receipt_of, statement_facts
from app.reports.models import Report
from app.reports.services import freeze, spoken
from app.reports.snapshot import ReportKind
from tenants.database import session, transaction
from tenants.models import Court

TOLD_BY_MAIL = (ReportKind.RECEIPT, ReportKind.RECEIPT_VOID)  # an answer has a mail of its own; the rest was asked for


def give_receipts(enrollment_id: UUID) -> None:
    """A receipt for each payment at the counter, and a notice for each that was voided."""
    with transaction():
        enrollment, court = the_enrollment(enrollment_id, lock=True), the_court()
        for payment in payments_of(enrollment_id):
            if not _is_made(ReportKind.RECEIPT, payment.id):
                _give_receipt(enrollment, court, payment, ReportKind.RECEIPT)
            if payment.voided_at is not None and not _is_made(ReportKind.RECEIPT_VOID, payment.id):
                _give_receipt(enrollment, court, payment, ReportKind.RECEIPT_VOID)


def _give_receipt(enrollment: Enrollment, court: Court, payment: CounterPayment, kind: ReportKind) -> None:
    language = _learners_language(enrollment, court)
    with in_language(language):
        receipt = receipt_of(payment, court, voided=kind is ReportKind.RECEIPT_VOID)
    about = (payment.id, payment.id)
    freeze(enrollment, kind, court, language=language, actor=SYSTEM, about=about, content={"receipt": receipt})


def keep_copy(enrollment_id: UUID) -> None:
    """A copy of the request that was just sent, in the language in which it was signed."""
    with transaction():
        enrollment, court = the_enrollment(enrollment_id, lock=True), the_court()
        waiver = newest_waiver(enrollment_id)
        if waiver is None or _is_made(ReportKind.WAIVER_COPY, waiver.id):
            return
        signed_in = waiver.signed_language
        language = signed_in if signed_in in court.languages else _learners_language(enrollment, court)
        with in_language(language):
            copy = copy_of(waiver, enrollment, court)
        about = (waiver.id, waiver.id)
        kind = ReportKind.WAIVER_COPY
        freeze(enrollment, kind, court, language=language, actor=SYSTEM, about=about, content={"waiver_copy": copy})


def write_letter(enrollment_id: UUID) -> None:
    """The letter about the answer that the court just gave, in the learner's language."""
    with transaction() as current:
        enrollment, court = the_enrollment(enrollment_id, lock=True), the_court()
        newest = (
            select(WaiverDecision.id)
            .where(WaiverDecision.enrollment_id == enrollment_id)
            .order_by(WaiverDecision.at.desc(), WaiverDecision.id.desc())
            .limit(1)
        )
        decision_id = current.scalar(newest)
        if decision_id is None or _is_made(ReportKind.WAIVER_LETTER, decision_id):
            return
        language = _learners_language(enrollment, court)
        with in_language(language):
            letter, answer = letter_of(decision_id)
        about = (answer.waiver_id, decision_id)
        kind = ReportKind.WAIVER_LETTER
        freeze(enrollment, kind, court, language=language, actor=SYSTEM, about=about, content={"waiver_letter": letter})


def request_statement(enrollment_id: UUID, *, actor: Actor, language: str | None = None) -> Report:
    """The statement of the fee as it stands now. One that says the same, made on the same day, is given again.

    `language` is one of the court's; without it the learner's. Raises NotFound, Refused (field `language`; no fee).
    """
    with transaction():
        enrollment, court = the_enrollment(enrollment_id, lock=True), the_court()
        said_in = spoken(language, court) if language else _learners_language(enrollment, court)
        with in_language(said_in):
            content = statement_facts(enrollment, court)
        if not content.entries:
            raise Refused(_("There is no fee yet."))
        newest = _newest_statement(enrollment_id, said_in)
        if newest is not None and newest.snapshot["fee_statement"] == content.model_dump(mode="json"):
            made_on = clock.local(newest.requested_at, court.time_zone).date()
            if made_on == clock.today(court.time_zone):
                return newest
        kind = ReportKind.FEE_STATEMENT
        return freeze(enrollment, kind, court, language=said_in, actor=actor, content={"fee_statement": content})


def tell_of_paper(report: Report, enrollment: Enrollment) -> None:
    """A mail that says only that there is a new paper to read, in the transaction that issues it."""
    if report.kind in TOLD_BY_MAIL:
        tell_learner(enrollment, "paper_ready", "documents")


def _newest_statement(enrollment_id: UUID, language: str) -> Report | None:
    """The newest statement in a language that is made, or being made."""
    query = select(Report).where(
        Report.enrollment_id == enrollment_id,
        Report.kind == ReportKind.FEE_STATEMENT,
        Report.language == language,
        Report.state.in_(("requested", "rendering", "ready")),
    )
    return session().scalar(query.order_by(Report.requested_at.desc(), Report.id.desc()).limit(1))


def _is_made(kind: ReportKind, cause_id: UUID) -> bool:
    query = select(Report.id).where(Report.kind == kind, Report.cause_id == cause_id)
    return session().scalar(query.limit(1)) is not None


def _account(enrollment: Enrollment) -> LearnerAccount | None:
    if enrollment.account_id is None:
        return None
    return session().scalar(select(LearnerAccount).where(LearnerAccount.id == enrollment.account_id))


def _learners_language(enrollment: Enrollment, court: Court) -> str:
    account = _account(enrollment)
    return account.language if account and account.language in court.languages else court.languages[0]
