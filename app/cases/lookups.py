"""Loading one case for one person. Missing and forbidden look the same: NotFound."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, any_, cast, func, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload

from app.accounts.models import Cover, Membership
from app.cases.models import (
    AgreementSignature,
    CaseNumber,
    Enrollment,
    EnrollmentCode,
    EnrollmentTransition,
    Hearing,
    Person,
    Referral,
)
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.permissions.identity import Identity, Role
from app.permissions.permissions import SEES_WHOLE_COURT
from tenants.database import session
from tenants.program import ProgramDocument, Supervisor
from tenants.rules import rules_in_force

ORDER = "order"  # purpose of the signed order's file
AGREEMENT = "agreement"  # purpose of an agreement that was signed on paper
_SUPERVISING = {Supervisor.PROSECUTOR: Role.PROSECUTOR, Supervisor.CLERK: Role.CLERK}


def visible_enrollments(identity: Identity) -> Select[Enrollment]:
    """The enrollments that `identity` may see at all, with referral and person loaded. Raises NotFound for none.

    Administrators, clerks, judges and supervisors: the whole court. Officers: the assigned caseload, and those of
    colleagues for whom they stand in. Prosecutors: their
    own referrals and the cases that they supervise. Learners: their own. Everybody else: none.
    """
    return visible_to(reach_of(identity), identity.id, clock.now()).options(
        joinedload(Enrollment.referral).joinedload(Referral.person)
    )


class Reach(StrEnum):
    """How far somebody sees over the cases of a court."""

    OWN = "own"
    WHOLE_COURT = "whole_court"
    CASELOAD = "caseload"
    REFERRED = "referred"


def reach_of(identity: Identity) -> Reach:
    """How far `identity` sees. Raises NotFound for those who see no case."""
    if not identity.fully_signed_in:
        raise NotFound
    if identity.kind == ActorKind.LEARNER:
        return Reach.OWN
    if identity.as_role in SEES_WHOLE_COURT:
        return Reach.WHOLE_COURT
    if identity.as_role is Role.OFFICER:
        return Reach.CASELOAD
    if identity.as_role is Role.PROSECUTOR:
        return Reach.REFERRED
    raise NotFound


def visible_to(reach: Reach, viewer: Any, now: Any) -> Select[Enrollment]:
    """The enrollments within `reach` of `viewer` at the instant `now` (UTC): for whom the viewer stands in then.

    `viewer` and `now` are a person's id and `clock.now()`, or parameters of a statement that is made once.
    """
    query = (
        select(Enrollment)
        .join(Referral, Referral.id == Enrollment.referral_id)
        .join(Person, Person.id == Referral.person_id)
    )
    if reach is Reach.OWN:
        return query.where(Enrollment.account_id == viewer)
    if reach is Reach.CASELOAD:
        return query.where(in_charge(viewer, now))
    if reach is Reach.REFERRED:
        return query.where(or_(Referral.referred_by == viewer, in_charge(viewer, now)))
    return query


def in_charge(viewer: Any, now: Any) -> ColumnElement[bool]:
    """THE condition that says "my cases": the assigned ones, and those of colleagues for whom one stands in at `now`.

    The officers are found once and then looked up in the index of caseloads, as a single one would be.
    """
    own = select(cast(viewer, Uuid()))
    colleagues = select(Cover.officer_id).where(Cover.cover_id == viewer, Cover.starts_at <= now, Cover.ends_at > now)
    officers = union_all(own, colleagues).scalar_subquery()
    return Enrollment.officer_id == any_(func.array(officers, type_=ARRAY(Uuid())))


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


def which_may_be_seen(identity: Identity, referral_ids: Collection[UUID]) -> set[UUID]:
    """Those of these referrals that `identity` may look at. Raises NotFound for those who see no case."""
    query = visible_to(reach_of(identity), identity.id, clock.now()).where(Enrollment.referral_id.in_(referral_ids))
    return set(session().scalars(query.with_only_columns(Enrollment.referral_id)))


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
        # Only who locks it too has to wait, not new rows that refer to it: an event of Stripe's writes its entries
        # while it holds the payment, and must not wait for somebody who holds the case and wants the payment.
        query = query.with_for_update(of=Enrollment, key_share=True)
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


def the_code(referral_id: UUID, code_id: UUID) -> EnrollmentCode:
    """One code of one referral. Raises NotFound."""
    found = session().scalar(
        select(EnrollmentCode).where(EnrollmentCode.id == code_id, EnrollmentCode.referral_id == referral_id)
    )
    if found is None:
        raise NotFound
    return found


def person_of_code(code_id: UUID) -> Person:
    """The person for whom a code was issued. Raises NotFound."""
    found = session().scalar(
        select(Person)
        .join(Referral, Referral.person_id == Person.id)
        .join(EnrollmentCode, EnrollmentCode.referral_id == Referral.id)
        .where(EnrollmentCode.id == code_id)
    )
    if found is None:
        raise NotFound
    return found


def history(enrollment_id: UUID) -> Sequence[EnrollmentTransition]:
    """All steps of an enrollment, the newest first."""
    return (
        session()
        .scalars(
            select(EnrollmentTransition)
            .where(EnrollmentTransition.enrollment_id == enrollment_id)
            .order_by(EnrollmentTransition.at.desc(), EnrollmentTransition.id.desc())
        )
        .all()
    )


def signature_of(enrollment_id: UUID) -> AgreementSignature | None:
    """The signed participation agreement of an enrollment, if there is one yet."""
    return session().scalar(select(AgreementSignature).where(AgreementSignature.enrollment_id == enrollment_id))


def supervising_roles(document: ProgramDocument) -> set[Role]:
    """The roles to which a case can be assigned under these rules."""
    roles = {Role.OFFICER, Role.SUPERVISOR}
    if document.people.supervises in _SUPERVISING:
        roles.add(_SUPERVISING[document.people.supervises])
    return roles


def who_can_supervise() -> Sequence[Membership]:
    """Members of staff to whom a case can be assigned under the rules in force, by name."""
    _rules, document = rules_in_force()
    return (
        session()
        .scalars(
            select(Membership)
            .where(Membership.role.in_(supervising_roles(document)), Membership.state == "active")
            .order_by(Membership.display_name, Membership.id)
        )
        .all()
    )


def names_of(members: Collection[UUID | None]) -> dict[UUID, str]:
    """What this court calls these members of staff: the pseudonym of those who have one. One statement.

    A facilitator without one is "Facilitator": nobody who reads a case learns that name.
    """
    wanted = {member for member in members if member is not None}
    if not wanted:
        return {}
    columns = (Membership.id, Membership.role, Membership.display_name, Membership.pseudonym)
    rows = session().execute(select(*columns).where(Membership.id.in_(wanted)))
    nameless = {Role.FACILITATOR: str(_("Facilitator"))}
    return {member: pseudonym or nameless.get(Role(role), name) for member, role, name, pseudonym in rows}


def kept_order(file_id: UUID, actor: Actor) -> StoredFile | None:
    """The file that `actor` sent as a signed order; None for any other id."""
    return kept_file(file_id, ORDER, actor)


def kept_file(file_id: UUID, purpose: str, actor: Actor) -> StoredFile | None:
    """The file that `actor` sent for `purpose` (ORDER or AGREEMENT); None for any other id."""
    return session().scalar(
        select(StoredFile).where(
            StoredFile.id == file_id, StoredFile.purpose == purpose, StoredFile.created_by == actor.id
        )
    )


def order_file(referral: Referral) -> StoredFile:
    """The signed order of a referral that was loaded for somebody. Raises NotFound when there is none."""
    return _file(referral.order_file_id)


def agreement_file(referral: Referral) -> StoredFile:
    """The agreement that was signed on paper. Raises NotFound when there is none."""
    return _file(referral.agreement_file_id)


def _file(file_id: UUID | None) -> StoredFile:
    found = session().scalar(select(StoredFile).where(StoredFile.id == file_id))
    if found is None:
        raise NotFound
    return found
