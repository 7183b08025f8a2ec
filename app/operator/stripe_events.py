"""Stripe's events that no court knows: what came, when, and about which of Stripe's objects. Runs as the platform role.

Money behind one of them is at Stripe and in no court's ledger, so somebody has to see it. No event's content is read
here: names, addresses and cards are not kept at all, amounts stay with Stripe.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_

from app.payments.models import StripeEvent
from tenants.database import session

SHOWN = 50
WAITING = ("failed", "unmatched")


def _unknown() -> tuple[ColumnElement[bool], ...]:
    return StripeEvent.court_id.is_(None), StripeEvent.state.in_(WAITING)


def unknown_count() -> int:
    """How many there are. One statement."""
    return int(session().scalar(select(func.count()).select_from(StripeEvent).where(*_unknown())) or 0)


def unknown_events(before: tuple[datetime, str] | None = None) -> list[Any]:
    """The newest first: id, type, object_id, state, received_at.

    `before` continues after the (received_at, id) of the last one shown. One more than SHOWN: there are more.
    """
    event = StripeEvent
    query = (
        select(event.id, event.type, event.object_id, event.state, event.received_at)
        .where(*_unknown())
        .order_by(event.received_at.desc(), event.id.desc())
        .limit(SHOWN + 1)
    )
    if before is not None:
        query = query.where(tuple_(event.received_at, event.id) < tuple_(*before))
    return list(session().execute(query).all())
