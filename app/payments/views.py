"""Pages of payments: the learner's fee, the return from Stripe, waivers, and Stripe's webhook."""

from __future__ import annotations

import logging
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import my_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.payments.checkouts import ReturnPages, start_checkout
from app.payments.events import facts_of
from app.payments.forms import DecisionForm, PayForm, WaiverForm
from app.payments.gateway import GatewayRefused, GatewayUnavailable, as_event
from app.payments.lookups import (
    balances,
    get_waiver_for,
    newest_checkout,
    newest_waiver,
    statement_of,
    waivers_for,
)
from app.payments.models import Waiver
from app.payments.rules import WAIVER_PENDING
from app.payments.settling import receive
from app.payments.signature import BadSignature, verify
from app.payments.waiver_rules import PROOF_WORDS, STATE_WORDS, Outcome, ask_again_until, may_decide, shown_reason
from app.payments.waivers import decide_waiver, file_waiver, may_ask_again
from app.permissions.permissions import Permission, may
from app.web.cookies import request_court
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction
from tenants.program import Waivers
from tenants.rules import rules_of

log = logging.getLogger(__name__)

pages = Pages("payments", __name__)
portal_pages = Pages("stripe", __name__, court=False)

LARGEST_EVENT = 1024 * 1024  # bytes


# --- The learner's fee -----------------------------------------------------------------------------------------------


@pages.get("/fee", permission=Permission.OWN_PROGRAM)
def my_fee() -> ResponseReturnValue:
    """What the fee is, what is paid and waived, and the two ways on."""
    enrollment = my_enrollment(current_identity())
    waiver = newest_waiver(enrollment.id)
    return render_template(
        "payments/my_fee.html",
        statement=statement_of(enrollment),
        checkout=newest_checkout(enrollment.id),
        waiver=waiver,
        waiver_words=STATE_WORDS,
        reason=shown_reason(waiver.reason) if waiver else ("", ""),
        ask_again=_ask_again(waiver, enrollment),
        is_pending=waiver is not None and waiver.state in WAIVER_PENDING,
        started=enrollment.state != "enrolled",
        form=PayForm(),
    )


@pages.post("/fee/pay", permission=Permission.OWN_PROGRAM)
def pay() -> ResponseReturnValue:
    """To Stripe's page for what is owed now."""
    identity = current_identity()
    enrollment = my_enrollment(identity)
    public = runtime().settings.public_url
    pages_back = ReturnPages(thanks=public + url_for("payments.thanks"), canceled=public + url_for("payments.canceled"))
    try:
        target = start_checkout(enrollment.id, language=current_language(), pages=pages_back, actor=identity)
    except Refused as refused:
        flash(refused.message, "info")
        target = None
    except GatewayUnavailable:
        log.warning("Stripe did not answer")
        flash(_("The card page does not answer right now. Nothing was charged. Please try again in a minute."), "error")
        target = None
    except GatewayRefused as refused:
        log.error("Stripe refused a checkout: %s", refused.code)
        flash(_("The card page could not be opened. Nothing was charged. Please tell the court."), "error")
        target = None
    return redirect(target or url_for("payments.my_fee"), code=303)


@pages.get("/fee/thanks", permission=Permission.OWN_PROGRAM)
def thanks() -> ResponseReturnValue:
    """Back from Stripe. Being here proves nothing: only what Stripe itself told counts."""
    enrollment = my_enrollment(current_identity())
    checkout = newest_checkout(enrollment.id)
    return render_template(
        "payments/thanks.html",
        state=checkout.state if checkout else "none",
        statement=statement_of(enrollment),
        started=enrollment.state != "enrolled",
    )


@pages.get("/fee/canceled", permission=Permission.OWN_PROGRAM)
def canceled() -> ResponseReturnValue:
    """Back from Stripe without paying."""
    return render_template("payments/canceled.html", form=PayForm())


def _zone() -> str:
    court = request_court()
    return court.time_zone if court else "UTC"


def _waiver_rules(enrollment: Enrollment) -> Waivers:
    return rules_of(enrollment.rules_id).waivers if enrollment.rules_id else Waivers()


def _ask_again(waiver: Waiver | None, enrollment: Enrollment) -> object:
    """The last day to ask again, when that is still possible."""
    if waiver is None or waiver.decided_at is None:
        return None
    rules = _waiver_rules(enrollment)
    return ask_again_until(waiver.decided_at, rules, _zone()) if may_ask_again(waiver, rules, _zone()) else None


@pages.route("/fee/waiver", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def ask_for_waiver() -> ResponseReturnValue:
    """Ask the court to waive the fee."""
    identity = current_identity()
    enrollment = my_enrollment(identity)
    form = WaiverForm()
    rules = _waiver_rules(enrollment)
    form.offer(rules.presumptive_benefits)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.file_waiver")
                if claim.first:
                    claim.finish(file_waiver(form.to_request(), actor=identity).id)
            flash(_("Your request is with the court. We will tell you what it decides."), "success")
            return redirect(url_for("payments.my_fee"))
        except Refused as refused:
            form.show(refused)
            enrollment = my_enrollment(identity)  # what was loaded went with the rolled back try
    waiver = newest_waiver(enrollment.id)
    return render_template(
        "payments/ask_for_waiver.html",
        form=form,
        statement=statement_of(enrollment),
        is_pending=waiver is not None and waiver.state in WAIVER_PENDING,
        proof=PROOF_WORDS[rules.proof],
        starts_now=enrollment.rules_id is not None
        and rules_of(enrollment.rules_id).fees.may_start_while_waiver_pending,
    ), (422 if form.errors else 200)


# --- The court's waivers ---------------------------------------------------------------------------------------------


@pages.get("/waivers", permission=Permission.WAIVER_READ)
def waivers() -> ResponseReturnValue:
    """Requests that wait, the oldest first, and what was decided lately."""
    identity = current_identity()
    waiting, decided = waivers_for(identity, waiting=True), waivers_for(identity, waiting=False)
    return render_template(
        "payments/waivers.html",
        waiting=waiting,
        decided=decided,
        owed=balances(enrollment.id for _waiver, enrollment in waiting),
        state_words=STATE_WORDS,
    )


@pages.route("/waivers/<uuid:waiver_id>", methods=["GET", "POST"], permission=Permission.WAIVER_READ)
def waiver(waiver_id: UUID) -> ResponseReturnValue:
    """One request, and the decision."""
    identity = current_identity()
    found, enrollment = get_waiver_for(identity, waiver_id)
    if request.method == "GET":  # what somebody told of a household's money: who read it is kept
        audit("payments.read_waiver", actor=identity, subject=("waiver", waiver_id), case_id=enrollment.referral_id)
    rules = _waiver_rules(enrollment)
    waiting = found.state in WAIVER_PENDING
    open_to_me = tuple(o for o in Outcome if may_decide(o, identity.as_role, rules))
    form = DecisionForm(row_version=found.row_version)
    form.offer(open_to_me if may(identity, Permission.WAIVER_DECIDE) else ())
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.decide_waiver")
                if claim.first:
                    version = str(form.row_version.data)
                    claim.finish(decide_waiver(waiver_id, form.to_decision(), actor=identity, row_version=version).id)
            flash(_("The decision is made. The participant is told."), "success")
            return redirect(url_for("payments.waivers"))
        except Refused as refused:
            form.show(refused)
            found, enrollment = get_waiver_for(identity, waiver_id)  # what was loaded went with the rolled back try
    return render_template(
        "payments/waiver.html",
        form=form,
        waiver=found,
        person=enrollment.referral.person,
        referral_id=enrollment.referral_id,
        statement=statement_of(enrollment),
        rules=rules,
        waiting=waiting,
        state_words=STATE_WORDS,
        reason=shown_reason(found.reason),
        needs_judge=waiting and len(open_to_me) < len(Outcome),
    ), (422 if form.errors else 200)


# --- Stripe ----------------------------------------------------------------------------------------------------------


@portal_pages.post("/webhooks/stripe", public="Stripe's deliveries: believed for their signature alone")
def webhook() -> ResponseReturnValue:
    """One event. 200 once it is kept, whatever it says; 400 for what is not Stripe's; 500 to have it sent again."""
    if (request.content_length or 0) > LARGEST_EVENT:
        return _answer("too large", 413)
    payload = request.get_data()
    try:
        event = verify(
            payload,
            request.headers.get("Stripe-Signature", ""),
            secrets=runtime().settings.stripe_webhook_secrets,
            now=clock.now(),
        )
        facts = facts_of(as_event(event))
    except BadSignature as bad:
        log.warning("webhook refused: %s", bad.reason)
        return _answer("bad signature", 400)
    except (KeyError, TypeError, ValueError):
        log.warning("webhook refused: signed, but not an event")
        return _answer("not an event", 400)
    outcome = receive(facts)
    return _answer(outcome, 500 if outcome == "failed" else 200)


def _answer(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")
