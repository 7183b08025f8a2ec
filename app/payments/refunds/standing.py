"""Where a refund stands, by what Stripe has told of it. Called while its payment is locked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Update, case, select, update

from app.core.actor import SYSTEM
from app.core.audit import audit
from app.payments.events import Facts
from app.payments.models import StripeEvent
from app.payments.refunds.models import Refund
from tenants.database import session

BANK_REFUSED = "bank_refused"


def told_of(intent_id: str, stripe_refund_id: str) -> str | None:
    """What kept events say of a refund: succeeded, failed (which outranks), or None while they say neither."""
    kept = session().scalars(
        select(StripeEvent.payload).where(
            StripeEvent.object_id == intent_id, StripeEvent.payload["object_id"].as_string() == stripe_refund_id
        )
    )
    meanings = [Facts(**payload).meaning for payload in kept]
    kinds = {meaning.kind for meaning in meanings if meaning}
    if "refund_failed" in kinds:
        return "failed"
    return "succeeded" if "refund_succeeded" in kinds else None


def note_event(facts: Facts, *, now: datetime, case_id: UUID | None) -> None:
    """One event of a refund was put into the ledger: say so at our row, where the refund is one that we asked for."""
    meaning = facts.meaning
    if meaning is None or meaning.kind not in ("refund_succeeded", "refund_failed"):
        return
    moved = session().execute(_moved(facts.object_id, failed=meaning.kind == "refund_failed", now=now)).first()
    if moved is not None and moved.state == "failed":
        note_failure(moved.id, BANK_REFUSED, case_id=case_id)


def note_failure(refund_id: UUID, error: str, *, case_id: UUID | None) -> None:
    """Money that somebody decided to give back did not go: on the trail, whoever refused it."""
    audit(
        "payments.refund_failed",
        actor=SYSTEM,
        subject=("refund", refund_id),
        case_id=case_id,
        new={"state": "failed", "error": error},
    )


def _moved(stripe_refund_id: str, *, failed: bool, now: datetime) -> Any:
    query: Update = update(Refund).where(Refund.stripe_refund_id == stripe_refund_id, Refund.state != "failed")
    if not failed:
        query = query.where(Refund.state != "succeeded")
    return query.values(
        state="failed" if failed else "succeeded",
        error=BANK_REFUSED if failed else "",
        settled_at=case((Refund.settled_at.is_(None), now), else_=Refund.settled_at),
        row_version=Refund.row_version + 1,
    ).returning(Refund.id, Refund.state)
