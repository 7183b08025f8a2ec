"""What a payment is worth at Stripe and in the ledger, and why the two may differ. Pure; integer US cents."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.payments.gateway import DisputeResult, PaymentIntent, RefundResult

CAUSES: dict[str, LazyString] = {
    "in_review": _("A person of the court has still to look at this payment."),
    "set_aside": _("A person of the court set this payment aside: it does not count."),
    "not_shown": _("Stripe does not show this payment to us."),
    "no_payment": _("Our books have a payment, but no payment of Stripe's is known for it."),
    "money_missing": _(
        "Stripe received more than is in our ledger: an event has not arrived yet, or could not be read."
    ),
    "gone_back": _("At Stripe more has gone back than our ledger has: an event has not arrived."),
}


def worth_at_stripe(intent: PaymentIntent, refunds: Iterable[RefundResult], disputes: Iterable[DisputeResult]) -> int:
    """What arrived, without what went back for good and what a bank holds or has taken back."""
    back = sum(one.amount_cents for one in refunds if one.status == "succeeded")
    held = sum(one.amount_cents for one in disputes if one.status != "won" and not one.status.startswith("warning_"))
    return intent.amount_received_cents - back - held


def cause_of(state: str, ledger_cents: int, stripe_cents: int | None, *, has_intent: bool) -> str | None:
    """Why the books differ (a key of CAUSES); None when they do not. `state` is the checkout's."""
    if stripe_cents == ledger_cents and state != "review":
        return None
    if state == "review":
        return "in_review"
    if not has_intent:
        return "no_payment" if ledger_cents else None
    if stripe_cents is None:
        return "not_shown"
    if state == "set_aside":
        return "set_aside"
    return "money_missing" if stripe_cents > ledger_cents else "gone_back"
