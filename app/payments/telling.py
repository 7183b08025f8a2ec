"""Telling a learner that something about the fee changed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.telling import tell_learner
from app.notices.models import Notice
from tenants.database import transaction

FEE_CHANGED = "fee_changed"


def tell_of_change(enrollment_id: UUID) -> None:
    """Something about the fee changed, and no receipt or letter says so.

    A mail that has not gone out yet says it for this change too.
    """
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id)
        waiting = select(Notice.id).where(
            Notice.recipient_id == enrollment.account_id, Notice.template == FEE_CHANGED, Notice.state == "queued"
        )
        if current.scalar(waiting.limit(1)) is None:
            tell_learner(enrollment, FEE_CHANGED, "fee")
