"""Pages of the counter: record and void a payment, correct what is owed, and the statement of a fee."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_enrollment_for, my_enrollment, names_of
from app.cases.models import Enrollment
from app.core import clock
from app.core.audit import audit
from app.core.court_words import in_reader_language
from app.core.csv_files import CSV_TYPE, csv_file
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.money import plain_dollars
from app.payments.counter.adjusting import adjust, approve_adjustment, decline_adjustment, get_adjustment_for
from app.payments.counter.forms import AdjustmentDecisionForm, AdjustmentForm, CounterPaymentForm, PayBackForm, VoidForm
from app.payments.counter.lookups import statement_lines, waiting_adjustments
from app.payments.counter.paying_back import credit_of, pay_back
from app.payments.counter.rules import METHOD_WORDS
from app.payments.counter.services import get_payment_for, record_payment, void_payment
from app.payments.lookups import balance_cents, statement_of
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction
from tenants.rules import rules_of

pages = Pages("counter", __name__)


def _case_url(enrollment_id: UUID) -> str:
    return (link("caseload.case", enrollment_id=enrollment_id) or "") + "#money"


# --- Payments --------------------------------------------------------------------------------------------------------


@pages.route(
    "/cases/<uuid:enrollment_id>/counter-payment", methods=["GET", "POST"], permission=Permission.PAYMENT_RECORD
)
def record(enrollment_id: UUID) -> ResponseReturnValue:
    """Record cash, a money order or a check."""
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    form = CounterPaymentForm(received_on=clock.today(court_time_zone()))
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.record_at_counter")
                if claim.first:
                    payment = record_payment(enrollment_id, form.to_received(), actor=identity)
                    claim.finish(payment.id)
                    flash(_("The payment is recorded. Its receipt is %(number)s.", number=payment.receipt), "success")
            return redirect(_case_url(enrollment_id))
        except Refused as refused:
            form.show(refused)
            enrollment = get_enrollment_for(identity, enrollment_id)  # what was loaded went with the rolled back try
    page = render_template(
        "payments/counter_payment.html",
        form=form,
        enrollment=enrollment,
        person=enrollment.referral.person,
        owed=max(0, balance_cents(enrollment_id)),
        case_url=_case_url(enrollment_id),
    )
    return page, (422 if form.errors else 200)


@pages.route("/counter-payments/<uuid:payment_id>/void", methods=["GET", "POST"], permission=Permission.PAYMENT_RECORD)
def void(payment_id: UUID) -> ResponseReturnValue:
    """Void a payment that was recorded wrongly, or whose check came back."""
    identity = current_identity()
    payment = get_payment_for(identity, payment_id)
    form = VoidForm(row_version=payment.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.void_at_counter")
                if claim.first:
                    version = str(form.row_version.data)
                    claim.finish(
                        void_payment(payment_id, reason=form.reason.data, actor=identity, row_version=version).id
                    )
            flash(_("The payment is voided. What is owed is as it was before."), "success")
            return redirect(_case_url(payment.enrollment_id))
        except Refused as refused:
            form.show(refused)
            payment = get_payment_for(identity, payment_id)
    elif not form.is_submitted() and payment.voided_at is not None:
        flash(_("This payment is voided already."), "warning")
        return redirect(_case_url(payment.enrollment_id))
    page = render_template(
        "payments/counter_void.html",
        form=form,
        payment=payment,
        method=METHOD_WORDS[payment.method],
        person=get_enrollment_for(identity, payment.enrollment_id).referral.person,
        case_url=_case_url(payment.enrollment_id),
    )
    return page, (422 if form.errors else 200)


@pages.route("/cases/<uuid:enrollment_id>/pay-back", methods=["GET", "POST"], permission=Permission.PAYMENT_REFUND)
def pay_back_credit(enrollment_id: UUID) -> ResponseReturnValue:
    """Pay back at the counter what the court owes a participant."""
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    credit = credit_of(enrollment)
    form = PayBackForm(amount=plain_dollars(credit.payable_cents or None))
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.pay_back_at_counter")
                if claim.first:
                    claim.finish(pay_back(enrollment_id, form.to_given_back(), actor=identity).id)
            flash(_("The money that was paid back is recorded."), "success")
            return redirect(_case_url(enrollment_id))
        except Refused as refused:
            form.show(refused)
            enrollment = get_enrollment_for(identity, enrollment_id)
            credit = credit_of(enrollment)
    page = render_template(
        "payments/counter_pay_back.html",
        form=form,
        enrollment=enrollment,
        person=enrollment.referral.person,
        credit=credit,
        case_url=_case_url(enrollment_id),
    )
    return page, (422 if form.errors else 200)


# --- Corrections -----------------------------------------------------------------------------------------------------


@pages.route("/cases/<uuid:enrollment_id>/correction", methods=["GET", "POST"], permission=Permission.LEDGER_ADJUST)
def correct(enrollment_id: UUID) -> ResponseReturnValue:
    """Correct what is owed."""
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    form = AdjustmentForm()
    components, limit = _fee_parts(enrollment)
    form.offer(components)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.adjust")
                if claim.first:
                    made = adjust(
                        enrollment_id,
                        form.cents,
                        reason=form.reason.data,
                        component=form.component.data or "",
                        actor=identity,
                    )
                    claim.finish(made.id)
                    waits = made.state == "waiting"
                    flash(
                        _("A second person has to approve the correction.") if waits else _("The correction is made."),
                        "info" if waits else "success",
                    )
            return redirect(_case_url(enrollment_id))
        except Refused as refused:
            form.show(refused)
            enrollment = get_enrollment_for(identity, enrollment_id)
    page = render_template(
        "payments/correction.html",
        form=form,
        person=enrollment.referral.person,
        statement=statement_of(enrollment),
        limit=limit,
        case_url=_case_url(enrollment_id),
    )
    return page, (422 if form.errors else 200)


def _fee_parts(enrollment: Enrollment) -> tuple[list[tuple[str, str]], int]:
    """The components of the fee as (key, label), and the limit above which a second person is needed."""
    if enrollment.rules_id is None:
        return [], 0
    fees = rules_of(enrollment.rules_id).fees
    return [(one.key, in_reader_language(one.label)) for one in fees.components], fees.adjustment_limit_cents


@pages.get("/corrections", permission=Permission.ADJUSTMENT_APPROVE)
def corrections() -> ResponseReturnValue:
    """Corrections that wait for a second person, the oldest first."""
    after = _after()
    rows, more = waiting_adjustments(current_identity(), after=after)
    return render_template(
        "payments/corrections.html",
        rows=rows,
        me=current_identity().id,
        first_url=url_for("counter.corrections") if after else "",
        next_url=url_for("counter.corrections", after=more) if more else "",
    )


def _after() -> UUID | None:
    try:
        return UUID(request.args.get("after", ""))
    except ValueError:
        return None


@pages.route("/corrections/<uuid:adjustment_id>", methods=["GET", "POST"], permission=Permission.ADJUSTMENT_APPROVE)
def correction(adjustment_id: UUID) -> ResponseReturnValue:
    """One correction, and the second person's answer."""
    identity = current_identity()
    asked, enrollment = get_adjustment_for(identity, adjustment_id)
    form = AdjustmentDecisionForm(row_version=asked.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.decide_adjustment")
                if claim.first:
                    claim.finish(_decide(adjustment_id, form))
            flash(
                _("The correction is made.") if form.answer.data == "approve" else _("The correction is declined."),
                "success",
            )
            return redirect(url_for("counter.corrections"))
        except Refused as refused:
            form.show(refused)
            asked, enrollment = get_adjustment_for(identity, adjustment_id)
    page = render_template(
        "payments/correction_decide.html",
        form=form,
        asked=asked,
        asked_by=names_of({asked.asked_by}).get(asked.asked_by, ""),
        part=dict(_fee_parts(enrollment)[0]).get(asked.component, ""),
        mine=asked.asked_by == identity.id,
        person=enrollment.referral.person,
        statement=statement_of(enrollment),
        case_url=_case_url(enrollment.id),
    )
    return page, (422 if form.errors else 200)


def _decide(adjustment_id: UUID, form: AdjustmentDecisionForm) -> UUID:
    identity, version = current_identity(), str(form.row_version.data)
    if form.answer.data == "approve":
        return approve_adjustment(adjustment_id, actor=identity, row_version=version).id
    reason = form.reason.data or ""
    return decline_adjustment(adjustment_id, reason=reason, actor=identity, row_version=version).id


# --- The statement ---------------------------------------------------------------------------------------------------


@pages.get("/fee/statement", permission=Permission.OWN_PROGRAM)
def my_statement() -> ResponseReturnValue:
    """Every entry of the learner's own fee."""
    enrollment = my_enrollment(current_identity())
    return render_template(
        "payments/statement.html",
        title=_("Your statement"),
        lines=statement_lines(enrollment),
        trail=[(_("Your fee"), url_for("payments.my_fee"))],
        csv_url="",
    )


@pages.get("/cases/<uuid:enrollment_id>/statement", permission=Permission.CASE_MONEY_READ)
def statement(enrollment_id: UUID) -> ResponseReturnValue:
    """Every entry of a case's fee. Who read it is kept."""
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    _note_reading(enrollment)
    name = enrollment.referral.person.full_name
    return render_template(
        "payments/statement.html",
        title=_("Statement"),
        lines=statement_lines(enrollment),
        trail=[(name, _case_url(enrollment_id))] if may(identity, Permission.CASE_READ) else [],
        csv_url=url_for("counter.statement_csv", enrollment_id=enrollment_id),
    )


@pages.get("/cases/<uuid:enrollment_id>/statement.csv", permission=Permission.CASE_MONEY_READ)
def statement_csv(enrollment_id: UUID) -> ResponseReturnValue:
    """The statement for a spreadsheet: charges and credits in columns of their own, so that no amount is negative."""
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    _note_reading(enrollment)
    heads = (_("Date and time"), _("Entry"), _("Note"), _("Charge"), _("Credit"), _("Owed after"), _("In credit"))
    rows = [
        (
            clock.local(line.at, court_time_zone()).strftime("%Y-%m-%d %H:%M"),
            line.words,
            line.note,
            *_columns(line.cents),
            *_columns(line.owed_after),
        )
        for line in statement_lines(enrollment)
    ]
    answer = Response(csv_file([heads, *rows]), content_type=CSV_TYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename=statement-{enrollment_id}.csv"
    return answer


def _columns(cents: int) -> tuple[str, str]:
    """An amount in the column of its sign, as plain digits."""
    digits = f"{abs(cents) // 100}.{abs(cents) % 100:02d}"
    return (digits, "") if cents >= 0 else ("", digits)


def _note_reading(enrollment: Enrollment) -> None:
    audit(
        "payments.read_statement",
        actor=current_identity(),
        subject=("enrollment", enrollment.id),
        case_id=enrollment.referral_id,
    )
