"""Who is admitted to a case, and the cases of a lawyer. Missing, removed and forbidden look the same: NotFound."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Membership, StaffCredential
from app.cases.models import Enrollment, Person, Referral
from app.core.errors import NotFound
from app.counsel.models import CounselAdmission
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import session

GONE = ("withdrawn", "transferred")  # the case is with this court no more
_OPEN = CounselAdmission.ended_at.is_(None)


def admissions_of(enrollment_id: UUID) -> Sequence[CounselAdmission]:
    """Everybody who is admitted to a case now, the first first."""
    query = select(CounselAdmission).where(CounselAdmission.enrollment_id == enrollment_id, _OPEN)
    return session().scalars(query.order_by(CounselAdmission.admitted_at, CounselAdmission.id)).all()


def own_admission(enrollment_id: UUID, admission_id: UUID) -> CounselAdmission:
    """One admission to the participant's own case, in force or not. Raises NotFound."""
    query = select(CounselAdmission).where(
        CounselAdmission.id == admission_id, CounselAdmission.enrollment_id == enrollment_id
    )
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def clients_of(identity: Identity) -> Sequence[tuple[Enrollment, CounselAdmission]]:
    """The cases to which a lawyer is admitted now, by name, with `.referral.person` loaded. Raises NotFound."""
    rows = session().execute(_clients(identity).order_by(Person.family_names, Person.given_names, Enrollment.id))
    return [(enrollment, admission) for enrollment, admission in rows]


def client_for(identity: Identity, enrollment_id: UUID) -> tuple[Enrollment, CounselAdmission]:
    """One case to which a lawyer is admitted now, with `.referral.person` loaded. Raises NotFound."""
    found = session().execute(_clients(identity).where(Enrollment.id == enrollment_id)).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _clients(identity: Identity) -> Select[Enrollment, CounselAdmission]:
    if not may(identity, Permission.CLIENT_READ):
        raise NotFound
    return (
        select(Enrollment, CounselAdmission)
        .join(CounselAdmission, CounselAdmission.enrollment_id == Enrollment.id)
        .join(Referral, Referral.id == Enrollment.referral_id)
        .join(Person, Person.id == Referral.person_id)
        .where(CounselAdmission.membership_id == identity.id, _OPEN, Enrollment.state.not_in(GONE))
        .options(joinedload(Enrollment.referral).joinedload(Referral.person))
    )


def member_by_email(email: str) -> Membership | None:
    """Whoever signs in to this court's staff door with this address, in whatever state."""
    query = select(Membership).join(StaffCredential, StaffCredential.id == Membership.credential_id)
    return session().scalar(query.where(StaffCredential.email == email))


def email_of(membership_id: UUID) -> str | None:
    """The address with which a member signs in."""
    query = select(StaffCredential.email).join(Membership, Membership.credential_id == StaffCredential.id)
    return session().scalar(query.where(Membership.id == membership_id))
