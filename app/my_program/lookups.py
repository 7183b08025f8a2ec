"""What staff chose to show to the learner."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.cases.models import CaseNote
from tenants.database import session


def shared_notes(enrollment_id: UUID) -> Sequence[CaseNote]:
    """Notes that are shared with the learner of this enrollment, the newest first."""
    query = select(CaseNote).where(CaseNote.enrollment_id == enrollment_id, CaseNote.shared.is_(True))
    return session().scalars(query.order_by(CaseNote.at.desc(), CaseNote.id.desc())).all()
