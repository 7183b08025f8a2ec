"""Correcting what is owed, with a reason; above the court's limit only after a second person has agreed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from app.cases.lookups import get_enrollment_for, the_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.core.runtime import Happening, tell
from app.payments.counter.models import LedgerAdjustment
from app.payments.counter.rules import MOST_CENTS, needs_second_person
from app.payments.kinds import IS_MONEY
from app.payments.ledger import open_coursework_if_allowed, write_entries
from app.payments.models import LedgerEntry
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.rules import rules_of


def adjust(enrollment_id: UUID, cents: int, *, reason: str, component: str = "", actor: Identity) -> LedgerAdjustment:
    """Correct what is owed by signed `cents` (below zero lowers it); `waiting` when a second person must agree.

    `component`: the key of a part of the fee, or empty for the whole. Raises NotFound, Refused at a field.
    """
    with transaction() as current:
        get_enrollment_for(actor, enrollment_id)
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.rules_id is None:
            raise Refused(_("Nobody is enrolled in this case yet, so there is no fee."))
        fees = rules_of(enrollment.rules_id).fees
        if cents == 0 or abs(cents) > MOST_CENTS:
            raise Refused(_("Enter an amount of more than 0."), "amount")
        if not reason.strip():
            raise Refused(_("Enter a reason. It is kept with the correction."), "reason")
        if component and component not in {one.key for one in fees.components}:
            raise Refused(_("Choose a part of the fee from the list."), "component")
        _require_fee(enrollment_id, component, cents, "amount")
        assert actor.id is not None
        alone = _made_alone(enrollment_id)
        asked = LedgerAdjustment(
            enrollment_id=enrollment_id,
            component=component,
            amount_cents=cents,
            reason=reason.strip(),
            asked_at=clock.now(),
            asked_by=actor.id,
        )
        current.add(asked)
        current.flush()
        if needs_second_person(cents, fees.adjustment_limit_cents, alone=alone):
            _audit(asked, enrollment, "payments.ask_adjustment", actor)
        else:
            _apply(asked, enrollment, actor)
        return asked


def _require_fee(enrollment_id: UUID, component: str, cents: int, field: str) -> None:
    """A correction lowers a fee, or a part of it, to nothing at most: else the court would owe what nobody paid."""
    query = select(func.coalesce(func.sum(LedgerEntry.amount_cents), 0)).where(
        LedgerEntry.enrollment_id == enrollment_id, ~IS_MONEY
    )
    if component:
        query = query.where(LedgerEntry.component == component)
    fee = max(0, int(session().scalar(query) or 0))
    if cents < 0 and fee + cents < 0:
        raise Refused(
            _("That is more than the %(amount)s that the fee still comes to.", amount=format_cents(fee)), field
        )


def _made_alone(enrollment_id: UUID) -> list[int]:
    """The corrections of a fee that applied without a second person, in signed cents."""
    query = select(LedgerAdjustment.amount_cents).where(
        LedgerAdjustment.enrollment_id == enrollment_id,
        LedgerAdjustment.state == "applied",
        LedgerAdjustment.decided_by.is_(None),
    )
    return list(session().scalars(query))


def approve_adjustment(adjustment_id: UUID, *, actor: Identity, row_version: str) -> LedgerAdjustment:
    """Agree to a correction that somebody else asked for; it applies at once. Raises NotFound, Refused, StaleForm."""
    with transaction():
        asked, enrollment = _waiting(adjustment_id, actor, row_version)
        _require_fee(enrollment.id, asked.component, asked.amount_cents, "answer")
        asked.decided_by = actor.id
        _apply(asked, enrollment, actor)
        return asked


def decline_adjustment(adjustment_id: UUID, *, reason: str, actor: Identity, row_version: str) -> LedgerAdjustment:
    """Do not agree, with a reason; nothing is corrected. Raises NotFound, Refused, StaleForm."""
    with transaction() as current:
        asked, enrollment = _waiting(adjustment_id, actor, row_version)
        if not reason.strip():
            raise Refused(_("Enter a reason. It is kept with the correction."), "reason")
        asked.state, asked.decided_by, asked.decided_at = "declined", actor.id, clock.now()
        asked.decision_reason = reason.strip()
        current.flush()
        _audit(asked, enrollment, "payments.decline_adjustment", actor)
        return asked


def get_adjustment_for(identity: Identity, adjustment_id: UUID) -> tuple[LedgerAdjustment, Enrollment]:
    """One correction and its case. Raises NotFound."""
    found = session().scalar(select(LedgerAdjustment).where(LedgerAdjustment.id == adjustment_id))
    if found is None:
        raise NotFound
    return found, get_enrollment_for(identity, found.enrollment_id)


def _waiting(adjustment_id: UUID, actor: Identity, row_version: str) -> tuple[LedgerAdjustment, Enrollment]:
    """The correction, locked, that `actor` may decide now."""
    asked, enrollment = get_adjustment_for(actor, adjustment_id)
    enrollment = the_enrollment(enrollment.id, lock=True)
    query = select(LedgerAdjustment).where(LedgerAdjustment.id == adjustment_id).with_for_update()
    asked = session().scalars(query).one()
    if asked.asked_by == actor.id:
        raise Refused(_("Somebody else has to decide this: you asked for it."))
    if asked.state != "waiting" or str(asked.row_version) != row_version:
        raise StaleForm
    return asked, enrollment


def _apply(asked: LedgerAdjustment, enrollment: Enrollment, actor: Identity) -> None:
    asked.state, asked.decided_at = "applied", clock.now()
    session().flush()
    entry = ("adjusted", asked.component, asked.amount_cents, f"adjustment:{asked.id}")
    write_entries(enrollment.id, [entry], actor=actor)
    _audit(asked, enrollment, "payments.adjust", actor)
    tell(Happening.BALANCE_CHANGED, enrollment.id)
    tell(Happening.FEE_CHANGED, enrollment.id)
    open_coursework_if_allowed(enrollment.id)


def _audit(asked: LedgerAdjustment, enrollment: Enrollment, action: str, actor: Identity) -> None:
    audit(
        action,
        actor=actor,
        subject=("ledger_adjustment", asked.id),
        case_id=enrollment.referral_id,
        new={
            "amount_cents": asked.amount_cents,
            "component": asked.component,
            "reason": asked.reason,
            "state": asked.state,
            "decision_reason": asked.decision_reason,
        },
    )
