"""Pages of a case's card payments, and giving them back."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_enrollment_for, names_of
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.payments.refunds.forms import RefundForm, RetryForm
from app.payments.refunds.lookups import card_money, get_payment_for, get_refund_for, under_review
from app.payments.refunds.rules import ERROR_WORDS, STATE_WORDS
from app.payments.refunds.services import ask_refund, retry_refund
from app.payments.reviewing.lookups import resolutions_of
from app.payments.reviewing.rules import OUTCOME_DONE, difference_words
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction

pages = Pages("refunds", __name__)


@pages.get("/cases/<uuid:enrollment_id>/card-payments", permission=Permission.CASE_MONEY_READ)
def card_payments(enrollment_id: UUID) -> ResponseReturnValue:
    """What was paid by card, what went back, what a bank asked about, and what was decided about what did not fit."""
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    money, decisions = card_money(enrollment), resolutions_of(enrollment_id)
    refunds = [refund for payment in money.payments for refund in payment.refunds]
    return render_template(
        "payments/card/payments.html",
        enrollment=enrollment,
        person=enrollment.referral.person,
        money=money,
        review_id=under_review(enrollment_id),
        decisions=decisions,
        outcome_words=OUTCOME_DONE,
        difference_words=difference_words,
        names=names_of({refund.asked_by for refund in refunds} | {made.resolved_by for made, _checkout in decisions}),
        state_words=STATE_WORDS,
        error_words=ERROR_WORDS,
        retry=lambda refund: RetryForm(row_version=refund.row_version),
    )


@pages.route("/card-payments/<uuid:checkout_id>/refund", methods=["GET", "POST"], permission=Permission.PAYMENT_REFUND)
def refund(checkout_id: UUID) -> ResponseReturnValue:
    """How much of one payment goes back, and why."""
    identity = current_identity()
    payment, enrollment = get_payment_for(identity, checkout_id)
    form = RefundForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.ask_refund")
                if claim.first:
                    made = ask_refund(checkout_id, form.amount.cents or 0, form.reason.data or "", actor=identity)
                    claim.finish(made.id)
            flash(_("The refund is on its way to Stripe."), "success")
            return redirect(url_for("refunds.card_payments", enrollment_id=enrollment.id))
        except Refused as refused:
            form.show(refused)
            payment, enrollment = get_payment_for(identity, checkout_id)
    return render_template(
        "payments/card/refund.html",
        form=form,
        payment=payment,
        enrollment=enrollment,
        person=enrollment.referral.person,
    ), (422 if form.errors else 200)


@pages.post("/card-refunds/<uuid:refund_id>/retry", permission=Permission.PAYMENT_REFUND)
def retry(refund_id: UUID) -> ResponseReturnValue:
    """Send a refund again that failed or was never answered."""
    identity = current_identity()
    found, enrollment = get_refund_for(identity, refund_id)
    form = RetryForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.retry_refund")
                if claim.first:
                    retry_refund(found.id, actor=identity, row_version=str(form.row_version.data))
                    claim.finish(found.id)
            flash(_("The refund is on its way to Stripe again."), "success")
        except Refused as refused:
            flash(refused.message, "warning")
    return redirect(url_for("refunds.card_payments", enrollment_id=enrollment.id))
