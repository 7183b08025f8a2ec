"""Reading card payments and what was given back of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.core.errors import NotFound
from app.core.gathering import Gathered
from app.payments.fees import fee_lines
from app.payments.lookups import ledger_of
from app.payments.models import Checkout, LedgerEntry, StripeObject
from app.payments.refunds.models import Refund
from app.payments.refunds.rules import UNSETTLED, Held, Told, at_most, kept_by_component, kept_cents
from app.payments.rules import FeeLine
from app.permissions.identity import Identity
from tenants.database import session
from tenants.rules import rules_of


@dataclass(frozen=True)
class Dispute:
    """What a payer's bank did with a payment. `outcome` is open, won or lost."""

    id: str
    checkout_id: UUID
    cents: int
    opened_at: datetime
    outcome: str
    closed_at: datetime | None


@dataclass(frozen=True)
class CardPayment:
    """One payment by card that arrived. `refundable_cents` is what can still be given back now."""

    checkout: Checkout
    paid_cents: int
    held: Held
    refundable_cents: int
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]


@dataclass(frozen=True)
class CardMoney:
    """The card payments of an enrollment, newest first. `kept_cents` of them stay for what is not refundable."""

    payments: tuple[CardPayment, ...]
    kept_cents: int


def card_money(enrollment: Enrollment) -> CardMoney:
    """What an enrollment has paid by card, and what can go back of it. Three statements.

    Refunds are read before the ledger: one that settles meanwhile counts twice for a moment, never not at all.
    """
    refunds = refunds_of(enrollment.id)
    entries = _entries(enrollment.id)
    ids = {checkout_id for checkout_id, _entry in entries if checkout_id is not None}
    found = session().scalars(
        select(Checkout).where(Checkout.id.in_(ids)).order_by(Checkout.created_at.desc(), Checkout.id.desc())
    )
    checkouts = found.all()
    mine = {one.id: [entry for at, entry in entries if at == one.id] for one in checkouts}
    paid = {at: -sum(e.amount_cents for e in rows if e.kind == "paid") for at, rows in mine.items()}
    held = {one.id: _held(one.id, mine[one.id], refunds) for one in checkouts}
    kept = _kept(enrollment, entries)
    worth = sum(one.left for one in held.values())
    payments = tuple(
        CardPayment(
            checkout=one,
            paid_cents=paid[one.id],
            held=held[one.id],
            refundable_cents=at_most(held[one.id], others=worth - held[one.id].left, kept=kept),
            refunds=tuple(refund for refund in refunds if refund.checkout_id == one.id),
            disputes=tuple(disputes_in(one.id, mine[one.id])),
        )
        for one in checkouts
        if paid[one.id]
    )
    return CardMoney(payments, kept)


def _entries(enrollment_id: UUID) -> list[tuple[UUID | None, LedgerEntry]]:
    """Every entry with the checkout that it belongs to: our own table says which payment an object is of."""
    theirs = (StripeObject.object_id == LedgerEntry.stripe_object) & (StripeObject.enrollment_id == enrollment_id)
    rows = session().execute(
        select(StripeObject.checkout_id, LedgerEntry)
        .select_from(LedgerEntry)
        .outerjoin(StripeObject, theirs)
        .where(LedgerEntry.enrollment_id == enrollment_id)
        .order_by(LedgerEntry.at, LedgerEntry.id)
    )
    return [(checkout_id, entry) for checkout_id, entry in rows]


def _held(checkout_id: UUID, entries: Sequence[LedgerEntry], refunds: Sequence[Refund]) -> Held:
    return Held(
        checkout_id=checkout_id,
        cents=max(0, -sum(entry.amount_cents for entry in entries)),
        asked=sum(one.amount_cents for one in refunds if one.checkout_id == checkout_id and one.state in UNSETTLED),
        in_dispute=any(dispute.outcome != "won" for dispute in disputes_in(checkout_id, entries)),
    )


def _kept(enrollment: Enrollment, entries: Sequence[tuple[UUID | None, LedgerEntry]]) -> int:
    if enrollment.rules_id is None:
        return 0
    return kept_cents(_told(entry for _at, entry in entries), fee_lines(rules_of(enrollment.rules_id).fees))


def _told(entries: Iterable[LedgerEntry]) -> list[Told]:
    return [(e.at, e.effect, e.kind, e.component, e.stripe_object, e.amount_cents) for e in entries]


def kept_of(enrollment_id: UUID, lines: Sequence[FeeLine]) -> dict[str, int]:
    """What the components of a fee that are not refundable hold by now, by key."""
    return kept_by_component(_told(ledger_of(enrollment_id)), lines)


def disputes_in(checkout_id: UUID, entries: Sequence[LedgerEntry]) -> list[Dispute]:
    """The disputes that a payment's entries tell of, oldest first."""
    found = []
    for entry in entries:
        if entry.kind != "disputed":
            continue
        closing = {other.kind: other.at for other in entries if other.stripe_object == entry.stripe_object}
        won, lost = closing.get("dispute_won"), closing.get("dispute_lost")
        outcome = "won" if won else "lost" if lost else "open"
        found.append(Dispute(entry.stripe_object, checkout_id, entry.amount_cents, entry.at, outcome, won or lost))
    return found


def refunds_of(enrollment_id: UUID) -> Sequence[Refund]:
    """Everything that was asked back from an enrollment's card payments, oldest first."""
    query = select(Refund).where(Refund.enrollment_id == enrollment_id).order_by(Refund.created_at, Refund.id)
    return session().scalars(query).all()


def get_payment_for(identity: Identity, checkout_id: UUID) -> tuple[CardPayment, Enrollment]:
    """One card payment that arrived, and its enrollment (`.referral.person` loaded). Raises NotFound."""
    query = visible_enrollments(identity).join(Checkout, Checkout.enrollment_id == Enrollment.id)
    enrollment = session().scalar(query.where(Checkout.id == checkout_id))
    if enrollment is None:
        raise NotFound
    for payment in card_money(enrollment).payments:
        if payment.checkout.id == checkout_id:
            return payment, enrollment
    raise NotFound


def get_refund_for(identity: Identity, refund_id: UUID) -> tuple[Refund, Enrollment]:
    """One refund and its enrollment. Raises NotFound."""
    query = visible_enrollments(identity).join(Refund, Refund.enrollment_id == Enrollment.id).add_columns(Refund)
    found = session().execute(query.where(Refund.id == refund_id)).first()
    if found is None:
        raise NotFound
    return found[1], found[0]


@dataclass(frozen=True)
class LookedAt:
    """What somebody is looking at: a payment that did not fit (its checkout), a bank's question."""

    review_id: UUID | None
    disputed: bool


def looked_at(enrollment_id: UUID) -> LookedAt:
    """What stands open with the card payments of an enrollment. Two statements."""
    return LookedAt(under_review(enrollment_id), dispute_is_open(enrollment_id))


def looked_at_in(found: Gathered) -> LookedAt:
    """The same from gathered rows: the ledger, and the checkouts under review with the newest first."""
    review = next(iter(found.of(Checkout)), None)
    return LookedAt(review.id if review else None, dispute_is_open_in(found))


def under_review(enrollment_id: UUID) -> UUID | None:
    """The newest payment of an enrollment that did not fit and waits for a person. One statement."""
    query = select(Checkout.id).where(Checkout.enrollment_id == enrollment_id, Checkout.state == "review")
    return session().scalar(query.order_by(Checkout.created_at.desc()).limit(1))


DISPUTE_KINDS = ("disputed", "dispute_won", "dispute_lost")


def dispute_is_open(enrollment_id: UUID) -> bool:
    """Whether a payer's bank is looking at a payment of this enrollment. One statement."""
    closing = LedgerEntry.stripe_object.distinct()
    query = select(
        func.count().filter(LedgerEntry.kind == "disputed"),
        func.count(closing).filter(LedgerEntry.kind != "disputed"),
    ).where(LedgerEntry.enrollment_id == enrollment_id, LedgerEntry.kind.in_(DISPUTE_KINDS))
    opened, closed = session().execute(query).one()
    return int(opened) > int(closed)


def dispute_is_open_in(found: Gathered) -> bool:
    """The same from gathered rows of the ledger."""
    entries = [one for one in found.of(LedgerEntry) if one.kind in DISPUTE_KINDS]
    opened = sum(one.kind == "disputed" for one in entries)
    closed = len({one.stripe_object for one in entries if one.kind != "disputed"} - {None})
    return opened > closed
