"""What a person may do about a payment that did not match, and in which words it is told. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

# What differs, as settling.differences names it, in a reader's words.
DIFFERENCES: dict[str, LazyString] = {
    "livemode": _("One of the two is a test payment, the other is real."),
    "currency": _("The currency is another one."),
    "payment intent": _("It is another payment than the one we know for this page."),
    "session": _("It came from another payment page."),
    "amount": _("The amount is another one than we asked for."),
    "reference": _("It names another payment of ours."),
    "torn": _("What Stripe told belongs to two different payments."),
}
_HARMLESS = frozenset({"amount", "reference"})
_CANNOT_GO_BACK = frozenset({"livemode", "currency", "payment intent", "session", "torn"})


def difference_words(differed: str) -> list[LazyString]:
    """What a kept decision was about (the names of DIFFERENCES, one after the other), in a reader's words."""
    return [DIFFERENCES[name] for name in differed.split(", ") if name in DIFFERENCES]


class Outcome(StrEnum):
    """How a payment leaves the queue."""

    ACCEPTED = "accepted"
    GIVEN_BACK = "given_back"
    SET_ASIDE = "set_aside"


OUTCOME_WORDS: dict[Outcome, LazyString] = {
    Outcome.ACCEPTED: _("Take it as it is: what Stripe received counts"),
    Outcome.GIVEN_BACK: _("Give it back: it does not count, and all of it goes back"),
    Outcome.SET_ASIDE: _("Set it aside: it does not count, and nothing goes back"),
}
# Where nothing else is possible, a person has to see to the money at Stripe first.
ASIDE_AFTER_STRIPE = _("Set it aside: it does not count here, and what had to be done at Stripe is done")
OUTCOME_DONE: dict[Outcome, LazyString] = {
    Outcome.ACCEPTED: _("Taken as it is"),
    Outcome.GIVEN_BACK: _("Given back"),
    Outcome.SET_ASIDE: _("Set aside"),
}


class AtStripe(StrEnum):
    """What a person has to do at Stripe, where the portal can not be sure whose money it is."""

    REFUND = "refund"  # it arrived, and counts nowhere
    TORN = "torn"  # another payment of ours names the same money, and may count it already
    COMPARE = "compare"  # it counts already: only what arrived beyond that goes back
    LOOK = "look"  # nothing tells that money arrived


def to_do_at_stripe(differing: Collection[str], *, received_cents: int, counted: bool) -> AtStripe | None:
    """What has to be done at Stripe before a payment is set aside; None where it can be settled here."""
    if ways_out(differing, received_cents=received_cents, counted=counted) != (Outcome.SET_ASIDE,):
        return None
    if "torn" in differing:
        return AtStripe.TORN
    if counted:
        return AtStripe.COMPARE
    return AtStripe.REFUND if received_cents else AtStripe.LOOK


def ways_out(differing: Collection[str], *, received_cents: int, counted: bool) -> tuple[Outcome, ...]:
    """What may be done about a payment under review.

    It is taken only where Stripe surely received it for this page of ours, and given back only where the money is
    surely this payment's and is not in the ledger (`counted`): else somebody else's payment would go back.
    """
    found = []
    if received_cents and not counted and set(differing) <= _HARMLESS:
        found.append(Outcome.ACCEPTED)
    if received_cents and not counted and not _CANNOT_GO_BACK & set(differing):
        found.append(Outcome.GIVEN_BACK)
    return (*found, Outcome.SET_ASIDE)
