"""Pages of the review queue: what did not match, and how it is resolved."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import names_of
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.payments.event_words import event_words
from app.payments.refunds.forms import RetryForm
from app.payments.refunds.rules import ERROR_WORDS
from app.payments.reviewing.forms import AgainForm, ReasonForm, ResolveForm
from app.payments.reviewing.lookups import failed_events, get_review_for, resolved_lately, stuck_refunds, under_review
from app.payments.reviewing.rules import DIFFERENCES, OUTCOME_DONE, Outcome
from app.payments.reviewing.services import may_retry, resolve, set_event_aside
from app.payments.settling import retry_event
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction
from tenants.scope import current_court_id

pages = Pages("reviewing", __name__)


@pages.get("/money/review", permission=Permission.PAYMENT_REVIEW)
def queue() -> ResponseReturnValue:
    """Payments that did not match, events that could not be applied, refunds that did not go through."""
    identity = current_identity()
    reviews, further = under_review(identity, after=request.args.get("after", type=UUID))
    lately = resolved_lately(identity)
    return render_template(
        "payments/card/queue.html",
        reviews=reviews,
        further=further,
        events=failed_events(),
        refunds=stuck_refunds(identity),
        lately=lately,
        names=names_of({one.resolved_by for one, _case in lately}),
        difference_words=DIFFERENCES,
        event_words=event_words,
        outcome_words=OUTCOME_DONE,
        error_words=ERROR_WORDS,
        again=lambda: AgainForm(),
        retry=lambda refund: RetryForm(row_version=refund.row_version),
    )


@pages.route("/money/review/<uuid:review_id>", methods=["GET", "POST"], permission=Permission.PAYMENT_REVIEW)
def review(review_id: UUID) -> ResponseReturnValue:
    """One payment: what we asked for, what Stripe told, and what should happen."""
    identity = current_identity()
    found = get_review_for(identity, review_id)
    form = ResolveForm(row_version=found.checkout.row_version)
    form.offer(found.ways_out)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.resolve_review")
                if claim.first:
                    outcome, version = Outcome(form.outcome.data), str(form.row_version.data)
                    made = resolve(review_id, outcome, form.reason.data or "", actor=identity, row_version=version)
                    claim.finish(made.id)
            flash(_("The payment is resolved."), "success")
            return redirect(url_for("reviewing.queue"))
        except Refused as refused:
            form.show(refused)
            found = get_review_for(identity, review_id)
    return render_template(
        "payments/card/review.html",
        form=form,
        review=found,
        person=found.enrollment.referral.person,
        difference_words=DIFFERENCES,
        event_words=event_words,
    ), (422 if form.errors else 200)


@pages.post("/money/events/<stripe_event>/retry", permission=Permission.PAYMENT_REVIEW)
def retry(stripe_event: str) -> ResponseReturnValue:
    """Apply a kept event once more."""
    if not may_retry(stripe_event):
        raise NotFound
    if AgainForm().validate_on_submit():
        outcome = retry_event(stripe_event)
        with transaction():
            audit(
                "payments.retry_event",
                actor=current_identity(),
                subject=("court", current_court_id()),
                new={"event": stripe_event, "outcome": outcome},
            )
        if outcome == "failed":
            flash(_("It could not be applied this time either."), "warning")
        elif outcome == "review":
            flash(_("It does not fit the payment that it is about. That payment waits for an answer here."), "warning")
        else:
            flash(_("The event is applied."), "success")
    return redirect(url_for("reviewing.queue"))


@pages.route("/money/events/<stripe_event>/set-aside", methods=["GET", "POST"], permission=Permission.PAYMENT_REVIEW)
def set_aside(stripe_event: str) -> ResponseReturnValue:
    """An event that never will be applied: why."""
    if not may_retry(stripe_event):
        raise NotFound
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.set_event_aside")
                if claim.first:
                    set_event_aside(stripe_event, form.reason.data or "", actor=current_identity())
                    claim.finish(current_court_id())
            flash(_("The event is set aside."), "success")
            return redirect(url_for("reviewing.queue"))
        except Refused as refused:
            form.show(refused)
    page = render_template("payments/card/set_aside.html", form=form, stripe_event=stripe_event)
    return page, (422 if form.errors else 200)
