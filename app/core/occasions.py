"""What is to happen once on an occasion happens once, however many schedulers run and however often they are killed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.core.models import Occurrence
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.scope import current_court_id


def happened(kind: str, subject_id: UUID, occasion: str) -> bool:
    """Whether an occasion of a subject was claimed."""
    query = select(Occurrence.id).where(
        Occurrence.kind == kind, Occurrence.subject_id == subject_id, Occurrence.occasion == occasion
    )
    return session().scalar(query) is not None


def first_time(kind: str, subject_id: UUID, occasion: str) -> bool:
    """Claim an occasion (`7 days before 2027-01-04`) of a subject in the transaction at hand. False: claimed before.

    Of two who claim at once the second waits for the first; what the first did is undone together with its claim.
    """
    with transaction() as current:
        written = current.scalar(
            insert(Occurrence)
            .values(
                id=uuid7(),
                court_id=current_court_id(),
                kind=kind,
                subject_id=subject_id,
                occasion=occasion,
                at=clock.now(),
            )
            .on_conflict_do_nothing(index_elements=["court_id", "kind", "subject_id", "occasion"])
            .returning(Occurrence.id)
        )
    return written is not None
