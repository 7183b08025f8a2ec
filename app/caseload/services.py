"""That staff have read a case."""

from __future__ import annotations

from app.cases.models import Enrollment
from app.core.actor import Actor
from app.core.audit import audit
from tenants.database import transaction


def note_reading(enrollment: Enrollment, *, actor: Actor) -> None:
    """Record that `actor` has read the case: each look is one audit row."""
    with transaction():
        audit(
            "caseload.read_case",
            actor=actor,
            subject=("enrollment", enrollment.id),
            case_id=enrollment.referral_id,
        )
