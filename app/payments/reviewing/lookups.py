"""Reading what waits for a person: payments that did not match, events that could not be applied, failed refunds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, tuple_

from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.core.errors import NotFound
from app.payments.events import Facts
from app.payments.models import Checkout, LedgerEntry, StripeEvent, StripeObject
from app.payments.refunds.models import Refund
from app.payments.reviewing.models import ReviewResolution
from app.payments.reviewing.rules import AtStripe, Outcome, to_do_at_stripe, ways_out
from app.payments.settling import TORN, differences
from app.permissions.identity import Identity
from tenants.database import session
from tenants.scope import current_court_id

PAGE = 25
FAILED_SHOWN = 200


@dataclass(frozen=True)
class Told:
    """One event about a payment under review, and what it says otherwise (keys of rules.DIFFERENCES)."""

    event_id: str
    facts: Facts
    differing: tuple[str, ...]
    received_at: datetime


@dataclass(frozen=True)
class Review:
    """A payment under review. `received_cents` is what Stripe says to have received under `intent_id`."""

    checkout: Checkout
    enrollment: Enrollment
    told: tuple[Told, ...]
    received_cents: int
    intent_id: str
    counted: bool

    @property
    def differing(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in self.told for name in one.differing))

    @property
    def received_abroad(self) -> str:
        """What Stripe received, where it is of another currency than ours, such as 350.00 EUR; else empty."""
        others = (one.facts.currency for one in self.told if one.facts.currency != self.checkout.currency)
        code = next(others, "")
        return f"{self.received_cents / 100:.2f} {code.upper()}" if code and self.received_cents else ""

    @property
    def ways_out(self) -> tuple[Outcome, ...]:
        return ways_out(self.differing, received_cents=self.received_cents, counted=self.counted)

    @property
    def at_stripe(self) -> AtStripe | None:
        """What has to be done at Stripe, where nothing but setting it aside is possible here."""
        return to_do_at_stripe(self.differing, received_cents=self.received_cents, counted=self.counted)

    @property
    def found_by(self) -> tuple[str, ...]:
        """By what the payment is found at Stripe."""
        return tuple(dict.fromkeys(one.facts.payment for one in self.told))


def under_review(identity: Identity, *, after: UUID | None = None) -> tuple[list[Review], UUID | None]:
    """Payments that wait, the oldest first, and where the next page goes on. At most six statements."""
    query = (
        visible_enrollments(identity)
        .join(Checkout, Checkout.enrollment_id == Enrollment.id)
        .add_columns(Checkout)
        .where(Checkout.state == "review")
        .order_by(Checkout.created_at, Checkout.id)
        .limit(PAGE + 1)
    )
    place = session().scalar(select(Checkout).where(Checkout.id == after)) if after is not None else None
    if place is not None:
        query = query.where(tuple_(Checkout.created_at, Checkout.id) > (place.created_at, place.id))
    rows = [(checkout, enrollment) for enrollment, checkout in session().execute(query)]
    return _reviews(rows[:PAGE]), rows[PAGE - 1][0].id if len(rows) > PAGE else None


def get_review_for(identity: Identity, checkout_id: UUID) -> Review:
    """One payment under review. Raises NotFound, also once somebody has resolved it."""
    query = visible_enrollments(identity).join(Checkout, Checkout.enrollment_id == Enrollment.id).add_columns(Checkout)
    found = session().execute(query.where(Checkout.id == checkout_id, Checkout.state == "review")).first()
    if found is None:
        raise NotFound
    return _reviews([(found[1], found[0])])[0]


def _reviews(rows: Sequence[tuple[Checkout, Enrollment]]) -> list[Review]:
    if not rows:
        return []
    events = _events_about([checkout.id for checkout, _enrollment in rows])
    homes = _homes(events)
    counted = _counted(checkout for checkout, _enrollment in rows)
    found = []
    for checkout, enrollment in rows:
        told = tuple(_told(one, checkout, homes) for one in events if _is_about(one, checkout, homes))
        paid = [one.facts for one in told if one.facts.meaning and one.facts.meaning.kind == "paid"]
        found.append(
            Review(
                checkout=checkout,
                enrollment=enrollment,
                told=told,
                received_cents=max((one.cents for one in paid), default=0),
                intent_id=next((one.intent_id for one in paid if one.intent_id), ""),
                counted=checkout.id in counted,
            )
        )
    return found


def _events_about(checkout_ids: Collection[UUID]) -> Sequence[StripeEvent]:
    """All events in review of these payments, oldest first, by any id of theirs that an event names."""
    known = select(StripeObject.object_id).where(
        StripeObject.court_id == current_court_id(), StripeObject.checkout_id.in_(checkout_ids)
    )
    ids = session().scalars(known).all()
    named = (StripeEvent.payload[key].astext.in_(ids) for key in ("session_id", "intent_id", "charge_id", "object_id"))
    query = select(StripeEvent).where(
        StripeEvent.court_id == current_court_id(), StripeEvent.state == "review", or_(*named)
    )
    return session().scalars(query.order_by(StripeEvent.received_at, StripeEvent.id)).all()


def failed_events() -> Sequence[StripeEvent]:
    """Events of the court at work that could not be applied, oldest first. The table knows no row security."""
    query = select(StripeEvent).where(StripeEvent.court_id == current_court_id(), StripeEvent.state == "failed")
    return session().scalars(query.order_by(StripeEvent.received_at, StripeEvent.id).limit(FAILED_SHOWN)).all()


def _homes(events: Iterable[StripeEvent]) -> dict[str, UUID]:
    """Which checkout each of Stripe's objects in the events belongs to."""
    keys = {key for event in events for key in Facts(**event.payload).keys}
    rows = session().execute(
        select(StripeObject.object_id, StripeObject.checkout_id).where(
            StripeObject.object_id.in_(keys), StripeObject.court_id == current_court_id()
        )
    )
    return {row.object_id: row.checkout_id for row in rows}


def _is_about(event: StripeEvent, checkout: Checkout, homes: dict[str, UUID]) -> bool:
    return any(homes.get(key) == checkout.id for key in Facts(**event.payload).keys)


def _told(event: StripeEvent, checkout: Checkout, homes: dict[str, UUID]) -> Told:
    facts = Facts(**event.payload)
    differing = differences(facts, checkout)
    torn = event.error == TORN or len({homes[key] for key in facts.keys if key in homes}) > 1
    return Told(event.id, facts, (*differing, "torn") if torn else tuple(differing), event.received_at)


def _counted(checkouts: Iterable[Checkout]) -> set[UUID]:
    """Those whose payment stands in the ledger already."""
    effects = {f"{one.session_id}:paid": one.id for one in checkouts}
    found = session().scalars(select(LedgerEntry.effect).where(LedgerEntry.effect.in_(effects)))
    return {effects[effect] for effect in found}


def stuck_refunds(identity: Identity) -> list[tuple[Refund, Enrollment]]:
    """Refunds that failed or that Stripe never answered, the oldest first."""
    query = (
        visible_enrollments(identity)
        .join(Refund, Refund.enrollment_id == Enrollment.id)
        .add_columns(Refund)
        .where((Refund.state == "failed") | ((Refund.state == "waiting") & (Refund.error != "")))
        .order_by(Refund.created_at, Refund.id)
        .limit(PAGE)
    )
    return [(refund, enrollment) for enrollment, refund in session().execute(query)]


def resolutions_of(enrollment_id: UUID) -> list[tuple[ReviewResolution, Checkout]]:
    """What was decided about the payments of an enrollment that did not match, the newest first. One statement."""
    query = (
        select(ReviewResolution, Checkout)
        .join(Checkout, Checkout.id == ReviewResolution.checkout_id)
        .where(Checkout.enrollment_id == enrollment_id)
        .order_by(ReviewResolution.at.desc(), ReviewResolution.id.desc())
    )
    return [(made, checkout) for made, checkout in session().execute(query)]


def resolved_lately(identity: Identity, limit: int = 10) -> list[tuple[ReviewResolution, Enrollment | None]]:
    """What was decided last, the newest first, with its case; None for an event of no payment that we know."""
    query = select(ReviewResolution).order_by(ReviewResolution.at.desc(), ReviewResolution.id.desc()).limit(limit)
    made = session().scalars(query).all()
    cases = (
        visible_enrollments(identity)
        .join(Checkout, Checkout.enrollment_id == Enrollment.id)
        .add_columns(Checkout.id)
        .where(Checkout.id.in_([one.checkout_id for one in made]))
    )
    case_of = {checkout_id: enrollment for enrollment, checkout_id in session().execute(cases)}
    return [(one, case_of.get(one.checkout_id)) for one in made]
