"""Who is responsible for a case, when a member of the staff leaves or changes the role."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from app.cases.lookups import who_can_supervise
from app.cases.models import Enrollment
from app.core.actor import Actor
from app.core.audit import Deed, audit_many
from app.core.errors import Refused
from app.core.i18n import gettext as _
from tenants.database import session, transaction

CLOSED = ("completed", "terminated", "transferred", "withdrawn")


def caseload_size(member_id: UUID) -> int:
    """How many running cases are assigned to a member."""
    query = select(func.count()).where(Enrollment.officer_id == member_id, Enrollment.state.not_in(CLOSED))
    return session().scalar(query) or 0


def supervises(member_id: UUID) -> bool:
    """Whether cases can be assigned to this member under the rules in force."""
    return member_id in {member.id for member in who_can_supervise()}


def hand_over(member_id: UUID, to: UUID | None, *, actor: Actor) -> int:
    """Give every running case of a member to another one, or to nobody (None); returns how many moved.

    Acts at once: from the next request on the cases show for the new one only. Raises Refused at `caseload_to`.
    """
    if to is not None and (to == member_id or not supervises(to)):
        raise Refused(_("Choose an officer from the list."), "caseload_to")
    with transaction() as current:
        query = (
            select(Enrollment)
            .where(Enrollment.officer_id == member_id, Enrollment.state.not_in(CLOSED))
            .order_by(Enrollment.id)
            .with_for_update()
        )
        cases = current.scalars(query).all()
        for enrollment in cases:
            enrollment.officer_id = to
        deeds = [
            Deed(
                "cases.reassign",
                subject=("enrollment", enrollment.id),
                case_id=enrollment.referral_id,
                old={"officer_id": str(member_id)},
                new={"officer_id": str(to or "")},
            )
            for enrollment in cases
        ]
        audit_many(deeds, actor=actor)
    return len(cases)
