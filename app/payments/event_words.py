"""What an event of Stripe's says, in a reader's words instead of Stripe's name of it. Pure."""

from __future__ import annotations

from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.payments.events import SEEN

EVENT_WORDS: dict[str, LazyString] = {
    "checkout.session.completed": _l("The card page was completed"),
    "checkout.session.async_payment_succeeded": _l("A payment that takes days arrived"),
    "checkout.session.async_payment_failed": _l("A payment that takes days failed"),
    "checkout.session.expired": _l("The card page was closed without a payment"),
    "payment_intent.payment_failed": _l("A card was declined"),
    "charge.refunded": _l("A payment was given back"),
    "refund.created": _l("A refund began"),
    "refund.updated": _l("A refund moved on"),
    "refund.failed": _l("A refund failed"),
    "charge.dispute.created": _l("The bank of the payer began to look at a payment"),
    "charge.dispute.updated": _l("The bank of the payer goes on looking at a payment"),
    "charge.dispute.closed": _l("The bank of the payer decided about a payment"),
    "charge.dispute.funds_withdrawn": _l("The bank of the payer took the money"),
    "charge.dispute.funds_reinstated": _l("The bank of the payer gave the money back"),
    SEEN: _l("What Stripe said when we asked"),
}


def event_words(event_type: str) -> str:
    """An event in words; one that we do not know by Stripe's own name."""
    known = EVENT_WORDS.get(event_type)
    return str(known) if known is not None else _("Stripe’s event “%(name)s”", name=event_type)
