"""Reading comparisons with Stripe, and the court's disputes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.payments.models import Checkout, LedgerEntry, StripeEvent
from app.payments.reconciling.models import Reconciliation, ReconciliationDifference
from app.payments.refunds.lookups import DISPUTE_KINDS, Dispute, disputes_in
from app.payments.refunds.models import Refund
from app.permissions.identity import Identity
from tenants.database import session
from tenants.scope import current_court_id

RECENT = 14
PAGE = 50
DISPUTED = 50


def recent_runs() -> Sequence[Reconciliation]:
    """The last comparisons, the newest first."""
    query = select(Reconciliation).order_by(Reconciliation.started_at.desc(), Reconciliation.id.desc())
    return session().scalars(query.limit(RECENT)).all()


def differences_of(
    identity: Identity, run_id: UUID, *, after: UUID | None = None
) -> tuple[list[tuple[ReconciliationDifference, Enrollment]], UUID | None]:
    """What a comparison found, with its cases, PAGE at once, and where the next page goes on."""
    query = (
        visible_enrollments(identity)
        .join(Checkout, Checkout.enrollment_id == Enrollment.id)
        .join(ReconciliationDifference, ReconciliationDifference.checkout_id == Checkout.id)
        .add_columns(ReconciliationDifference)
        .where(ReconciliationDifference.run_id == run_id)
        .order_by(ReconciliationDifference.id)
        .limit(PAGE + 1)
    )
    if after is not None:
        query = query.where(ReconciliationDifference.id > after)
    rows = [(found, enrollment) for enrollment, found in session().execute(query)]
    return rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None


def disputes_of(identity: Identity) -> list[tuple[Dispute, Enrollment]]:
    """What payers' banks asked about lately, the newest first. Two statements."""
    query = (
        visible_enrollments(identity)
        .join(LedgerEntry, LedgerEntry.enrollment_id == Enrollment.id)
        .add_columns(LedgerEntry)
        .where(LedgerEntry.kind == "disputed")
        .order_by(LedgerEntry.at.desc(), LedgerEntry.id.desc())
        .limit(DISPUTED)
    )
    opened = [(entry, enrollment) for enrollment, entry in session().execute(query)]
    ids = {entry.stripe_object for entry, _enrollment in opened}
    told = session().scalars(
        select(LedgerEntry).where(LedgerEntry.stripe_object.in_(ids), LedgerEntry.kind.in_(DISPUTE_KINDS))
    )
    rows = told.all()
    found = []
    for entry, enrollment in opened:
        mine = [row for row in rows if row.stripe_object == entry.stripe_object]
        found += [(dispute, enrollment) for dispute in disputes_in(entry.id, mine)]
    return found


def waiting_for_a_person() -> int:
    """How much of the court's card money waits in the review queue: payments, events and refunds. One statement."""
    counts = (
        select(func.count()).select_from(Checkout).where(Checkout.state == "review").scalar_subquery(),
        select(func.count())
        .select_from(StripeEvent)
        .where(StripeEvent.court_id == current_court_id(), StripeEvent.state == "failed")
        .scalar_subquery(),
        select(func.count())
        .select_from(Refund)
        .where((Refund.state == "failed") | ((Refund.state == "waiting") & (Refund.error != "")))
        .scalar_subquery(),
    )
    return sum(map(int, session().execute(select(*counts)).one()))
