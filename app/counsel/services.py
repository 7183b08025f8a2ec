"""Admitting a lawyer to one's own case, and removing them: at once, under the case's lock."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.accounts import invitations, sessions
from app.accounts.lookups import open_invitations
from app.accounts.models import Invitation, Membership
from app.accounts.rules import is_email, normalize_email, typed
from app.accounts.telling import tell_staff
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.counsel.lookups import GONE, admissions_of, email_of, member_by_email, own_admission
from app.counsel.models import CounselAdmission
from app.permissions.identity import Role
from tenants.database import session, transaction

MOST = 3  # lawyers of one case at a time


def admit(
    enrollment_id: UUID, *, name: str, email: str, sees_messages: bool, sure: bool, actor: Actor
) -> CounselAdmission:
    """Let a lawyer read the participant's case from now on, and mail them: an invitation, or that they may.

    Raises Refused at `name`, `email` or `sure`; without a field once the case is gone or three are admitted.
    """
    shown, address = typed(name, 120), normalize_email(email)
    if not shown:
        raise Refused(_("Enter your lawyer's name."), "name")
    if not is_email(address):
        raise Refused(_("Enter an email address like name@example.com."), "email")
    if not sure:
        raise Refused(_("Tick the box if you want this person to see your case."), "sure")
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.state in GONE:
            raise Refused(_("Your case is not with this court any more. Talk to your lawyer or to the court."))
        there = admissions_of(enrollment_id)
        if any(one.email == address for one in there):
            raise Refused(_("This person can see your case already."), "email")
        if len(there) >= MOST:
            raise Refused(_("Three people can see your case already. Remove one of them first."))
        member = _counsel(address)
        invitation = None if member is not None else _invited(address, shown, actor)
        row = CounselAdmission(
            enrollment_id=enrollment_id,
            name=shown,
            email=address,
            sees_messages=sees_messages,
            membership_id=member.id if member else None,
            invitation_id=invitation.id if invitation else None,
            admitted_at=clock.now(),
            joined_at=clock.now() if member else None,
        )
        current.add(row)
        current.flush()
        _audit(row, enrollment, "counsel.admit", actor)
        if member is not None:
            tell_staff(member.id, "counsel_admitted", "clients")
        return row


def _counsel(address: str) -> Membership | None:
    """The lawyer's place at this court, if there is one. Raises Refused for an address of somebody else here."""
    member = member_by_email(address)
    if member is None or (member.role != Role.COUNSEL and member.state != "active"):
        return None
    if member.role != Role.COUNSEL or member.state != "active":
        raise Refused(_("A lawyer can not be added with this address here. Please ask the court."), "email")
    return member


def _invited(address: str, name: str, actor: Actor) -> Invitation:
    """A new link for this address. An earlier one, for another client's case, is replaced by it."""
    for earlier in open_invitations():
        if earlier.email == address and invitations.is_open(earlier):
            if earlier.role != Role.COUNSEL:
                raise Refused(_("A lawyer can not be added with this address here. Please ask the court."), "email")
            invitations.resend(earlier.id, actor=actor)
            return earlier
    invitation, _token = invitations.invite_counsel(email=address, display_name=name, actor=actor)
    return invitation


def send_again(admission_id: UUID, enrollment_id: UUID, *, actor: Actor) -> None:
    """Mail a new link to a lawyer who has not used the first. Raises NotFound, LinkClosed."""
    with transaction():
        row = own_admission(enrollment_id, admission_id)
        if row.ended_at is None and row.membership_id is None and row.invitation_id is not None:
            invitations.resend(row.invitation_id, actor=actor)


def remove(admission_id: UUID, enrollment_id: UUID, *, actor: Actor) -> None:
    """End it: nothing of this case opens for the lawyer from now on. Does nothing a second time. Raises NotFound."""
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        row = own_admission(enrollment_id, admission_id)
        if row.ended_at is None:
            _end(row, enrollment, "removed", actor)


def end_with_the_case(enrollment_id: UUID) -> None:
    """The case is with the court no more: nobody's lawyer reads it here."""
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        for row in admissions_of(enrollment_id):
            _end(row, enrollment, "case_gone", SYSTEM)


def _end(row: CounselAdmission, enrollment: Enrollment, how: str, actor: Actor) -> None:
    """Their sign-ins end too: what is open in a browser must not stay there. A link that nobody used is dead."""
    row.ended_at, row.ended_how = clock.now(), how
    session().flush()
    if row.membership_id is not None:
        sessions.end_all(membership_id=row.membership_id)
    elif row.invitation_id is not None and not _others_wait(row.invitation_id):
        invitations.revoke(row.invitation_id, actor=actor)
    _audit(row, enrollment, "counsel.remove", actor)


def _others_wait(invitation_id: UUID) -> bool:
    """Whether another client's case is to be opened with the same link."""
    query = select(CounselAdmission.id).where(
        CounselAdmission.invitation_id == invitation_id, CounselAdmission.ended_at.is_(None)
    )
    return session().scalar(query.limit(1)) is not None


def joined(membership_id: UUID) -> None:
    """Somebody has joined the court: a lawyer finds the clients there who were waiting."""
    with transaction() as current:
        member = current.scalars(select(Membership).where(Membership.id == membership_id)).one()
        if member.role != Role.COUNSEL:
            return
        waiting = select(CounselAdmission).where(
            CounselAdmission.email == email_of(membership_id),
            CounselAdmission.membership_id.is_(None),
            CounselAdmission.ended_at.is_(None),
        )
        for row in current.scalars(waiting):
            row.membership_id, row.joined_at = membership_id, clock.now()


def note_reading(row: CounselAdmission, enrollment: Enrollment, *, actor: Actor) -> None:
    """Record that a lawyer has looked at a client's case."""
    with transaction():
        audit("counsel.read", actor=actor, subject=("counsel_admission", row.id), case_id=enrollment.referral_id)


def tell_counsel(enrollment_id: UUID, kind: str) -> None:
    """Mail everybody who is admitted to a case and has a sign-in: it leads to the case."""
    for row in admissions_of(enrollment_id):
        if row.membership_id is not None:
            tell_staff(row.membership_id, kind, f"clients/{enrollment_id}")


def _audit(row: CounselAdmission, enrollment: Enrollment, action: str, actor: Actor) -> None:
    audit(
        action,
        actor=actor,
        subject=("counsel_admission", row.id),
        case_id=enrollment.referral_id,
        new={"name": row.name, "email": row.email} | ({"ended": row.ended_how} if row.ended_how else {}),
    )
