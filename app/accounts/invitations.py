"""Invitations to a court's staff: a link that works once, for seven days."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts import lookups, second_factor, sessions
from app.accounts.guard import Guard
from app.accounts.models import Invitation, Membership, StaffCredential
from app.accounts.passwords import verify_password
from app.accounts.rules import (
    LEAST_WITH_SECOND_FACTOR,
    is_email,
    normalize_email,
    typed,
)
from app.accounts.services import hash_new_password, prepare_second_factor, wrong_code
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.audit import audit, audit_refused
from app.core.errors import PortalError, Refused
from app.core.i18n import gettext as _
from app.core.runtime import Happening, runtime, tell
from app.notices import services as notices
from app.permissions.identity import STAFF_ROLES, Role
from tenants.database import transaction
from tenants.keys import uuid7

VALID_FOR = timedelta(days=7)


class LinkState(StrEnum):
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class LinkClosed(PortalError):
    """The link was good once; `state` says why it no longer is."""

    def __init__(self, state: LinkState) -> None:
        super().__init__(f"invitation {state}")
        self.state = state


@dataclass(frozen=True)
class Opened:
    """What the accept page needs. `known`: the person signs in at another court already.

    `needs_code`: that sign-in has a second factor, which is asked for as well.
    """

    invitation: Invitation
    known: bool
    needs_code: bool


@dataclass(frozen=True)
class Accepted:
    membership_id: UUID
    token: str  # of the session that began


def link_state(invitation: Invitation) -> LinkState:
    if invitation.accepted_at is not None:
        return LinkState.USED
    if invitation.revoked_at is not None:
        return LinkState.REVOKED
    return LinkState.EXPIRED if clock.now() >= invitation.expires_at else LinkState.OPEN


def create(*, email: str, display_name: str, role: Role, actor: Actor) -> tuple[Invitation, str]:
    """An open invitation and its token, without a mail. Raises Refused at `email`, `display_name` or `role`."""
    address, name = normalize_email(email), typed(display_name, 120)
    _check_new(address, name, role)
    return _write(address, name, role, actor)


def _write(address: str, name: str, role: Role, actor: Actor) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        invitation = Invitation(
            id=uuid7(),
            email=address,
            display_name=name,
            role=role,
            token_digest=lookups.digest_of(token),
            invited_by=actor.id if actor.kind == ActorKind.STAFF else None,
            created_at=clock.now(),
            expires_at=clock.now() + VALID_FOR,
        )
        session.add(invitation)
        session.flush()
        new = {"email": address, "name": name, "role": role}
        audit("accounts.invite", actor=actor, subject=("invitation", invitation.id), new=new)
    return invitation, token


def invite(*, email: str, display_name: str, role: Role, actor: Actor) -> Invitation:
    """Invite somebody to the court's staff by mail. Raises Refused at `email`, `display_name` or `role`."""
    with transaction():
        invitation, token = create(email=email, display_name=display_name, role=role, actor=actor)
        _mail(invitation, token)
    return invitation


def invite_counsel(*, email: str, display_name: str, actor: Actor) -> tuple[Invitation, str]:
    """Invite a participant's lawyer by mail; the invitation and its token.

    `email` is normalized and has no place and no open invitation at this court.
    """
    with transaction():
        invitation, token = _write(email, display_name, Role.COUNSEL, actor)
        _mail(invitation, token)
    return invitation, token


def invite_checked(*, email: str, display_name: str, role: Role, actor: Actor) -> None:
    """Invite somebody of a list that was checked as a whole (see bulk_invitations)."""
    with transaction():
        _mail(*_write(email, display_name, role, actor))


def is_open(invitation: Invitation) -> bool:
    return link_state(invitation) == LinkState.OPEN


def resend(invitation_id: UUID, *, actor: Actor) -> None:
    """Mail a new link with a new seven days; the old link is dead. Raises NotFound, LinkClosed."""
    with transaction():
        invitation = lookups.get_invitation(invitation_id)
        if link_state(invitation) not in (LinkState.OPEN, LinkState.EXPIRED):
            raise LinkClosed(link_state(invitation))
        token = secrets.token_urlsafe(32)
        invitation.token_digest = lookups.digest_of(token)
        invitation.expires_at = clock.now() + VALID_FOR
        audit("accounts.resend_invitation", actor=actor, subject=("invitation", invitation.id))
        _mail(invitation, token)


def revoke(invitation_id: UUID, *, actor: Actor) -> None:
    """Take an invitation back. Does nothing when it is closed already. Raises NotFound."""
    with transaction():
        invitation = lookups.get_invitation(invitation_id)
        if link_state(invitation) in (LinkState.OPEN, LinkState.EXPIRED):
            invitation.revoked_at = clock.now()
            audit("accounts.revoke_invitation", actor=actor, subject=("invitation", invitation.id))


def failed_mails() -> set[UUID]:
    """The invitations whose mail could not be sent."""
    return notices.undelivered("invitation")


def open_link(token: str) -> Opened:
    """What a link leads to. Raises NotFound for an unknown one, LinkClosed for one whose time is over."""
    return _opened(token)


def accept_new(token: str, *, password: str, actor: Actor) -> Accepted:
    """Join with a new credential; the second factor is set up next.

    Raises Refused at `password`, NotFound, LinkClosed.
    """
    invitation = _opened(token).invitation
    # Before the lock: it takes a while.
    hashed = hash_new_password(password, email=invitation.email, least=LEAST_WITH_SECOND_FACTOR)
    with transaction() as session:
        opened = _opened(token, lock=True)
        if opened.known:
            raise Refused(_known_now())
        credential = StaffCredential(
            id=uuid7(), email=invitation.email, password_hash=hashed, totp_secret=None, created_at=clock.now()
        )
        try:
            with session.begin_nested():
                session.add(credential)
        except IntegrityError:  # another court's invitation was accepted a moment ago
            raise Refused(_known_now()) from None
        member = _join(opened.invitation, credential.id, actor)
        prepare_second_factor(credential.id)
        return Accepted(member.id, sessions.start(membership_id=member.id))


def accept_known(token: str, *, password: str, code: str, actor: Actor) -> Accepted:
    """Join with the credential that the person has at another court, after proving it.

    Raises Refused (at `password`, or at `code`), TooMany, NotFound, LinkClosed.
    """
    opened = _opened(token)
    guard = Guard("invitation", opened.invitation.email, actor.address)
    guard.check()
    credential = lookups.credential_for_invitation(opened.invitation)
    if not verify_password(credential.password_hash if credential else None, password) or credential is None:
        _refused(guard, opened.invitation, actor)
        raise Refused(_("This is not the password that you use at the other court."), "password")
    try:
        with transaction():
            return _prove_and_join(token, credential.id, code, guard, actor)
    except _WrongCode:
        _refused(guard, opened.invitation, actor)
        raise


class _WrongCode(Refused):
    """Leaves the transaction, so that nobody has joined."""


def _prove_and_join(token: str, credential_id: UUID, code: str, guard: Guard, actor: Actor) -> Accepted:
    opened = _opened(token, lock=True)
    # The membership first: only through it may this court change the credential (the last code taken).
    member = _join(opened.invitation, credential_id, actor)
    if opened.needs_code:
        _take_code(credential_id, code)
    else:
        prepare_second_factor(credential_id)
    guard.passed()
    return Accepted(member.id, sessions.start(membership_id=member.id, second_factor=opened.needs_code))


def _take_code(credential_id: UUID, code: str) -> None:
    credential = lookups.locked_credential(credential_id)
    secret = second_factor.unseal(credential.totp_secret or "", credential.id)
    step = second_factor.matching_step(secret, code, at=clock.now(), after=credential.totp_last_step)
    if step is None:
        raise _WrongCode(wrong_code(), "code")
    credential.totp_last_step = step


def _join(invitation: Invitation, credential_id: UUID, actor: Actor) -> Membership:
    """Use up the invitation: a place on the staff, or the former one again, in the role that it names."""
    with transaction() as session:
        member = lookups.membership_of(credential_id)
        if member is not None and member.state == "active":
            raise Refused(_("You are on this court's staff already. Sign in with your email address and password."))
        if member is None:
            member = Membership(
                id=uuid7(),
                credential_id=credential_id,
                role=invitation.role,
                display_name=invitation.display_name,
                created_at=clock.now(),
            )
            session.add(member)
        else:
            sessions.end_all(membership_id=member.id)
            member.state, member.role, member.display_name = "active", invitation.role, invitation.display_name
        invitation.accepted_at = clock.now()
        session.flush()
        joined = Actor(ActorKind.STAFF, member.id, member.role, actor.address)
        new = {"invitation": str(invitation.id), "role": member.role}
        audit("accounts.join", actor=joined, subject=("staff", member.id), new=new)
        tell(Happening.STAFF_JOINED, member.id)
        return member


def _refused(guard: Guard, invitation: Invitation, actor: Actor) -> None:
    guard.failed()
    audit_refused("accounts.join", actor=actor, subject=("invitation", invitation.id))


def _opened(token: str, *, lock: bool = False) -> Opened:
    invitation = lookups.invitation_by_token(token, lock=lock)
    state = link_state(invitation)
    if state != LinkState.OPEN:
        raise LinkClosed(state)
    credential = lookups.credential_for_invitation(invitation)
    known = credential is not None
    return Opened(invitation, known, credential is not None and lookups.has_second_factor(credential))


def _known_now() -> str:
    return str(_("This email address has a sign-in now. Open the link again to go on."))


def _check_new(address: str, name: str, role: Role) -> None:
    if not name:
        raise Refused(_("Enter the person's name."), "display_name")
    if not is_email(address):
        raise Refused(_("Enter an email address like name@example.com."), "email")
    if role not in STAFF_ROLES:
        raise Refused(_("Choose a role from the list."), "role")
    if lookups.active_member_by_email(address) is not None:
        raise Refused(_("This person is on your staff already."), "email")
    if any(link_state(each) == LinkState.OPEN and each.email == address for each in lookups.open_invitations()):
        raise Refused(_("This person has an open invitation already. You can send it again."), "email")


def _mail(invitation: Invitation, token: str) -> None:
    court = lookups.the_court()
    notices.send(
        template="counsel_invitation" if invitation.role == Role.COUNSEL else "staff_invitation",
        to_address=invitation.email,
        recipient=("invitation", invitation.id),
        language=court.languages[0],
        context={"display_name": invitation.display_name, "role": invitation.role, "days": VALID_FOR.days},
        secret={"link": f"{runtime().settings.public_url}/{court.slug}/staff/invitation/{token}"},
    )
