"""Pages of payments: the learner's fee, the return from Stripe and Stripe's webhook."""

from __future__ import annotations

import logging

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import my_enrollment
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.payments.checkouts import ReturnPages, start_checkout
from app.payments.events import facts_of
from app.payments.forms import PayForm
from app.payments.gateway import GatewayRefused, GatewayUnavailable, as_event
from app.payments.installments.lookups import plan_of
from app.payments.installments.services import offered_parts
from app.payments.lookups import newest_checkout, newest_waiver, statement_of
from app.payments.refunds.lookups import dispute_is_open
from app.payments.rules import CLOSED_TO_PAYMENT, WAIVER_PENDING
from app.payments.settling import receive
from app.payments.signature import BadSignature, verify
from app.payments.waiver_rules import STATE_WORDS
from app.payments.waiving.lookups import LEARNER, Desk, draft_of
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import court_time_zone

log = logging.getLogger(__name__)

pages = Pages("payments", __name__)
portal_pages = Pages("stripe", __name__, court=False)

LARGEST_EVENT = 1024 * 1024  # bytes


# --- The learner's fee -----------------------------------------------------------------------------------------------


@pages.get("/fee", permission=Permission.OWN_PROGRAM)
def my_fee() -> ResponseReturnValue:
    """What the fee is, what is paid and waived, and the two ways on."""
    enrollment = my_enrollment(current_identity())
    waiver, statement = newest_waiver(enrollment.id), statement_of(enrollment)
    plan = plan_of(enrollment.id)
    return render_template(
        "payments/my_fee.html",
        statement=statement,
        plan=plan,
        offered_parts=[] if plan else offered_parts(enrollment, owed=statement.balance_cents),
        today=clock.today(court_time_zone()),
        checkout=newest_checkout(enrollment.id),
        disputed=dispute_is_open(enrollment.id),
        draft=draft_of(Desk(enrollment.id, LEARNER)),
        waiver=waiver,
        waiver_words=STATE_WORDS,
        open_to_payment=enrollment.state not in CLOSED_TO_PAYMENT,
        is_pending=waiver is not None and waiver.state in WAIVER_PENDING,
        started=enrollment.state != "enrolled",
        form=PayForm(),
    )


@pages.post("/fee/pay", permission=Permission.OWN_PROGRAM)
def pay() -> ResponseReturnValue:
    """To Stripe's page for the next part of a plan, or for all that is owed."""
    identity = current_identity()
    enrollment = my_enrollment(identity)
    public = runtime().settings.public_url
    pages_back = ReturnPages(thanks=public + url_for("payments.thanks"), canceled=public + url_for("payments.canceled"))
    try:
        target = start_checkout(
            enrollment.id,
            language=current_language(),
            pages=pages_back,
            actor=identity,
            next_part_only=request.form.get("pay") == "part",
        )
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
    enrollment = my_enrollment(current_identity())
    checkout, plan = newest_checkout(enrollment.id), plan_of(enrollment.id)
    due = plan.next.left_cents if plan and plan.next else None
    return render_template(
        "payments/canceled.html",
        form=PayForm(),
        next_part_only=checkout is not None and checkout.amount_cents == due,
    )


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
