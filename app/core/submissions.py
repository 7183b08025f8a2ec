"""A form sent twice has one effect."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.core.errors import StaleForm
from app.core.models import Submission
from tenants.database import transaction


@dataclass
class Claim:
    """`first` is True for the one request that may act; the others find what it made under `result_id`."""

    submission_id: UUID
    first: bool
    result_id: UUID | None = None

    def finish(self, result_id: UUID) -> None:
        """Remember what the submission made, for its doubles."""
        self.result_id = result_id
        with transaction() as session:
            session.execute(update(Submission).where(Submission.id == self.submission_id).values(result_id=result_id))


def claim(submission_id: UUID, verb: str) -> Claim:
    """Claim a form's submission id within the transaction at hand; a simultaneous double waits here for the first.

    Raises StaleForm when it was claimed under another verb: what that made is no result of this one.
    """
    with transaction() as session:
        inserted = session.scalar(
            insert(Submission)
            .values(id=submission_id, verb=verb, at=clock.now())
            .on_conflict_do_nothing()
            .returning(Submission.id)
        )
        if inserted is not None:
            return Claim(submission_id, first=True)
        found = session.execute(
            select(Submission.verb, Submission.result_id).where(Submission.id == submission_id)
        ).one()
        if found.verb != verb:
            raise StaleForm
        return Claim(submission_id, first=False, result_id=found.result_id)
