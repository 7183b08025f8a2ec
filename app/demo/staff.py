"""The demo courts' staff: invited, joined and signed up for a second factor through the real services."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from app.accounts import invitations, second_factor, services, sessions
from app.accounts.models import Membership, StaffCredential
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.demo.sign_ins import PASSWORD
from app.permissions.identity import Identity, Role
from tenants.database import acting_as, role_transaction, session

NAMES = {
    Role.ADMINISTRATOR: "Morgan Ellis",
    Role.CLERK: "Avery Cho",
    Role.JUDGE: "Hon. Pat Okafor",
    Role.PROSECUTOR: "Lee Marsh",
    Role.OFFICER: "Dana Whitfield",
    Role.SUPERVISOR: "Rowan Price",
    Role.FACILITATOR: "Facilitator Wren",
}


@dataclass(frozen=True)
class Member:
    """A member of staff with what it takes to sign in."""

    identity: Identity
    role: str
    name: str
    email: str
    totp_secret: str


def also_join(court_id: UUID, member: Member) -> None:
    """The same person on another court's staff, with the credential that they have."""
    anybody = Actor(ActorKind.ANONYMOUS, address="127.0.0.1")
    with acting_as(court_id):
        role = Role(member.role)
        _invitation, token = invitations.create(email=member.email, display_name=member.name, role=role, actor=SYSTEM)
        code = second_factor.code_at(member.totp_secret, clock.now())
        invitations.accept_known(token, password=PASSWORD, code=code, actor=anybody)


def lead(court_id: UUID, member: Member) -> None:
    """Mark somebody's place on a court's staff as lead facilitator, as JaneSchool's console does in its own process."""
    with acting_as(court_id):
        theirs = select(Membership.id).join(StaffCredential, StaffCredential.id == Membership.credential_id)
        place = session().scalars(theirs.where(StaffCredential.email == member.email)).one()
        with role_transaction("platform") as platform:
            platform.execute(update(Membership).where(Membership.id == place).values(review_lead=True))


def join(court_id: UUID, slug: str, role: Role, *, name: str = "", called: str = "") -> Member:
    """Invite somebody, accept, set up the second factor; the identity is fully signed in.

    `name` and `called`: of a second one of a role, who has the address `called` there.
    """
    name, called = name or NAMES[role], called or str(role)
    email = f"{called}@{slug}.example"
    anybody = Actor(ActorKind.ANONYMOUS, address="127.0.0.1")
    with acting_as(court_id):
        _invitation, token = invitations.create(email=email, display_name=name, role=role, actor=SYSTEM)
        accepted = invitations.accept_new(token, password=PASSWORD, actor=anybody)
        half = sessions.load_identity(accepted.token)
        assert half is not None
        secret, _address = services.setup_secret(actor=half)
        whole = services.give_second_factor(code=second_factor.code_at(secret, clock.now()), actor=half)
        identity = sessions.load_identity(whole)
        assert identity is not None
    return Member(identity, called, name, email, secret)
