"""Hearings of a case and their corrections."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import get_enrollment_for
from app.cases.models import Enrollment, Hearing, HearingCorrection
from app.core.errors import NotFound
from app.permissions.identity import Identity
from tenants.database import session


def get_hearing_for(identity: Identity, enrollment_id: UUID, hearing_id: UUID) -> tuple[Enrollment, Hearing]:
    """One hearing of a case that `identity` may see, with the case. Raises NotFound."""
    enrollment = get_enrollment_for(identity, enrollment_id)
    query = select(Hearing).where(Hearing.id == hearing_id, Hearing.referral_id == enrollment.referral_id)
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return enrollment, found


def corrections_of(referral_id: UUID) -> Sequence[HearingCorrection]:
    """What was corrected in the records of a referral's hearings, the newest first."""
    query = select(HearingCorrection).where(HearingCorrection.referral_id == referral_id)
    return session().scalars(query.order_by(HearingCorrection.at.desc(), HearingCorrection.id.desc())).all()
