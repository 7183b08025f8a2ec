"""What of a card payment can be given back. Pure; integer US cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.i18n import lazy_gettext as _
from app.payments.payees.rules import Effect, Moved, in_turn, shares_of
from app.payments.rules import AT_COUNTER, COUNTER_REFUND, FeeLine

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


# One entry of a ledger: (instant, effect, kind, component, Stripe's object, signed cents).
Told = tuple[datetime, str, str, str, str, int]


def kept_by_component(entries: Sequence[Told], lines: Sequence[FeeLine]) -> dict[str, int]:
    """What each component that is not refundable holds of all payments, by whose each cent is (payees.rules).

    `entries` are all of a ledger, in order.
    """
    fixed = frozenset(line.key for line in lines if not line.refundable)
    if not fixed:
        return {}
    written = [(at, _moved(effect, kind, part, thing, cents)) for at, effect, kind, part, thing, cents in entries]
    held = shares_of(in_turn(written, fixed), [line.key for line in lines], fixed).held
    return {key: held[key] for key in sorted(fixed) if held.get(key, 0) > 0}


def kept_cents(entries: Sequence[Told], lines: Sequence[FeeLine]) -> int:
    """What stays of card payments for such components: first they keep what came in at the counter."""
    at_counter = -sum(
        cents
        for _at, effect, _kind, _part, _object, cents in entries
        if effect.startswith((AT_COUNTER, COUNTER_REFUND))
    )
    return max(0, sum(kept_by_component(entries, lines).values()) - max(0, at_counter))


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
