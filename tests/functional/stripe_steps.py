"""What tests of refunds, reviews and reconciliation do over and over."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.payments.models import Checkout
from app.payments.reconciling.models import ReconciliationDifference
from app.payments.refunds.models import Refund
from app.payments.refunds.services import ask_refund
from app.permissions.identity import Identity, Role
from tenants.database import session
from tests.factories import TestCourt, make_learner
from tests.functional.payments_kit import World, open_checkout, wait_paid

OURS = ("payments.send_refund", "payments.fetch_events", "payments.compare", "payments.sweep_checkout")


def work(court: TestCourt, kinds: Sequence[str] = OURS) -> list[str]:
    """Run what waits in the court's outbox until nothing of `kinds` is left; how each try ended. A retry ends it."""
    ends: list[str] = []
    with court.app.app_context(), court.acting():
        while True:
            query = select(Outbox.id).where(
                Outbox.kind.in_(kinds), Outbox.done_at.is_(None), Outbox.failed_at.is_(None)
            )
            waiting = session().scalars(query.order_by(Outbox.id)).all()
            if not waiting or {"retry", "resting"} & set(ends):
                return ends
            ends += [run_job(job_id, runtime().registry.jobs) for job_id in waiting]


def paid_by_card(world: World, court: TestCourt, method: str = "card") -> tuple[Identity, Checkout]:
    """A learner who has paid the whole fee; `bank` needs days at a bank."""
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    world.stripe.control(f"sessions/{checkout.session_id}/pay", {"method": method})
    if method == "bank":
        world.stripe.control(f"sessions/{checkout.session_id}/settle", {"outcome": "succeeded"})
    wait_paid(court, enrollment_id)
    return learner, checkout


def give_back(court: TestCourt, checkout: Checkout, cents: int) -> UUID:
    """Ask for a refund and have it sent."""
    with court.app.test_request_context(), court.acting():
        made = ask_refund(checkout.id, cents, "a test", actor=court.member(Role.ADMINISTRATOR)).id
    work(court)
    return made


def refund_row(court: TestCourt, refund_id: UUID) -> Refund:
    with court.app.app_context(), court.acting():
        return session().scalars(select(Refund).where(Refund.id == refund_id)).one()


def intent_of(court: TestCourt, checkout: Checkout) -> str:
    with court.app.app_context(), court.acting():
        found = session().scalars(select(Checkout.payment_intent_id).where(Checkout.id == checkout.id)).one()
        assert found is not None
        return found


def causes(court: TestCourt) -> list[tuple[str, int, int | None]]:
    """(cause, ledger, Stripe) of every difference that any comparison of the court found."""
    with court.app.app_context(), court.acting():
        rows = session().scalars(select(ReconciliationDifference).order_by(ReconciliationDifference.id))
        return [(row.cause, row.ledger_cents, row.stripe_cents) for row in rows]
