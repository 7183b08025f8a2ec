"""Operators' sign-ins: kept in PostgreSQL, ended at once. 20 minutes idle, 8 hours in all."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.core import clock
from app.operator.models import Operator, OperatorSession
from tenants.database import session, transaction

IDLE = timedelta(minutes=20)
LONGEST = timedelta(hours=8)
SEEN_EVERY = timedelta(minutes=1)  # last_seen_at is written no more often


@dataclass(frozen=True)
class SignedIn:
    """Who holds a token. `fully` is False between the password and the second factor."""

    operator_id: UUID
    session_id: UUID
    display_name: str
    fully: bool


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def start(operator_id: UUID) -> str:
    """Begin a sign-in; returns the token (256 random bits). The second factor is still to be given."""
    token, now = secrets.token_urlsafe(32), clock.now()
    with transaction() as current:
        current.add(
            OperatorSession(
                token_digest=digest(token),
                operator_id=operator_id,
                created_at=now,
                last_seen_at=now,
                expires_at=now + LONGEST,
            )
        )
    return token


def second_factor_given(session_id: UUID) -> str:
    """Note the second factor and change the token; returns the new one."""
    token = secrets.token_urlsafe(32)
    with transaction() as current:
        current.execute(
            update(OperatorSession)
            .where(OperatorSession.id == session_id)
            .values(second_factor_at=clock.now(), token_digest=digest(token))
        )
    return token


def load(token: str) -> SignedIn | None:
    """Who holds `token`; None when it is unknown, ended, or idle for too long."""
    found = (
        session()
        .execute(
            select(OperatorSession, Operator.display_name)
            .join(Operator, Operator.id == OperatorSession.operator_id)
            .where(OperatorSession.token_digest == digest(token), OperatorSession.ended_at.is_(None))
        )
        .first()
    )
    if found is None:
        return None
    row, name = found
    now = clock.now()
    if now >= row.expires_at or now >= row.last_seen_at + IDLE:
        return None
    if now - row.last_seen_at >= SEEN_EVERY:
        with transaction() as current:
            current.execute(update(OperatorSession).where(OperatorSession.id == row.id).values(last_seen_at=now))
    return SignedIn(row.operator_id, row.id, name, row.second_factor_at is not None)


def end(session_id: UUID) -> None:
    """Sign out: the token opens nothing from now on."""
    with transaction() as current:
        current.execute(
            update(OperatorSession)
            .where(OperatorSession.id == session_id, OperatorSession.ended_at.is_(None))
            .values(ended_at=clock.now())
        )
