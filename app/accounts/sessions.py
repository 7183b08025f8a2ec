"""Sign-ins of one court, kept in PostgreSQL and ended at once.

Staff: 30 minutes idle, 12 hours in all. Learners on an old phone: 2 hours idle, 12 hours in all.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, bindparam, exists, func, select, update

from app.accounts.models import AccountSession, Cover, LearnerAccount, Membership, StaffCredential
from app.core import clock
from app.core.actor import ActorKind
from app.notices.lookups import unread_of
from app.permissions.identity import Identity, Role
from tenants.database import Ready, session, transaction
from tenants.scope import current_scope

STAFF_IDLE = timedelta(minutes=30)
LEARNER_IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # last_seen_at is written no more often


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def start(
    *, membership_id: UUID | None = None, learner_account_id: UUID | None = None, second_factor: bool = False
) -> str:
    """Begin a sign-in for exactly one of the two; returns the token (256 random bits) for the cookie.

    A member of staff still has to give the second factor (see `second_factor_given`), unless it was given just now.
    """
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as current:
        current.add(
            AccountSession(
                token_digest=_digest(token),
                membership_id=membership_id,
                learner_account_id=learner_account_id,
                second_factor_at=now if second_factor else None,
                created_at=now,
                last_seen_at=now,
                expires_at=now + LONGEST,
            )
        )
    return token


def second_factor_given(session_id: UUID) -> str:
    """Note the second factor and change the token (a new id at every change of rights); returns the new token."""
    token = secrets.token_urlsafe(32)
    with transaction() as current:
        row = current.scalars(select(AccountSession).where(AccountSession.id == session_id)).one()
        row.second_factor_at = clock.now()
        row.token_digest = _digest(token)
    return token


# Read at every request of somebody signed in, so it is made once and read as a plain row.
_SIGNED_IN = Ready(
    select(
        AccountSession.id,
        AccountSession.court_id,
        AccountSession.second_factor_at,
        AccountSession.last_seen_at,
        AccountSession.expires_at,
        AccountSession.created_at,
        StaffCredential.sessions_since,
        Membership.id.label("member_id"),
        Membership.role,
        Membership.state,
        Membership.display_name.label("member_name"),
        Membership.language.label("member_language"),
        LearnerAccount.id.label("learner_id"),
        LearnerAccount.display_name.label("learner_name"),
        LearnerAccount.language.label("learner_language"),
        LearnerAccount.large_print,
        exists()
        .where(
            Cover.cover_id == AccountSession.membership_id,
            Cover.starts_at <= bindparam("now", type_=DateTime(timezone=True)),
            Cover.ends_at > bindparam("now", type_=DateTime(timezone=True)),
        )
        .correlate(AccountSession)
        .label("covering"),
        unread_of(func.coalesce(AccountSession.membership_id, AccountSession.learner_account_id)).label("unread"),
    )
    .outerjoin(Membership, Membership.id == AccountSession.membership_id)
    .outerjoin(StaffCredential, StaffCredential.id == Membership.credential_id)
    .outerjoin(LearnerAccount, LearnerAccount.id == AccountSession.learner_account_id)
    .where(AccountSession.token_digest == bindparam("digest"), AccountSession.ended_at.is_(None))
)


def load_identity(token: str) -> Identity | None:
    """Who holds `token` in the court at work; None when unknown, ended, idle for too long, or deactivated."""
    scope = current_scope()
    if scope is None or scope.court_id is None:
        return None
    row = _SIGNED_IN.on(session().connection(), digest=_digest(token), now=clock.now()).first()
    if row is None:
        return None
    now, is_staff = clock.now(), row.member_id is not None
    idle = STAFF_IDLE if is_staff else LEARNER_IDLE
    if now >= row.expires_at or now >= row.last_seen_at + idle or (is_staff and row.state != "active"):
        return None
    if row.sessions_since is not None and row.created_at < row.sessions_since:
        return None
    if now - row.last_seen_at >= SEEN_EVERY:
        _seen(row.id, now)
    if is_staff:
        return Identity(
            kind=ActorKind.STAFF,
            id=row.member_id,
            role=row.role,
            court_id=row.court_id,
            display_name=row.member_name,
            language=row.member_language,
            session_id=row.id,
            fully_signed_in=row.second_factor_at is not None,
            unread=row.unread,
            idle_seconds=int(STAFF_IDLE.total_seconds()),
            ends_at=row.expires_at,
            covering=row.covering,
        )
    return Identity(
        kind=ActorKind.LEARNER,
        id=row.learner_id,
        role=Role.LEARNER,
        court_id=row.court_id,
        display_name=row.learner_name,
        language=row.learner_language,
        session_id=row.id,
        fully_signed_in=True,
        unread=row.unread,
        large_print=bool(row.large_print),
        idle_seconds=int(LEARNER_IDLE.total_seconds()),
        ends_at=row.expires_at,
    )


def open_sessions(*, membership_id: UUID | None = None, learner_account_id: UUID | None = None) -> list[AccountSession]:
    """A person's sign-ins at this court that still open something, newest first (at most 50)."""
    now = clock.now()
    idle = STAFF_IDLE if membership_id else LEARNER_IDLE
    query = (
        select(AccountSession)
        .where(
            _owner(membership_id, learner_account_id),
            AccountSession.ended_at.is_(None),
            AccountSession.expires_at > now,
            AccountSession.last_seen_at > now - idle,
        )
        .order_by(AccountSession.created_at.desc(), AccountSession.id)
        .limit(50)
    )
    return list(session().scalars(query))


def _owner(membership_id: UUID | None, learner_account_id: UUID | None) -> ColumnElement[bool]:
    if membership_id is not None:
        return AccountSession.membership_id == membership_id
    return AccountSession.learner_account_id == learner_account_id


def _seen(session_id: UUID, now: datetime) -> None:
    # Past the ORM: being seen is no change of the row that anybody could conflict with.
    with transaction() as current:
        current.execute(update(AccountSession).where(AccountSession.id == session_id).values(last_seen_at=now))


def end(session_id: UUID) -> None:
    """Sign out: the token opens nothing from now on."""
    with transaction() as current:
        current.execute(
            update(AccountSession)
            .where(AccountSession.id == session_id, AccountSession.ended_at.is_(None))
            .values(ended_at=clock.now())
        )


def end_everywhere(credential: StaffCredential, membership_id: UUID) -> None:
    """Sign a member of staff out at every court, inside the transaction that changed how they sign in.

    This court sees its own sessions only; the others compare with `sessions_since`.
    """
    credential.sessions_since = clock.now()
    end_all(membership_id=membership_id)


def end_all(*, membership_id: UUID | None = None, learner_account_id: UUID | None = None) -> None:
    """Sign a person out everywhere in this court."""
    owner = _owner(membership_id, learner_account_id)
    with transaction() as current:
        current.execute(
            update(AccountSession).where(owner, AccountSession.ended_at.is_(None)).values(ended_at=clock.now())
        )
