"""The money of the court in which everything happened: rows of what its first day does not make."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from app.core import clock
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.payments.deciding.rules import Decision, Outcome
from app.payments.deciding.services import decide_waiver
from app.payments.models import Checkout, LedgerEntry, StripeEvent, StripeObject, Waiver
from app.payments.refunds.models import Refund
from app.payments.waiving.models import WaiverDraft, WaiverProof
from app.payments.waiving.proofs import PROOF
from app.payments.waiving.rules import Answers
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.keys import uuid7
from tests.factories import TestCourt

FILE = b"%PDF-1.4\n%proof\n"


def pay_by_card(court: TestCourt, canary: str, enrollment_id: UUID) -> None:
    """A payment of which a part did not go back, one that did not fit, and an event that could not be applied."""
    now, fixed = clock.now(), {"enrollment_id": enrollment_id, "currency": "usd", "livemode": False}
    times = {"created_at": now, "expires_at": now + timedelta(hours=12)}
    rows = [
        Checkout(id=uuid7(), state=state, amount_cents=100, idempotency_key=state, **fixed, **times)
        for state in ("paid", "review")
    ]
    for row in rows:
        row.session_id, row.payment_intent_id = f"cs_{row.id.hex}", f"pi_{row.id.hex}"
    session().add_all(rows)
    session().flush()
    paid = rows[0]
    whose = {"court_id": court.id, "enrollment_id": enrollment_id, "checkout_id": paid.id}
    session().add(StripeObject(object_id=paid.session_id, **whose))
    session().add(
        LedgerEntry(
            enrollment_id=enrollment_id,
            kind="paid",
            amount_cents=-100,
            effect=f"{paid.session_id}:paid",
            stripe_object=paid.session_id,
            at=now,
            actor_kind="system",
        )
    )
    session().add(
        Refund(
            enrollment_id=enrollment_id,
            checkout_id=paid.id,
            payment_intent_id=paid.payment_intent_id,
            amount_cents=10,
            state="failed",
            cause="asked",
            reason=f"back to {canary}",
            idempotency_key="refund",
            error="bank_refused",
            created_at=now,
        )
    )
    key = f"evt_{paid.id.hex}"
    session().add(
        StripeEvent(
            id=key,
            type="refund.created",
            created=now,
            received_at=now,
            livemode=False,
            object_id=paid.payment_intent_id,
            court_id=court.id,
            state="failed",
            error="LookupError",
            payload={
                **dict.fromkeys(("object_id", "session_id", "charge_id", "reference"), ""),
                "event_id": key,
                "type": "refund.created",
                "created": now.isoformat(),
                "livemode": False,
                "intent_id": paid.payment_intent_id,
                "status": "pending",
                "cents": 1,
                "currency": "usd",
            },
        )
    )
    session().flush()


def grant_a_part(canary: str, enrollment_id: UUID, *, actor: Identity) -> None:
    """A request of yesterday that the court granted in part, so that it can be taken back."""
    with transaction():
        yesterday = clock.now() - timedelta(days=1)
        waiver = _request(canary, enrollment_id, yesterday)
        session().add(waiver)
        session().flush()
        waiver_id, version = waiver.id, str(waiver.row_version)
    part = Decision(Outcome.PARTIAL, amount_cents=500, explanation=f"answered {canary}")
    decide_waiver(waiver_id, part, actor=actor, row_version=version)


def _request(canary: str, enrollment_id: UUID, submitted_at: datetime) -> Waiver:
    return Waiver(
        enrollment_id=enrollment_id,
        state="submitted",
        household_size=2,
        monthly_income_cents=90_000,
        benefits=[],
        statement=f"because {canary}",
        submitted_at=submitted_at,
    )


def ask_for_waivers(court: TestCourt, canary: str, enrollment_id: UUID) -> None:
    """A request that waits, proof of the one that was answered, and what the learner and the counter are filling in."""
    waiver_id = session().scalar(sa.select(Waiver.id).order_by(Waiver.id).limit(1))
    session().add(_request(canary, enrollment_id, clock.now()))
    for written_by, sent_with in (("learner", waiver_id), ("learner", None), ("counter", None)):
        content = FILE + f"{canary} {written_by} {sent_with}".encode()
        kept = StoredFile(
            sha256=runtime().storage.put(court.id, content),
            size=len(content),
            content_type="application/pdf",
            purpose=PROOF,
            name=f"{canary}.pdf",
            created_at=clock.now(),
        )
        session().add(kept)
        session().flush()
        proof = {"enrollment_id": enrollment_id, "written_by": written_by, "waiver_id": sent_with}
        session().add(WaiverProof(**proof, file_id=kept.id, added_at=clock.now()))
        if sent_with is None:
            draft = {"written_by": written_by, "answers": Answers(statement=f"drafted {canary}").to_json()}
            times = {"begun_at": clock.now(), "saved_at": clock.now()}
            session().add(WaiverDraft(enrollment_id=enrollment_id, **draft, **times))
    session().flush()
