"""Taking a lost second factor away: one administrator asks, a second one confirms.

A court with nobody who could confirm asks JaneSchool's operator, who confirms on the command line. Either ends every
session of the person; their password alone leads to setting up a new second factor, and to nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts import lookups, sessions
from app.accounts.models import Membership, SecondFactorReset
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Role
from tenants.database import session, transaction
from tenants.keys import uuid7

OPEN_FOR = timedelta(days=3)


def open_resets() -> Sequence[SecondFactorReset]:
    """The requests that wait for a second administrator, oldest first (one for each member at most)."""
    query = select(SecondFactorReset).where(
        SecondFactorReset.confirmed_at.is_(None),
        SecondFactorReset.withdrawn_at.is_(None),
        SecondFactorReset.expires_at > clock.now(),
    )
    return session().scalars(query.order_by(SecondFactorReset.requested_at, SecondFactorReset.id)).all()


def open_reset_of(member_id: UUID) -> SecondFactorReset | None:
    """The request for this member that waits, if any."""
    return next((each for each in open_resets() if each.membership_id == member_id), None)


def who_can_confirm(member_id: UUID, requested_by: UUID | None) -> list[Membership]:
    """The administrators who may confirm: neither the one who asked nor the one whom it is about."""
    query = select(Membership).where(Membership.role == Role.ADMINISTRATOR, Membership.state == "active")
    return [each for each in session().scalars(query) if each.id not in (member_id, requested_by)]


def request(member_id: UUID, *, reason: str, actor: Actor) -> SecondFactorReset:
    """Ask for it. The one that waits already is returned as it is.

    Raises NotFound, or Refused at `reason`, for oneself, for a former member, and where there is nothing to reset.
    """
    if not reason.strip():
        raise Refused(_("Write a reason."), "reason")
    if member_id == actor.id:
        raise Refused(_("You can not change this for yourself. Ask another administrator of the court."))
    with transaction() as current:
        member, credential = lookups.get_member(member_id, lock=True)
        if member.state != "active":
            raise Refused(_("This person is deactivated. Reactivate them first."))
        if not lookups.has_second_factor(credential):
            raise Refused(_("There is no second step to reset: it was never set up."))
        known = open_reset_of(member_id)
        if known is not None:
            return known
        made = SecondFactorReset(
            id=uuid7(),
            membership_id=member.id,
            reason=reason.strip(),
            requested_by=actor.id,
            requested_at=clock.now(),
            expires_at=clock.now() + OPEN_FOR,
        )
        current.add(made)
        current.flush()
        new = {"reason": made.reason}
        audit("accounts.ask_second_factor_reset", actor=actor, subject=("staff", member.id), new=new)
        return made


def confirm(member_id: UUID, *, actor: Actor) -> None:
    """Carry a waiting request out. The operator may where the court has nobody else for it.

    Raises NotFound when none waits, Refused for who asked, whom it is about, and an operator who is not needed.
    """
    with transaction():
        lookups.get_member(member_id, lock=True)
        waiting = open_reset_of(member_id)
        if waiting is None:
            raise NotFound
        able = who_can_confirm(member_id, waiting.requested_by)
        if actor.kind == ActorKind.STAFF and actor.id not in {each.id for each in able}:
            raise Refused(_("A second administrator has to confirm: neither who asked nor whom it is about."))
        if actor.kind != ActorKind.STAFF and able:
            raise Refused(_("The court has an administrator who can confirm this."))
        waiting.confirmed_at, waiting.confirmed_by = clock.now(), actor.id
        _carry_out(member_id, actor)


def reset_by_operator(member_id: UUID, *, reason: str, actor: Actor) -> None:
    """The operator confirms what waits, or does both for a court's only administrator, who can ask nobody.

    Raises NotFound; Refused while somebody at the court can ask or confirm, and as `request` does.
    """
    with transaction():
        if open_reset_of(member_id) is None:
            if who_can_confirm(member_id, None):
                raise Refused(_("An administrator of the court has to ask for this first, on the person's page."))
            request(member_id, reason=reason, actor=actor)
        confirm(member_id, actor=actor)


def _carry_out(member_id: UUID, actor: Actor) -> None:
    member, known = lookups.get_member(member_id)
    credential = lookups.locked_credential(known.id)
    old = {"second_factor": lookups.has_second_factor(credential), "codes": len(credential.recovery_digests or ())}
    credential.totp_secret = credential.totp_pending = credential.recovery_digests = None
    credential.totp_last_step = 0
    sessions.end_everywhere(credential, member.id)
    new = {"second_factor": False, "codes": 0}
    audit("accounts.reset_second_factor", actor=actor, subject=("staff", member.id), old=old, new=new)


def withdraw_open(member_id: UUID, *, actor: Actor) -> None:
    """Take a waiting request back. Does nothing when none waits."""
    with transaction():
        waiting = open_reset_of(member_id)
        if waiting is not None:
            waiting.withdrawn_at = clock.now()
            audit("accounts.withdraw_second_factor_reset", actor=actor, subject=("staff", member_id))
