"""Loading what is to become of records, and what became of them. Missing and forbidden look the same: NotFound."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from app.cases.models import Enrollment
from app.core import clock
from app.core.errors import NotFound
from app.core.runtime import runtime
from app.keeping.models import LegalHold, RecordOpening, RecordSealing, SurvivingDocument
from app.keeping.rules import Waits, waits
from tenants.database import session
from tenants.models import Court
from tenants.rules import rules_in_force
from tenants.scope import current_court_id

OPEN_STATES = ("planned", "confirmed")
SHOWN = 100
FINDS = "sealed-record"


def court_today() -> date:
    """The court-local day."""
    return clock.today(session().scalars(select(Court.time_zone).where(Court.id == current_court_id())).one())


def the_sealing(sealing_id: UUID, *, lock: bool = False) -> RecordSealing:
    """Raises NotFound."""
    query = select(RecordSealing).where(RecordSealing.id == sealing_id)
    found = session().scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def open_sealing_of(referral_id: UUID) -> RecordSealing | None:
    """What is planned for a case's record."""
    return session().scalar(
        select(RecordSealing).where(RecordSealing.referral_id == referral_id, RecordSealing.state.in_(OPEN_STATES))
    )


def planned() -> Sequence[RecordSealing]:
    """What is still to come in the court at work, the next first."""
    query = select(RecordSealing).where(RecordSealing.state.in_(OPEN_STATES))
    return session().scalars(query.order_by(RecordSealing.due_on, RecordSealing.id).limit(SHOWN)).all()


def ended() -> Sequence[RecordSealing]:
    """What was sealed or destroyed, the newest first. None of it names anybody."""
    query = select(RecordSealing).where(RecordSealing.state == "done")
    return session().scalars(query.order_by(RecordSealing.done_at.desc(), RecordSealing.id.desc()).limit(SHOWN)).all()


def find_sealed(number: str) -> RecordSealing | None:
    """The sealed record of a case number, as an order of the court names it (in any spelling)."""
    hashes = runtime().keyring.digests(FINDS, number)
    for digest in hashes:
        found = session().scalar(
            select(RecordSealing).where(RecordSealing.state == "done", RecordSealing.found_by.contains([digest]))
        )
        if found is not None:
            return found
    return None


def survivors(sealing_id: UUID) -> Sequence[SurvivingDocument]:
    query = select(SurvivingDocument).where(SurvivingDocument.sealing_id == sealing_id)
    return session().scalars(query.order_by(SurvivingDocument.id)).all()


def openings(sealing_id: UUID) -> Sequence[RecordOpening]:
    """Who opened a sealed record, the newest first."""
    query = select(RecordOpening).where(RecordOpening.sealing_id == sealing_id)
    return session().scalars(query.order_by(RecordOpening.at.desc(), RecordOpening.id.desc()).limit(SHOWN)).all()


def holds_over(referral_ids: Collection[UUID]) -> Sequence[LegalHold]:
    """Holds in force on any of these cases, or on the whole court."""
    concerns = or_(LegalHold.referral_id.is_(None), LegalHold.referral_id.in_(referral_ids))
    query = select(LegalHold).where(LegalHold.lifted_at.is_(None), concerns)
    return session().scalars(query.order_by(LegalHold.placed_at, LegalHold.id)).all()


def on_hold(referral_id: UUID) -> bool:
    return bool(holds_over([referral_id]))


def held_among(referral_ids: Collection[UUID]) -> set[UUID]:
    """Which of these cases are on hold; all of them while the court is."""
    named = {hold.referral_id for hold in holds_over(referral_ids)}
    return set(referral_ids) if None in named else {referral_id for referral_id in named if referral_id is not None}


def waiting_for(row: RecordSealing) -> Waits:
    """What stands between a plan and its deed."""
    return waits(
        state=row.state,
        needs_second_person=needs_second_person(row),
        due_on=row.due_on,
        today=court_today(),
        on_hold=on_hold(row.referral_id),
    )


def needs_second_person(row: RecordSealing) -> bool:
    return row.recorded_by is not None and rules_in_force()[1].sealing.second_person


def enrollment_of(referral_id: UUID) -> Enrollment:
    """Raises NotFound."""
    found = session().scalar(select(Enrollment).where(Enrollment.referral_id == referral_id))
    if found is None:
        raise NotFound
    return found
