"""A member of the staff leaves or changes the role: what they are, and where their caseload goes, in one step."""

from __future__ import annotations

from uuid import UUID

from app.accounts import staffing
from app.cases import assigning
from app.core.actor import Actor
from tenants.database import transaction


def deactivate(member_id: UUID, *, caseload_to: UUID | None, actor: Actor) -> int:
    """Take a member off the staff and hand every running case over (None: to nobody); returns how many moved.

    Raises NotFound, Refused (at `caseload_to`; for oneself and the last administrator).
    """
    with transaction():
        staffing.deactivate(member_id, actor=actor)
        return assigning.hand_over(member_id, caseload_to, actor=actor)


def change_role(member_id: UUID, role: str, *, caseload_to: UUID | None, actor: Actor) -> int:
    """Give a member another role. One to whom no case can be assigned hands the running cases over.

    Returns how many moved. Raises NotFound, Refused (at `role` or `caseload_to`; for oneself, the last administrator).
    """
    with transaction():
        staffing.change_role(member_id, role, actor=actor)
        if assigning.supervises(member_id):
            return 0
        return assigning.hand_over(member_id, caseload_to, actor=actor)
