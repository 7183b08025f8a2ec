"""What one event of Stripe says, reduced to the few plain facts that the portal keeps: no name, address or card."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from app.payments.gateway import CheckoutSession, Event
from app.payments.rules import PaymentEvent

SESSION_KINDS = {
    "checkout.session.completed": {"paid": "paid", "no_payment_required": "paid", "unpaid": "processing"},
    "checkout.session.async_payment_succeeded": {"paid": "paid"},
    "checkout.session.async_payment_failed": {"unpaid": "failed"},
    "checkout.session.expired": {"unpaid": "expired"},
    "portal.session.seen": {"paid": "paid", "processing": "processing", "failed": "failed", "expired": "expired"},
}
REFUND_TYPES = frozenset({"refund.created", "refund.updated", "refund.failed"})
REFUND_KINDS = {"succeeded": "refund_succeeded", "failed": "refund_failed", "canceled": "refund_failed"}
DISPUTE_TYPES = frozenset(
    f"charge.dispute.{name}" for name in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
DISPUTE_KINDS = {"won": "dispute_won", "lost": "dispute_lost"}
SEEN = "portal.session.seen"  # not Stripe's: we asked, instead of being told

# What an endpoint at Stripe has to be subscribed to, and what the reconciliation lists. A declined card
# (`payment_intent.payment_failed`) and `charge.refunded` change nothing here: the session stays open, and the refund's
# own events say which refund it was.
LISTED = (
    *(name for name in SESSION_KINDS if name != SEEN),
    "payment_intent.payment_failed",
    "charge.refunded",
    *sorted(REFUND_TYPES),
    *sorted(DISPUTE_TYPES),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """One event. `object_id` is the session, refund, dispute or intent; `cents` its amount; `reference` our own id."""

    event_id: str
    type: str
    created: str  # ISO 8601, UTC
    livemode: bool
    object_id: str
    session_id: str
    intent_id: str
    charge_id: str
    status: str
    cents: int
    currency: str
    reference: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids by which the payment can be found, in a fixed order."""
        found = {self.session_id, self.intent_id, self.charge_id, self.object_id} - {""}
        return tuple(sorted(found))

    @property
    def payment(self) -> str:
        """What all events of one payment share: the intent, or the session while nobody has tried to pay."""
        return self.intent_id or self.session_id or self.object_id

    @property
    def meaning(self) -> PaymentEvent | None:
        """What it says of the payment; None when it moves nothing (a pending refund, an inquiry, a declined card)."""
        kind = _kind(self.type, self.status)
        return PaymentEvent(kind, self.object_id, self.cents) if kind else None

    @property
    def created_at(self) -> datetime:
        return datetime.fromisoformat(self.created)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def _kind(event_type: str, status: str) -> str | None:
    if event_type in SESSION_KINDS:
        return SESSION_KINDS[event_type].get(status)
    if event_type in REFUND_TYPES:
        return REFUND_KINDS.get(status)
    if event_type not in DISPUTE_TYPES or status.startswith("warning_"):
        return None
    if event_type == "charge.dispute.funds_reinstated":
        return "dispute_won"
    return DISPUTE_KINDS.get(status, "dispute_opened")


def facts_of(event: Event) -> Facts:
    """The facts of a delivered or listed event, of any type. KeyError, TypeError or ValueError when malformed."""
    value = event.object
    object_id = str(value.get("id") or event.id)
    is_session = event.type.startswith("checkout.session.")
    intent = object_id if event.type.startswith("payment_intent.") else _id(value.get("payment_intent"))
    charge = object_id if event.type.startswith("charge.") and "dispute" not in event.type else _id(value.get("charge"))
    return Facts(
        event_id=event.id,
        type=event.type,
        created=event.created.astimezone(UTC).isoformat(),
        livemode=event.livemode,
        object_id=object_id,
        session_id=object_id if is_session else "",
        intent_id=intent,
        charge_id=charge,
        status=str(value.get("payment_status" if is_session else "status") or ""),
        cents=int(value.get("amount_total" if is_session else "amount") or 0),
        currency=str(value.get("currency") or ""),
        reference=str(value.get("client_reference_id") or "") if is_session else "",
    )


def facts_seen(session: CheckoutSession, *, status: str, at: datetime) -> Facts:
    """The facts of a session that we looked up ourselves; `status` is one of SESSION_KINDS[SEEN]."""
    return Facts(
        event_id=f"seen_{session.id}_{status}",
        type=SEEN,
        created=at.astimezone(UTC).isoformat(),
        livemode=session.livemode,
        object_id=session.id,
        session_id=session.id,
        intent_id=session.payment_intent_id or "",
        charge_id="",
        status=status,
        cents=session.amount_total_cents,
        currency=session.currency,
        reference="",
    )


def _id(value: Any) -> str:
    """Stripe gives an id, or the whole object where that was expanded."""
    return str((value["id"] if isinstance(value, dict) else value) or "")
