"""Telling a learner that something about the fee changed."""

from __future__ import annotations

from uuid import UUID

from app.cases.lookups import the_enrollment
from app.cases.telling import tell_learner
from app.notices.services import still_to_read
from tenants.database import transaction

FEE_CHANGED = "fee_changed"


def tell_of_change(enrollment_id: UUID) -> None:
    """Something about the fee changed, and no receipt or letter says so.

    A mail that has not gone out yet says it for this change too.
    """
    with transaction():
        enrollment = the_enrollment(enrollment_id)
        if not still_to_read(enrollment.account_id, FEE_CHANGED):
            tell_learner(enrollment, FEE_CHANGED, "fee")
