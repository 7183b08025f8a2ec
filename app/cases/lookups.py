"""Loading one case for one person. Missing and forbidden look the same: NotFound."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.cases.models import CaseNumber, Enrollment, EnrollmentCode, Hearing, Person, Referral
from app.core.actor import ActorKind
from app.core.errors import NotFound
from app.permissions.identity import Identity, Role
from app.permissions.permissions import SEES_WHOLE_COURT
from tenants.database import session


def visible_enrollments(identity: Identity) -> Select[Enrollment]:
    """The enrollments that `identity` may see at all, with referral and person loaded.

    Administrators, clerks, judges and supervisors: the whole court. Officers: the assigned caseload. Prosecutors: their
    own referrals. Learners: their own. Everybody else: none.
    """
    query = (
        select(Enrollment)
        .join(Referral, Referral.id == Enrollment.referral_id)
        .join(Person, Person.id == Referral.person_id)
        .options(joinedload(Enrollment.referral).joinedload(Referral.person))
    )
    if not identity.fully_signed_in:
        raise NotFound
    if identity.kind == ActorKind.LEARNER:
        return query.where(Enrollment.account_id == identity.id)
    if identity.as_role in SEES_WHOLE_COURT:
        return query
    if identity.as_role is Role.OFFICER:
        return query.where(Enrollment.officer_id == identity.id)
    if identity.as_role is Role.PROSECUTOR:
        return query.where(Referral.referred_by == identity.id)
    raise NotFound


def get_enrollment_for(identity: Identity, enrollment_id: UUID) -> Enrollment:
    """One enrollment, with `.referral.person` loaded. Raises NotFound."""
    found = session().scalar(visible_enrollments(identity).where(Enrollment.id == enrollment_id))
    if found is None:
        raise NotFound
    return found


def get_referral_for(identity: Identity, referral_id: UUID) -> Enrollment:
    """The enrollment of a referral, with `.referral.person` loaded. Raises NotFound."""
    found = session().scalar(visible_enrollments(identity).where(Enrollment.referral_id == referral_id))
    if found is None:
        raise NotFound
    return found


def my_enrollment(identity: Identity) -> Enrollment:
    """The learner's enrollment (the newest of several), with `.referral.person` loaded. Raises NotFound."""
    if identity.kind != ActorKind.LEARNER:
        raise NotFound
    found = session().scalar(visible_enrollments(identity).order_by(Enrollment.enrolled_at.desc()).limit(1))
    if found is None:
        raise NotFound
    return found


def the_enrollment(enrollment_id: UUID, *, lock: bool = False) -> Enrollment:
    """One enrollment of the court at work for a service or job (no person asks), with `.referral.person` loaded."""
    query = (
        select(Enrollment)
        .where(Enrollment.id == enrollment_id)
        .options(joinedload(Enrollment.referral).joinedload(Referral.person))
    )
    if lock:
        query = query.with_for_update(of=Enrollment).execution_options(populate_existing=True)
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def case_numbers(referral_id: UUID) -> list[str | None]:
    """The case numbers of a referral in order; None for one that is pending."""
    rows = session().scalars(
        select(CaseNumber.number).where(CaseNumber.referral_id == referral_id).order_by(CaseNumber.position)
    )
    return list(rows)


def hearings(referral_id: UUID) -> Sequence[Hearing]:
    """All hearings of a referral by date."""
    return session().scalars(select(Hearing).where(Hearing.referral_id == referral_id).order_by(Hearing.on_date)).all()


def codes(referral_id: UUID) -> Sequence[EnrollmentCode]:
    """All codes ever issued for a referral, the newest first."""
    return (
        session()
        .scalars(
            select(EnrollmentCode)
            .where(EnrollmentCode.referral_id == referral_id)
            .order_by(EnrollmentCode.issued_at.desc(), EnrollmentCode.id.desc())
        )
        .all()
    )
