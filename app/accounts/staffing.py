"""What an administrator changes about the court's staff. Never the last administrator out, never oneself.

Who decides where a leaver's caseload goes stands further up (app/court_admin/leaving.py), in the same transaction.
"""

from __future__ import annotations

from uuid import UUID

from app.accounts import factor_resets, locks, lookups, recovery, sessions
from app.accounts.guard import code_guard, password_guard
from app.accounts.models import Membership
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.identity import STAFF_ROLES, Role
from tenants.database import transaction


def why_not_go(member: Membership, *, actor: Actor) -> str | None:
    """Why `actor` can not take `member` out of the role that they have; None when it can be done."""
    if member.id == actor.id:
        return str(_("You can not change this for yourself. Ask another administrator of the court."))
    others = [each for each in lookups.active_administrators() if each.id != member.id]
    if member.role == Role.ADMINISTRATOR and not others:
        return str(_("This is the court's only administrator. Make somebody else an administrator first."))
    return None


def _leave_role(member_id: UUID, actor: Actor) -> Membership:
    """The member, locked, who may leave the present role. Administrators are locked first, in one order."""
    lookups.active_administrators(lock=True)
    member = lookups.get_member(member_id, lock=True)[0]
    why_not = why_not_go(member, actor=actor)
    if why_not is not None:
        raise Refused(why_not)
    return member


def change_role(member_id: UUID, role: str, *, actor: Actor) -> Membership:
    """Give a member another role; their sessions end. Does nothing when it is the role already.

    Raises NotFound, or Refused at `role`, for oneself and for the last administrator.
    """
    if role not in STAFF_ROLES:
        raise Refused(_("Choose a role from the list."), "role")
    with transaction():
        member = _leave_role(member_id, actor)
        if member.role == Role.COUNSEL:
            raise Refused(_("This is a participant's lawyer. Their place can not become one on the staff."), "role")
        if member.state != "active":
            raise Refused(_("This person is deactivated. Reactivate them first."))
        if member.role != role:
            old, member.role = member.role, role
            sessions.end_all(membership_id=member.id)
            audit(
                "accounts.change_role", actor=actor, subject=("staff", member.id), old={"role": old}, new={"role": role}
            )
        return member


def deactivate(member_id: UUID, *, actor: Actor) -> Membership:
    """Take a member off the staff: nothing of theirs opens from the next request on. Does nothing a second time.

    Raises NotFound, or Refused for oneself and for the last administrator.
    """
    with transaction():
        member = _leave_role(member_id, actor)
        if member.state == "active":
            member.state = "deactivated"
            sessions.end_all(membership_id=member.id)
            recovery.end_open_of_member(member.id)
            factor_resets.withdraw_open(member.id, actor=actor)
            _audit_state(member, "active", actor, "accounts.deactivate")
        return member


def reactivate(member_id: UUID, *, actor: Actor) -> None:
    """Take a former member back, in the role that they had. Does nothing when they are active. Raises NotFound."""
    with transaction():
        member = lookups.get_member(member_id, lock=True)[0]
        if member.state != "active":
            member.state = "active"
            _audit_state(member, "deactivated", actor, "accounts.reactivate")


def _audit_state(member: Membership, old: str, actor: Actor, action: str) -> None:
    new = {"state": member.state, "role": member.role}
    audit(action, actor=actor, subject=("staff", member.id), old={"state": old, "role": member.role}, new=new)


def release_lock(member_id: UUID, *, actor: Actor) -> bool:
    """Let somebody sign in again after too many failures; False when there was no lock.

    Raises NotFound, or Refused for oneself.
    """
    if member_id == actor.id:
        raise Refused(_("You can not change this for yourself. Ask another administrator of the court."))
    with transaction():
        member, credential = lookups.get_member(member_id)
        if not locks.unlock(credential.email):
            return False
        # The failures that led to the lock must not count towards the next one.
        password_guard(credential.email, "").passed()
        code_guard(member.id, credential.email, "").passed()
        audit(
            "accounts.release_lock",
            actor=actor,
            subject=("staff", member.id),
            old={"locked": True},
            new={"locked": False},
        )
        return True
