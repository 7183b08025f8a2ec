"""Loads credentials, members, invitations and accounts of the court at work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select, tuple_

from app.accounts.models import Invitation, LearnerAccount, Membership, StaffCredential
from app.core.actor import Actor, ActorKind
from app.core.errors import NotFound
from app.core.runtime import runtime
from app.permissions.identity import Role
from tenants.database import session
from tenants.models import Court
from tenants.scope import current_court_id

LINK = "link-token"


def the_court() -> Court:
    """The court at work."""
    return session().scalars(select(Court).where(Court.id == current_court_id())).one()


def digest_of(token: str) -> str:
    """What is kept of an invitation's token."""
    return runtime().keyring.digest(LINK, f"invitation:{token}")


def invitation_by_token(token: str, *, lock: bool = False) -> Invitation:
    """The invitation of a link, in whatever state. Raises NotFound."""
    digests = runtime().keyring.digests(LINK, f"invitation:{token}")
    query = select(Invitation).where(Invitation.token_digest.in_(digests))
    if lock:
        query = query.with_for_update()
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def get_invitation(invitation_id: UUID) -> Invitation:
    """An invitation of the court at work, locked. Raises NotFound."""
    query = select(Invitation).where(Invitation.id == invitation_id).with_for_update()
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def credential_for_invitation(invitation: Invitation) -> StaffCredential | None:
    """How the invited person already signs in somewhere, if at all. Visible only while the invitation is open."""
    return session().scalar(select(StaffCredential).where(StaffCredential.email == invitation.email))


def active_member_by_email(email: str) -> tuple[Membership, StaffCredential] | None:
    """A member of the court at work who may sign in, by address."""
    found = (
        session()
        .execute(
            select(Membership, StaffCredential)
            .join(StaffCredential, StaffCredential.id == Membership.credential_id)
            .where(StaffCredential.email == email, Membership.state == "active")
        )
        .first()
    )
    return (found[0], found[1]) if found else None


def membership_of(credential_id: UUID) -> Membership | None:
    return session().scalar(select(Membership).where(Membership.credential_id == credential_id))


def credential_of(actor: Actor, *, lock: bool = False) -> StaffCredential:
    """The signed-in member's own credential. Raises NotFound for everybody who is not staff."""
    if actor.kind != ActorKind.STAFF:
        raise NotFound
    query = (
        select(StaffCredential)
        .join(Membership, Membership.credential_id == StaffCredential.id)
        .where(Membership.id == actor.id)
    )
    if lock:
        query = query.with_for_update(of=StaffCredential)
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def locked_credential(credential_id: UUID) -> StaffCredential:
    """A credential that this court sees, to be changed in the transaction at hand."""
    query = select(StaffCredential).where(StaffCredential.id == credential_id).with_for_update()
    return session().scalars(query).one()


def has_second_factor(credential: StaffCredential) -> bool:
    """Whether a first code was taken. Until then the secret may still be shown for setting up."""
    return credential.totp_secret is not None and credential.totp_last_step > 0


STAFF_PAGE = 50
MOST_INVITATIONS = 200


def get_member(member_id: UUID, *, lock: bool = False) -> tuple[Membership, StaffCredential]:
    """A member of the court's staff, in whatever state; with `lock`, the membership's row. Raises NotFound."""
    query = (
        select(Membership, StaffCredential)
        .join(StaffCredential, StaffCredential.id == Membership.credential_id)
        .where(Membership.id == member_id)
    )
    if lock:
        query = query.with_for_update(of=Membership)
    found = session().execute(query).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def active_administrators(*, lock: bool = False) -> list[Membership]:
    """The court's active administrators. With `lock`, whoever wants to take one out waits for the others to finish."""
    query = (
        select(Membership)
        .where(Membership.role == Role.ADMINISTRATOR, Membership.state == "active")
        .order_by(Membership.id)
    )
    if lock:
        query = query.with_for_update()
    return list(session().scalars(query))


def staff_list(*, state: str | None = None) -> Sequence[tuple[Membership, StaffCredential]]:
    """Everybody on the court's staff, active ones first, by name."""
    query = (
        select(Membership, StaffCredential)
        .join(StaffCredential, StaffCredential.id == Membership.credential_id)
        .order_by(Membership.state, Membership.display_name, Membership.id)
    )
    if state is not None:
        query = query.where(Membership.state == state)
    return [(member, credential) for member, credential in session().execute(query)]


def staff_page(state: str, after: UUID | None = None) -> tuple[list[tuple[Membership, StaffCredential]], UUID | None]:
    """Up to 50 members in one state, by name, beginning after the member `after`; and where the next page begins."""
    query = (
        select(Membership, StaffCredential)
        .join(StaffCredential, StaffCredential.id == Membership.credential_id)
        .where(Membership.state == state)
        .order_by(Membership.display_name, Membership.id)
        .limit(STAFF_PAGE + 1)
    )
    if after is not None:
        last = get_member(after)[0]
        query = query.where(tuple_(Membership.display_name, Membership.id) > (last.display_name, last.id))
    rows = [(member, credential) for member, credential in session().execute(query)]
    return rows[:STAFF_PAGE], rows[STAFF_PAGE - 1][0].id if len(rows) > STAFF_PAGE else None


def open_invitations() -> Sequence[Invitation]:
    """Invitations that were neither accepted nor taken back, newest first; some may be past their time."""
    query = select(Invitation).where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
    return session().scalars(query.order_by(Invitation.created_at.desc(), Invitation.id)).all()


def get_account(account_id: UUID | None) -> LearnerAccount:
    """A learner's account of the court at work. Raises NotFound."""
    found = session().scalar(select(LearnerAccount).where(LearnerAccount.id == account_id))
    if found is None:
        raise NotFound
    return found


def locked_account(account_id: UUID) -> LearnerAccount:
    """A learner's account, to be changed in the transaction at hand. Raises NotFound."""
    query = select(LearnerAccount).where(LearnerAccount.id == account_id).with_for_update()
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def names_of(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of members by id."""
    wanted = {each for each in ids if each is not None}
    query = select(Membership.id, Membership.display_name).where(Membership.id.in_(wanted))
    return {row.id: row.display_name for row in session().execute(query)}


def account_by_sign_in_name(name: str) -> LearnerAccount | None:
    return session().scalar(select(LearnerAccount).where(LearnerAccount.sign_in_name == name))


def own_row(actor: Actor) -> Membership | LearnerAccount:
    """Where the signed-in person's own settings are kept. Raises NotFound."""
    table = Membership if actor.kind == ActorKind.STAFF else LearnerAccount
    found = session().scalar(select(table).where(table.id == actor.id))
    if not isinstance(found, Membership | LearnerAccount):
        raise NotFound
    return found


def own_sign_in_name(actor: Actor) -> str:
    """What the signed-in person types to sign in. Raises NotFound."""
    if actor.kind == ActorKind.STAFF:
        return credential_of(actor).email
    found = session().scalar(select(LearnerAccount.sign_in_name).where(LearnerAccount.id == actor.id))
    if found is None:
        raise NotFound
    return found
