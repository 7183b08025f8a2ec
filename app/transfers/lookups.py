"""Transfers as their people see them, at either court."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from app.cases.lookups import my_enrollment, visible_enrollments
from app.cases.models import Enrollment
from app.core.errors import NotFound
from app.core.models import StoredFile
from app.permissions.identity import Identity
from app.transfers.models import CourtTerms, Transfer, TransferParcel
from app.transfers.parcels import opened
from tenants.database import session
from tenants.models import Court, CourtState
from tenants.scope import current_court_id

SHOWN = 50


@dataclass(frozen=True, slots=True)
class ReceivingCourt:
    """A court that a case can move to, with its terms (see terms.py)."""

    id: UUID
    name: str
    slug: str
    terms: dict[str, Any]


def courts_that_receive() -> list[ReceivingCourt]:
    """The other courts at work on the portal, by name."""
    query = (
        select(Court.id, Court.name, Court.slug, CourtTerms.terms)
        .join(CourtTerms, CourtTerms.of_court == Court.id)
        .where(Court.state == CourtState.ACTIVE, Court.id != current_court_id())
        .order_by(Court.name, Court.id)
    )
    return [ReceivingCourt(*row) for row in session().execute(query)]


def is_at_work(court_id: UUID) -> bool:
    """Whether a court would take in what is handed over: nothing is sent to one that is suspended or closed."""
    return session().scalar(select(Court.state).where(Court.id == court_id)) == CourtState.ACTIVE


def court_named(court_id: UUID) -> ReceivingCourt:
    """One court with its terms; empty terms where none are posted. Raises NotFound."""
    query = (
        select(Court.id, Court.name, Court.slug, CourtTerms.terms)
        .outerjoin(CourtTerms, CourtTerms.of_court == Court.id)
        .where(Court.id == court_id)
    )
    row = session().execute(query).first()
    if row is None:
        raise NotFound
    return ReceivingCourt(row.id, row.name, row.slug, row.terms or {})


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list of transfers."""

    id: UUID
    name: str
    court: str
    state: str
    on: Any  # UTC


def _of_cases(identity: Identity) -> Select[Any]:
    columns: tuple[Any, ...] = (Transfer, Enrollment)
    return (
        visible_enrollments(identity)
        .join(Transfer, Transfer.enrollment_id == Enrollment.id)
        .with_only_columns(*columns)
    )


def leaving(identity: Identity) -> list[Listed]:
    """The newest transfers to other courts, of cases that `identity` may see."""
    query = (
        _of_cases(identity)
        .join(Court, Court.id == Transfer.other_court)
        .add_columns(Court.name)
        .where(Transfer.direction == "out")
        .order_by(Transfer.asked_at.desc(), Transfer.id)
        .limit(SHOWN)
    )
    rows = session().execute(query).all()
    return [
        Listed(row.id, enrollment.referral.person.full_name, court, row.state, row.asked_at)
        for row, enrollment, court in rows
    ]


def arriving() -> list[Listed]:
    """What was offered to the court at work, the newest first. The name shows while the parcel holds it."""
    query = (
        select(TransferParcel, Court.name)
        .join(Court, Court.id == TransferParcel.from_court)
        .where(TransferParcel.to_court == current_court_id())
        .order_by(TransferParcel.offered_at.desc(), TransferParcel.id)
        .limit(SHOWN)
    )
    return [Listed(row.id, "", court, row.state, row.offered_at) for row, court in session().execute(query)]


def get_transfer_for(identity: Identity, transfer_id: UUID) -> tuple[Transfer, Enrollment]:
    """A transfer of a case that `identity` may see, with the case. Raises NotFound."""
    found = session().execute(_of_cases(identity).where(Transfer.id == transfer_id)).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def get_arriving(parcel_id: UUID) -> tuple[TransferParcel, dict[str, Any], Transfer | None]:
    """A parcel to the court at work, what its offer says (empty once it is over), and this court's part of it.

    Raises NotFound.
    """
    query = (
        select(TransferParcel)
        .where(TransferParcel.id == parcel_id, TransferParcel.to_court == current_court_id())
        .options(undefer(TransferParcel.offer))
    )
    parcel = session().scalar(query)
    if parcel is None:
        raise NotFound
    return parcel, opened(parcel, "offer"), session().scalar(select(Transfer).where(Transfer.parcel_id == parcel_id))


def came_with(identity: Identity, enrollment_id: UUID) -> tuple[Transfer, Enrollment]:
    """The transfer by which a case that `identity` may see came to this court, with the case. Raises NotFound."""
    query = _of_cases(identity).where(Transfer.enrollment_id == enrollment_id, Transfer.direction == "in")
    found = session().execute(query).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def document_for(identity: Identity, transfer_id: UUID, number: int) -> tuple[Transfer, Enrollment, StoredFile]:
    """A document that came with a case which `identity` may see, by its place from 1. Raises NotFound."""
    row, enrollment = get_transfer_for(identity, transfer_id)
    if row.direction != "in" or not 1 <= number <= len(row.documents):
        raise NotFound
    file = session().scalar(select(StoredFile).where(StoredFile.id == UUID(row.documents[number - 1]["file_id"])))
    if file is None:
        raise NotFound
    return row, enrollment, file


def newest_move(enrollment_id: UUID) -> str:
    """The state of the newest transfer of a case to another court; empty where there is none. One statement."""
    query = select(Transfer.state).where(Transfer.enrollment_id == enrollment_id, Transfer.direction == "out")
    return session().scalar(query.order_by(Transfer.asked_at.desc(), Transfer.id.desc()).limit(1)) or ""


def my_move(identity: Identity) -> tuple[Transfer, Enrollment]:
    """The newest transfer of the learner's own case to another court. Raises NotFound."""
    enrollment = my_enrollment(identity)
    row = session().scalar(
        select(Transfer)
        .where(Transfer.enrollment_id == enrollment.id, Transfer.direction == "out")
        .order_by(Transfer.asked_at.desc(), Transfer.id.desc())
        .limit(1)
    )
    if row is None:
        raise NotFound
    return row, enrollment


def new_code_of(row: Transfer) -> dict[str, Any]:
    """The code that the receiving court has issued (`code`, `until` in UTC); empty until then, and once it is old."""
    if row.state != "moved":
        return {}
    parcel = session().scalar(select(TransferParcel).where(TransferParcel.id == row.parcel_id))
    return opened(parcel, "reply") if parcel is not None and parcel.state == "received" else {}
