"""The facilitators' one door: the sign-in of their staff credential, over every court of their grants.

Kept in PostgreSQL and ended at once: with the credential's other sessions, and with the last grant. Until the second
factor is given a sign-in opens nothing. No court is at work here; `as_reviewer` names the sign-in to PostgreSQL, whose
policies (tenants/isolation.py) decide what shows.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts import second_factor
from app.accounts.lookups import has_second_factor
from app.accounts.models import Membership, StaffCredential
from app.accounts.passwords import verify_password
from app.accounts.rules import normalize_email
from app.accounts.services import SIGN_IN, wrong_code
from app.accounts.sessions import LONGEST, SEEN_EVERY, STAFF_IDLE
from app.core import clock
from app.core.actor import ActorKind
from app.core.audit import audit, audit_refused
from app.core.errors import NotFound, Refused, TooMany
from app.core.limits import place_of
from app.core.runtime import runtime
from app.permissions.identity import Identity, Role
from app.reviews.models import ReviewGrant, ReviewSession, ReviewTry
from tenants.database import acting_as, as_reviewer, naming_reviewer, session, transaction
from tenants.models import Court

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_PLACE = 5, 30
PASSWORD, CODE = "password", "code"


@dataclass(frozen=True)
class Grant:
    """One court that a reviewer reads for. Empty language: every one. `lead`: also looks at what others flag there."""

    court_id: UUID
    membership_id: UUID
    language: str
    slug: str
    name: str
    time_zone: str
    lead: bool = False


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def sign_in(*, email: str, password: str, address: str) -> str | None:
    """The token of a sign-in that still lacks the second factor; None for a wrong address or password, and for
    somebody without a grant: all three answer alike and take the same steps. Raises TooMany.
    """
    typed = normalize_email(email)
    _check(PASSWORD, typed, address)
    with naming_reviewer(typed) as current:
        found = current.scalar(select(StaffCredential).where(StaffCredential.email == typed))
    right = verify_password(found.password_hash if found else None, password)
    token = _begin(found.id) if right and found is not None else None
    if token is None:
        _failed(PASSWORD, typed, address)
        return None
    _forget(PASSWORD, typed)
    return token


def _begin(credential_id: UUID, *, second_factor_at: datetime | None = None) -> str | None:
    """A new sign-in; None, and nothing kept, for somebody without a grant."""
    token, now = secrets.token_urlsafe(32), clock.now()
    with as_reviewer(digest(token)) as current:
        row = ReviewSession(
            token_digest=digest(token),
            credential_id=credential_id,
            second_factor_at=second_factor_at,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LONGEST,
        )
        current.add(row)
        current.flush()
        if current.scalar(select(func.count()).select_from(ReviewGrant)):
            return token
        row.ended_at = now
    return None


def give_second_factor(token: str, *, code: str, address: str) -> str:
    """Take a code of the authenticator app; returns the new token of a sign-in that opens the queue.

    Raises Refused (field `code`), TooMany, NotFound for a sign-in that has ended or a credential without second factor.
    """
    with as_reviewer(digest(token)) as current:
        credential = _own_credential(current, lock=True)
        _check(CODE, str(credential.id), address)  # under the lock: guesses at once are one after the other
        if not has_second_factor(credential) or credential.totp_secret is None:
            raise NotFound
        secret = second_factor.unseal(credential.totp_secret, credential.id)
        places = _grants(current)
        step = second_factor.matching_step(secret, code, at=clock.now(), after=credential.totp_last_step)
        if step is not None:
            credential.totp_last_step = step
            current.flush()
            _end(current)
        else:
            _failed(CODE, str(credential.id), address)
        credential_id = credential.id
    if step is None:
        _note(places, address, refused=True)
        raise Refused(wrong_code(), "code")
    _forget(CODE, str(credential_id))
    fresh = _begin(credential_id, second_factor_at=clock.now())
    if fresh is None:
        raise NotFound
    _note(places, address, refused=False)
    return fresh


def needs_set_up(token: str) -> bool:
    """Whether the second factor was never set up: that is done at one of the person's courts. Raises NotFound."""
    with as_reviewer(digest(token)) as current:
        return not has_second_factor(_own_credential(current))


def _own_credential(current: Session, *, lock: bool = False) -> StaffCredential:
    query = select(StaffCredential).join(ReviewSession, ReviewSession.credential_id == StaffCredential.id)
    if lock:
        query = query.with_for_update(of=StaffCredential)
    found = current.scalar(query.where(ReviewSession.ended_at.is_(None)))
    if found is None:
        raise NotFound
    return found


def load_identity(token: str) -> Identity | None:
    """Who holds `token`, without a court; None when it is unknown, ended, idle for too long, or without a grant."""
    with as_reviewer(digest(token)) as current:
        row = current.execute(
            select(ReviewSession, StaffCredential.email, StaffCredential.sessions_since)
            .join(StaffCredential, StaffCredential.id == ReviewSession.credential_id)
            .where(ReviewSession.ended_at.is_(None), select(ReviewGrant.membership_id).exists())
        ).first()
        if row is None:
            return None
        signed_in, email, sessions_since = row
        now = clock.now()
        if now >= signed_in.expires_at or now >= signed_in.last_seen_at + STAFF_IDLE:
            return None
        if sessions_since is not None and signed_in.created_at < sessions_since:
            return None
        if now - signed_in.last_seen_at >= SEEN_EVERY:
            current.execute(
                update(ReviewSession)
                .where(ReviewSession.id == signed_in.id)
                .values(last_seen_at=now)
                .execution_options(synchronize_session=False)
            )
        return Identity(
            kind=ActorKind.STAFF,
            id=signed_in.credential_id,
            role=Role.FACILITATOR,
            display_name=email,
            session_id=signed_in.id,
            fully_signed_in=signed_in.second_factor_at is not None,
        )


def end(token: str) -> None:
    """Sign out: the token opens nothing from now on."""
    with as_reviewer(digest(token)) as current:
        _end(current)


def _end(current: Session) -> None:
    ended = update(ReviewSession).where(ReviewSession.ended_at.is_(None)).values(ended_at=clock.now())
    current.execute(ended.execution_options(synchronize_session=False))


def grants(token: str) -> list[Grant]:
    """The courts that the holder of `token` reads for, by name."""
    with as_reviewer(digest(token)) as current:
        return _grants(current)


def _grants(current: Session) -> list[Grant]:
    rows = current.execute(
        select(ReviewGrant, Court.slug, Court.name, Court.time_zone)
        .join(Court, Court.id == ReviewGrant.court_id)
        .order_by(Court.name, Court.id)
    )
    return [
        Grant(one.court_id, one.membership_id, one.language, slug, name, time_zone, bool(one.lead))
        for one, slug, name, time_zone in rows
    ]


def identity_at(grant: Grant, *, address: str) -> Identity:
    """The reviewer as a member of the staff of the court at work, looked up there once more. Raises NotFound."""
    member = session().scalar(
        select(Membership).where(
            Membership.id == grant.membership_id, Membership.role == Role.FACILITATOR, Membership.state == "active"
        )
    )
    if member is None:
        raise NotFound
    return Identity(
        kind=ActorKind.STAFF,
        id=member.id,
        role=Role.FACILITATOR,
        address=address,
        court_id=member.court_id,
        display_name=member.display_name,
        language=member.language,
        fully_signed_in=True,
    )


def _note(places: Sequence[Grant], address: str, *, refused: bool) -> None:
    """Each court sees that its facilitator signed in, or that somebody tried with a wrong code."""
    for grant in places:
        with acting_as(grant.court_id), transaction():
            actor = identity_at(grant, address=address)
            if refused:
                audit_refused(SIGN_IN, actor=actor, subject=("staff", actor.id), new={"step": "second factor"})
            else:
                audit(SIGN_IN, actor=actor, subject=("staff", actor.id))


# --- guesses ---------------------------------------------------------------------------------------------------------


def _keys(bucket: str, account: str, address: str) -> tuple[tuple[str, str, int], ...]:
    return ((bucket, f"reviewer:{account}", PER_ACCOUNT), (f"{bucket}-place", place_of(address), PER_PLACE))


def _check(bucket: str, account: str, address: str) -> None:
    since = clock.now() - WINDOW
    with transaction() as current:
        for name, key, tries in _keys(bucket, account, address):
            digests = runtime().keyring.digests("limit", key)
            used, oldest = current.execute(
                select(func.count(), func.min(ReviewTry.at)).where(
                    ReviewTry.bucket == name, ReviewTry.key_digest.in_(digests), ReviewTry.at > since
                )
            ).one()
            if used >= tries:
                raise TooMany(max(1, int((oldest + WINDOW - clock.now()).total_seconds())))


def _failed(bucket: str, account: str, address: str) -> None:
    now = clock.now()
    with transaction() as current:
        current.execute(delete(ReviewTry).where(ReviewTry.at < now - timedelta(days=2)))
        for name, key, _tries in _keys(bucket, account, address):
            current.add(ReviewTry(bucket=name, key_digest=runtime().keyring.digest("limit", key), at=now))


def _forget(bucket: str, account: str) -> None:
    digests = runtime().keyring.digests("limit", f"reviewer:{account}")
    with transaction() as current:
        current.execute(delete(ReviewTry).where(ReviewTry.bucket == bucket, ReviewTry.key_digest.in_(digests)))
