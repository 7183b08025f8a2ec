"""Writing the ledger, and what follows from the balance."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from app.cases.lookups import the_enrollment
from app.cases.services import open_coursework
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.runtime import Happening, tell
from app.payments.deciding.lookups import has_more_time
from app.payments.fees import fee_lines
from app.payments.installments.lookups import plan_of
from app.payments.lookups import balance_cents, is_waiver_pending
from app.payments.models import LedgerEntry
from app.payments.rules import LEDGER_SIGNS, AccessRule, coursework_open
from tenants.database import transaction
from tenants.keys import uuid7
from tenants.rules import rules_of
from tenants.scope import current_court_id


def assess_fees(enrollment_id: UUID) -> None:
    """Write the fee components of the pinned rules into the ledger, once; opens coursework when nothing is owed."""
    with transaction():
        enrollment = the_enrollment(enrollment_id)
        assert enrollment.rules_id is not None
        lines = fee_lines(rules_of(enrollment.rules_id).fees)
        written = write_entries(
            enrollment_id,
            [
                ("assessed", line.key, line.cents, f"assessed:{enrollment_id}:{line.key}")
                for line in lines
                if line.cents
            ],
            actor=SYSTEM,
        )
        if written:
            audit(
                "payments.assess",
                actor=SYSTEM,
                subject=("enrollment", enrollment_id),
                case_id=enrollment.referral_id,
                new={"components": {line.key: line.cents for line in lines}},
            )
            tell(Happening.BALANCE_CHANGED, enrollment_id)
        open_coursework_if_allowed(enrollment_id)


def write_entries(enrollment_id: UUID, entries: Sequence[tuple[str, str, int, str]], *, actor: Actor) -> list[str]:
    """Append (kind, component, positive cents, effect) rows; an effect that stands already is left out.

    Returns the effects that were written.
    """
    if not entries:
        return []
    now = clock.now()
    rows = [
        {
            "id": uuid7(),
            "court_id": current_court_id(),
            "enrollment_id": enrollment_id,
            "kind": kind,
            "component": component,
            "amount_cents": LEDGER_SIGNS[kind] * cents,
            "effect": effect,
            "stripe_object": "",
            "at": now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
        }
        for kind, component, cents, effect in entries
    ]
    with transaction() as session:
        written = session.scalars(
            insert(LedgerEntry)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["court_id", "effect"])
            .returning(LedgerEntry.effect)
        )
        return list(written)


def open_coursework_if_allowed(enrollment_id: UUID) -> None:
    """Open coursework when the balance, the first part of a plan, or a pending waiver and the court's rule allows it.

    Time to pay that the court gave opens it too. May be called any time.
    """
    with transaction():
        enrollment = the_enrollment(enrollment_id)
        if enrollment.state != "enrolled" or enrollment.rules_id is None:
            return
        balance = balance_cents(enrollment_id)
        plan = plan_of(enrollment_id) if balance > 0 else None
        rule = AccessRule(
            rules_of(enrollment.rules_id).fees.may_start_while_waiver_pending,
            open_when_owing_at_most=plan.opens_at if plan else 0,
        )
        pending = balance > 0 and is_waiver_pending(enrollment_id)
        if coursework_open(balance, waiver_pending=pending, rule=rule) or has_more_time(enrollment_id):
            open_coursework(enrollment_id)
