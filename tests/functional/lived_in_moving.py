"""What a court that everything has happened in has of people who move: somebody who stands in, cases between courts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.accounts.models import Cover, Membership
from app.cases.lookups import the_enrollment
from app.cases.moving.services import arrange_cover
from app.core import clock
from app.core.models import StoredFile
from app.permissions.identity import Identity, Role
from app.transfers.facts import facts_of
from app.transfers.models import Transfer, TransferParcel
from app.transfers.parcels import seal
from tenants.database import session
from tenants.keys import uuid7
from tenants.scope import current_court_id

ZONE = "America/Los_Angeles"
TABLES: dict[str, Any] = {"cover_id": Cover, "transfer_id": Transfer, "parcel_id": TransferParcel}


def move_people(officer: Identity, enrollment_id: UUID) -> None:
    """The supervisor stands in for the officer next week; a case came from elsewhere, and one is offered."""
    first = clock.today(ZONE) + timedelta(days=7)
    supervisor = session().scalars(sa.select(Membership.id).where(Membership.role == Role.SUPERVISOR)).first()
    assert officer.id is not None
    assert supervisor is not None
    arrange_cover(officer.id, supervisor, first, first + timedelta(days=3), time_zone=ZONE, actor=officer)
    _move_cases(supervisor, enrollment_id)


def _move_cases(supervisor: UUID, enrollment_id: UUID) -> None:
    """Between the court and itself, so that no second court is needed."""
    facts, file = facts_of(the_enrollment(enrollment_id)), session().scalars(sa.select(StoredFile)).first()
    assert file is not None
    now, court_id = clock.now(), current_court_id()
    parcel = TransferParcel(
        from_court=court_id, to_court=court_id, offered_at=now, expires_at=now + timedelta(days=9), id=uuid7()
    )
    somebody_else = facts["person"] | {"family_names": facts["person"]["family_names"].replace("Family", "Offered")}
    other_case = facts["case"] | {"numbers": [f"27{number[2:]}" for number in facts["case"]["numbers"]]}
    offer = {**facts, "person": somebody_else, "case": other_case, "reason": "moved", "documents": []}
    seal(parcel, "offer", offer)
    session().add(parcel)
    common = {"other_court": court_id, "enrollment_id": enrollment_id, "asked_by": supervisor, "asked_at": now}
    for direction, state, documents in (
        ("in", "received", [{"key": "order", "name": "order", "file_id": str(file.id)}]),
        ("out", "asked", []),
    ):
        row = Transfer(direction=direction, state=state, documents=documents, parcel_id=uuid7(), **common)
        row.expires_at, row.ended_at = parcel.expires_at, now if direction == "in" else None
        row.carried = facts if direction == "in" else {}
        session().add(row)
        session().flush()
