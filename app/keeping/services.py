"""Deciding that a record is sealed or destroyed: recorded, confirmed by somebody else, called off."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import get_referral_for
from app.cases.models import Referral
from app.cases.rules import FINAL_STATES, move
from app.core import clock
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.outbox import enqueue
from app.keeping.lookups import OPEN_STATES, court_today, needs_second_person, open_sealing_of, the_sealing
from app.keeping.models import RecordSealing
from app.keeping.rules import SEALING_MOVES, Ground, clock_of
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.rules import rules_in_force

CARRY_OUT = "keeping.carry_out"


def plan(referral_id: UUID, *, ground: Ground, dated_on: date, reference: str, actor: Identity) -> RecordSealing:
    """Record an order or a disposition of `dated_on` (court-local): the court's rules say what follows, and when.

    Raises NotFound; Refused while the program runs, for a day to come, where something is planned already, and where
    the rules make nothing of it.
    """
    with transaction() as current:
        enrollment = get_referral_for(actor, referral_id)
        current.scalars(select(Referral).where(Referral.id == referral_id).with_for_update()).one()
        if enrollment.state not in FINAL_STATES:
            raise Refused(_("The program has not ended. End the case first, then come back here."))
        if open_sealing_of(referral_id) is not None:
            raise Refused(_("Something is recorded for this case already. Call it off first."))
        if dated_on > court_today():
            raise Refused(_("The date is in the future. Enter the date of the order or decision."), "dated_on")
        sealing = rules_in_force()[1].sealing
        found = clock_of(ground, dated_on, sealing)
        if found is None:
            raise Refused(_("Your court's rules keep the record in this case."), "ground")
        row = RecordSealing(
            id=uuid7(),
            referral_id=referral_id,
            ground=ground,
            what=found.what,
            dated_on=dated_on,
            due_on=found.due_on,
            reference=reference,
            survives=list(sealing.survives),
            recorded_at=clock.now(),
            recorded_by=actor.id,
        )
        current.add(row)
        current.flush()
        new = {"ground": ground, "what": row.what, "dated_on": dated_on.isoformat(), "due_on": row.due_on.isoformat()}
        audit("keeping.plan", actor=actor, subject=("sealing", row.id), case_id=referral_id, new=new)
        _start_if_due(row)
    return row


def confirm(sealing_id: UUID, *, row_version: str, actor: Identity) -> RecordSealing:
    """Somebody else than who recorded it confirms. Does nothing the second time.

    Raises NotFound, Refused, IllegalMove.
    """
    with transaction():
        row = the_sealing(sealing_id, lock=True)
        get_referral_for(actor, row.referral_id)
        if row.state == "confirmed":
            return row
        if row.recorded_by == actor.id:
            raise Refused(_("Somebody else has to confirm what you recorded."))
        if str(row.row_version) != row_version:
            raise Refused(_("This has changed since you opened the page. Look at it again."))
        move(row.state, "confirmed", SEALING_MOVES)
        row.state, row.confirmed_at, row.confirmed_by = "confirmed", clock.now(), actor.id
        audit("keeping.confirm", actor=actor, subject=("sealing", row.id), case_id=row.referral_id)
        _start_if_due(row)
    return row


def cancel(sealing_id: UUID, *, actor: Identity) -> RecordSealing:
    """Call it off. Does nothing the second time. Raises NotFound, IllegalMove once it was carried out."""
    with transaction():
        row = the_sealing(sealing_id, lock=True)
        get_referral_for(actor, row.referral_id)
        if row.state == "canceled":
            return row
        move(row.state, "canceled", SEALING_MOVES)
        row.state, row.canceled_at, row.canceled_by = "canceled", clock.now(), actor.id
        audit("keeping.cancel", actor=actor, subject=("sealing", row.id), case_id=row.referral_id)
    return row


def _start_if_due(row: RecordSealing) -> None:
    """What has nothing left to wait for is done now, by the worker; it looks again whether a hold stands in the way."""
    ready = row.state == "confirmed" or not needs_second_person(row)
    if ready and row.due_on <= court_today():
        session().flush()
        enqueue(CARRY_OUT, row.id)


def start_due() -> None:
    """Schedule: hand to the worker what has come due. What is on hold waits there, and is asked about again."""
    today = court_today()
    due = select(RecordSealing).where(RecordSealing.state.in_(OPEN_STATES), RecordSealing.due_on <= today)
    for row in session().scalars(due.order_by(RecordSealing.due_on).limit(200)).all():
        if row.state == "confirmed" or not needs_second_person(row):
            with transaction():
                enqueue(CARRY_OUT, row.id, once=f"due {today}")
