"""Who works on a case: reads and writes its messages and private notes. Fewer than those who may see the case.

The judge, the prosecutor's unit and counsel never do: what a person tells the own officer is no brief for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Membership
from app.cases.lookups import get_enrollment_for
from app.cases.models import Enrollment
from app.core.errors import NotFound
from app.permissions.identity import Identity, Role
from tenants.database import session

SUPERVISING = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.CLERK, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Worker:
    """The member of staff to whom a case is assigned."""

    id: UUID
    role: Role
    name: str


def works_on(role: Role, viewer: UUID | None, assigned: Worker | None) -> bool:
    """Whether somebody who may see a case works on it.

    Officers (which cases they see, the lookups say: the own and the covered ones) and supervisors do. A clerk or an
    administrator does where the case is assigned to them, or to nobody who could answer.
    """
    if role in (Role.OFFICER, Role.SUPERVISOR):
        return True
    if role in (Role.CLERK, Role.ADMINISTRATOR):
        return assigned is None or assigned.id == viewer or assigned.role not in SUPERVISING
    return False


def worker_of(enrollment: Enrollment) -> Worker | None:
    """To whom a case is assigned; None: to nobody."""
    if enrollment.officer_id is None:
        return None
    query = select(Membership.id, Membership.role, Membership.display_name).where(
        Membership.id == enrollment.officer_id
    )
    row = session().execute(query).first()
    return Worker(row.id, Role(row.role), row.display_name) if row else None


def get_worked_case_for(identity: Identity, enrollment_id: UUID) -> tuple[Enrollment, Worker | None]:
    """A case that `identity` works on, with `.referral.person` loaded, and to whom it is assigned. Raises NotFound."""
    enrollment = get_enrollment_for(identity, enrollment_id)
    assigned = worker_of(enrollment)
    if not works_on(identity.as_role, identity.id, assigned):
        raise NotFound
    return enrollment, assigned
