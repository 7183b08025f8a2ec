"""The few statements by which a payment is settled. Each does several things at once, so that a burst stays short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    column,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.sql.dml import Update

from app.cases.models import Enrollment
from app.core.actor import ActorKind
from app.payments.events import Facts
from app.payments.models import Checkout, LedgerEntry, StripeEvent, StripeObject
from app.payments.rules import LEDGER_SIGNS, Entry
from tenants.keys import uuid7

# A checkout only moves to the right, whatever comes first; what is not in it (refunds, disputes) the ledger says.
RANK = ("creating", "open", "expired", "processing", "failed", "set_aside", "paid", "review")

LOCK = text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k").bindparams(
    bindparam("keys", type_=ARRAY(BigInteger))
)

_EVENT_COLUMNS = (
    "id",
    "type",
    "created",
    "received_at",
    "livemode",
    "object_id",
    "payload",
    "error",
    "court_id",
    "state",
)


def _event_values(facts: Facts, now: datetime, error: str = "") -> tuple[ColumnElement[Any], ...]:
    return (
        literal(facts.event_id),
        literal(facts.type),
        literal(facts.created_at, DateTime(timezone=True)),
        literal(now, DateTime(timezone=True)),
        literal(facts.livemode, Boolean),
        literal(facts.payment),
        literal(facts.to_json(), JSONB),
        literal(error),
    )


def _home(facts: Facts) -> Select[UUID, UUID, UUID, bool]:
    """Whose the payment is, by any of its ids that we know; `torn` when they belong to different checkouts."""
    checkout = StripeObject.checkout_id.cast(Text)
    return (
        select(
            StripeObject.court_id,
            StripeObject.enrollment_id,
            StripeObject.checkout_id,
            (func.min(checkout).over() != func.max(checkout).over()).label("torn"),
        )
        .where(StripeObject.object_id.in_(facts.keys))
        .order_by((StripeObject.object_id == facts.object_id).desc())
        .limit(1)
    )


def keep_event(facts: Facts, state: str, now: datetime) -> Insert:
    """Keep an event that has no effect."""
    return (
        insert(StripeEvent)
        .values(dict(zip(_EVENT_COLUMNS, (*_event_values(facts, now), None, state), strict=True)))
        .on_conflict_do_nothing()
    )


def note_failure(facts: Facts, error: str, now: datetime) -> Insert:
    """Keep an event whose effect failed, with the court if it is known; one that was applied meanwhile stays so."""
    court = select(_home(facts).subquery().c.court_id).scalar_subquery()
    kept = insert(StripeEvent).from_select(
        list(_EVENT_COLUMNS), select(*_event_values(facts, now, error), court, literal("failed"))
    )
    return kept.on_conflict_do_update(
        index_elements=[StripeEvent.id],
        set_={"state": "failed", "error": error, "court_id": kept.excluded.court_id},
        where=StripeEvent.state.in_(("failed", "unmatched")),
    )


def keep_and_find(facts: Facts, now: datetime) -> Select[Any]:
    """Insert the event first, and find what it is about: is_new, court_id, enrollment_id, checkout_id, torn, kept.

    `kept` are the events of the same payment that were taken in before: a list of {id, state, payload}.
    """
    one = select(literal(1).label("one")).subquery("one")
    home = _home(facts).cte("home")
    state = case((home.c.court_id.is_(None), "unmatched"), else_="applied")
    inserted = (
        insert(StripeEvent)
        .from_select(
            list(_EVENT_COLUMNS),
            select(*_event_values(facts, now), home.c.court_id, state).select_from(one.outerjoin(home, true())),
        )
        .on_conflict_do_nothing()
        .returning(StripeEvent.id)
        .cte("inserted")
    )
    earlier = StripeEvent.__table__.alias("earlier")
    kept = (
        select(
            func.coalesce(
                func.json_agg(
                    func.json_build_object("id", earlier.c.id, "state", earlier.c.state, "payload", earlier.c.payload)
                ),
                func.json_build_array(),
                type_=JSON,
            )
        )
        .where(
            or_(earlier.c.object_id.in_({facts.payment, facts.session_id} - {""}), earlier.c.id == facts.event_id),
            earlier.c.state.in_(("applied", "unmatched", "failed")),
        )
        .scalar_subquery()
    )
    return select(
        inserted.c.id.is_not(None).label("is_new"),
        home.c.court_id,
        home.c.enrollment_id,
        home.c.checkout_id,
        home.c.torn,
        kept.label("kept"),
    ).select_from(one.outerjoin(home, true()).outerjoin(inserted, true()))


def _fits(facts: Facts, enrollment_id: UUID) -> list[ColumnElement[bool]]:
    """What must be as we stored it, or nothing is settled."""
    tests = [
        Checkout.livemode == literal(facts.livemode, Boolean),
        Checkout.currency == facts.currency,
        Checkout.enrollment_id == enrollment_id,
    ]
    if facts.intent_id:
        tests.append(or_(Checkout.payment_intent_id.is_(None), Checkout.payment_intent_id == facts.intent_id))
    if facts.session_id:
        as_stored = Checkout.amount_cents == facts.cents
        tests += [Checkout.session_id == facts.session_id, or_(as_stored, Checkout.accepted_at.is_not(None))]
    if facts.reference:
        tests.append(or_(_is_reference(facts), Checkout.accepted_at.is_not(None)))
    return tests


def _is_reference(facts: Facts) -> ColumnElement[bool]:
    try:
        return Checkout.id == UUID(facts.reference)
    except ValueError:
        return false()


def settle_checkout(
    facts: Facts,
    state: str,
    entries: Sequence[Entry],
    checkout_id: UUID,
    enrollment_id: UUID,
    now: datetime,
) -> Select[Any]:
    """Move the checkout, append the entries, remember the ids seen: enrollment_id, referral_id, state, written.

    No row when anything differs from what we stored. `written` are only the entries that are new.
    """
    outranking = RANK[RANK.index(state) + 1 :]
    settled = (
        update(Checkout)
        .where(Checkout.id == checkout_id, *_fits(facts, enrollment_id))
        .values(
            state=case((Checkout.state.in_(outranking), Checkout.state), else_=state) if outranking else state,
            payment_intent_id=func.coalesce(Checkout.payment_intent_id, facts.intent_id or None),
            settled_at=func.coalesce(Checkout.settled_at, now if state == "paid" else None),
            row_version=Checkout.row_version + 1,
        )
        .returning(Checkout.court_id, Checkout.id, Checkout.enrollment_id, Checkout.state)
        .cte("settled")
    )
    objects = _remember({*facts.keys, *(entry.stripe_object for entry in entries)}, settled)
    written = _append(entries, settled, now)
    referral = select(Enrollment.referral_id).where(Enrollment.id == settled.c.enrollment_id).scalar_subquery()
    listed: Any = literal([], JSON)
    if written is not None:
        listed = select(func.coalesce(func.json_agg(written.table_valued()), func.json_build_array(), type_=JSON))
        listed = listed.scalar_subquery()
    query = select(
        settled.c.enrollment_id, referral.label("referral_id"), settled.c.state, listed.label("written")
    ).select_from(settled)
    return query.add_cte(objects)


def _remember(objects: Iterable[str], settled: Any) -> Any:
    """The intent, charge, refunds and disputes belong to this payment from now on.

    Also those of events that came before the payment was known: their entries are written now.
    """
    ids = values(column("object_id", Text), name="ids").data([(key,) for key in sorted(objects)])
    return (
        insert(StripeObject)
        .from_select(
            ["object_id", "court_id", "enrollment_id", "checkout_id"],
            select(ids.c.object_id, settled.c.court_id, settled.c.enrollment_id, settled.c.id).select_from(
                settled.join(ids, true())
            ),
        )
        .on_conflict_do_nothing()
        .cte("remembered")
    )


def _append(entries: Sequence[Entry], settled: Any, now: datetime) -> Any:
    if not entries:
        return None
    rows = values(
        column("id", Uuid),
        column("kind", Text),
        column("amount_cents", Integer),
        column("effect", Text),
        column("stripe_object", Text),
        name="entries",
    ).data(
        [
            (uuid7(), entry.kind, LEDGER_SIGNS[entry.kind] * entry.cents, entry.ref, entry.stripe_object)
            for entry in entries
        ]
    )
    fixed = (
        literal("").label("component"),
        literal(now, DateTime(timezone=True)).label("at"),
        literal(str(ActorKind.SYSTEM)).label("actor_kind"),
    )
    return (
        insert(LedgerEntry)
        .from_select(
            [*(c.name for c in rows.c), "court_id", "enrollment_id", "component", "at", "actor_kind"],
            select(*rows.c, settled.c.court_id, settled.c.enrollment_id, *fixed).select_from(
                settled.join(rows, true())
            ),
            include_defaults=False,
        )
        .on_conflict_do_nothing(index_elements=["court_id", "effect"])
        .returning(LedgerEntry.kind, LedgerEntry.amount_cents, LedgerEntry.effect)
        .cte("written")
    )


def mark_applied(event_ids: Sequence[str], court_id: UUID) -> Update:
    """Kept events whose payment has been settled with them."""
    return (
        update(StripeEvent)
        .where(StripeEvent.id.in_(event_ids), StripeEvent.state.in_(("unmatched", "failed")))
        .values(state="applied", error="", court_id=court_id)
    )


def known_to(court_id: UUID) -> Select[str]:
    """The ids of Stripe's objects that are this court's."""
    return select(StripeObject.object_id).where(StripeObject.court_id == court_id)
