"""What of a card payment can be given back. Pure; integer US cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.i18n import lazy_gettext as _
from app.payments.payees.rules import Effect, Moved, shares_of
from app.payments.rules import FeeLine

STATE_WORDS = {
    "waiting": _("Being sent to Stripe"),
    "pending": _("The bank is moving the money"),
    "succeeded": _("Given back"),
    "failed": _("Did not go through"),
}
# Why one did not go through; every other is Stripe's own code.
ERROR_WORDS = {
    "bank_refused": _("The bank of the payer did not take it."),
    "no_answer": _(
        "Stripe did not answer for a long time. Whether it was done is not known; sending it again is safe."
    ),
    "charge_already_refunded": _("All of this payment has gone back already."),
    "charge_disputed": _("The bank of the payer is looking at this payment."),
}
UNSETTLED = ("waiting", "pending")


@dataclass(frozen=True, slots=True)
class Held:
    """One card payment. `cents` is what it is still worth in the ledger, `asked` what unsettled refunds will take.

    A payment that the bank disputes, or has taken back, gives nothing: Stripe refuses it.
    """

    checkout_id: UUID
    cents: int
    asked: int
    in_dispute: bool

    @property
    def left(self) -> int:
        return max(0, self.cents - self.asked)

    @property
    def free(self) -> int:
        return 0 if self.in_dispute else self.left


def kept_cents(entries: Sequence[tuple[str, str, str, str, int]], lines: Sequence[FeeLine]) -> int:
    """What stays of card payments for components that are not refundable, by whose each cent is (payees.rules).

    `entries` are all of a ledger, in order: (effect, kind, component, Stripe's object, signed cents). Such components
    first keep what came in at the counter.
    """
    fixed = frozenset(line.key for line in lines if not line.refundable)
    if not fixed:
        return 0
    shares = shares_of([_moved(*entry) for entry in entries], [line.key for line in lines], fixed)
    at_counter = -sum(cents for effect, _kind, _part, _object, cents in entries if effect.startswith("counter:"))
    return max(0, sum(max(0, shares.held.get(key, 0)) for key in fixed) - max(0, at_counter))


def _moved(effect: str, kind: str, component: str, stripe_object: str, cents: int) -> Moved:
    if kind in ("assessed", "waived") or (kind == "adjusted" and not stripe_object):
        return Moved(effect, Effect.OWED, cents, component)
    undone = kind == "disputed" or effect.endswith(":void")
    return Moved(effect, Effect.MONEY, -cents, component, never_was=undone, undoes=effect.removesuffix(":void"))


def at_most(payment: Held, *, others: int, kept: int) -> int:
    """What can be given back of one payment, when `others` is what all other payments are worth after their refunds.

    `kept` stays with the court over all payments together.
    """
    return max(0, min(payment.free, payment.left + others - kept))


def newest_first(cents: int, payments: Sequence[Held], *, kept: int) -> list[tuple[UUID, int]]:
    """How `cents` are taken from payments, given newest first; less than asked for when less can be given back."""
    left = min(cents, max(0, sum(one.left for one in payments) - kept))
    taken = []
    for one in payments:
        part = min(left, one.free)
        if part > 0:
            taken.append((one.checkout_id, part))
            left -= part
    return taken
