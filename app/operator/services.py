"""Operators: making them, and signing them in. Runs as the platform role."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.accounts import second_factor
from app.accounts.passwords import hash_password, verify_password
from app.accounts.rules import is_email, normalize_email
from app.core import clock
from app.core.errors import Refused, TooMany
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.court_admin.models import PlatformAudit, note
from app.operator import sessions
from app.operator.models import Operator, OperatorSession
from tenants.database import apart, session, transaction
from tenants.keys import uuid7

TRIES = 5
WINDOW = timedelta(minutes=15)
REFUSED = "operator.sign_in_refused"
WEAK_PASSWORD_BYTES = 15  # 20 characters when written


@dataclass(frozen=True)
class NewOperator:
    """What the new operator needs to sign in; shown this once, kept nowhere."""

    id: UUID
    email: str
    password: str
    totp_secret: str


def create_operator(platform: Session, *, email: str, display_name: str, reset: bool = False) -> NewOperator:
    """Make an operator, or with `reset` give one that exists a new password and second factor and end the sign-ins.

    `platform` is a `role_transaction("platform")`. Raises Refused with the parameter at fault.
    """
    email, display_name = normalize_email(email), display_name.strip()
    if not is_email(email):
        raise Refused(_("Give an email address."), "email")
    found = platform.scalar(select(Operator).where(Operator.email == email))
    if (found is not None) != reset:
        raise Refused(_("There is no such operator.") if reset else _("This operator exists already."), "email")
    if not (display_name or reset):
        raise Refused(_("Give the operator's name."), "name")
    password, secret = secrets.token_urlsafe(WEAK_PASSWORD_BYTES), second_factor.new_secret()
    row = found or Operator(id=uuid7(), email=email, display_name=display_name, created_at=clock.now())
    row.password_hash, row.totp_last_step = hash_password(password), 0
    row.totp_secret = second_factor.seal(secret, row.id)
    platform.add(row)
    platform.execute(
        update(OperatorSession)
        .where(OperatorSession.operator_id == row.id, OperatorSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    note(platform, "operator.reset" if reset else "operator.create", detail={"operator": str(row.id)})
    platform.flush()
    return NewOperator(row.id, email, password, secret)


def operators(platform: Session) -> list[tuple[str, str]]:
    """(email, name) of every operator."""
    rows = platform.execute(select(Operator.email, Operator.display_name).order_by(Operator.email))
    return [(email, name) for email, name in rows]


def sign_in(*, email: str, password: str, address: str) -> str:
    """Check the password; returns the token of a session that still needs the second factor.

    Known and unknown addresses answer alike. Raises Refused, and TooMany after five failures in 15 minutes from one
    address or for one account.
    """
    email = normalize_email(email)
    _check_limit(email, address)
    row = session().scalar(select(Operator).where(Operator.email == email))
    if not verify_password(row.password_hash if row else None, password) or row is None:
        _count(email, address, row.id if row else None, "password")
        raise Refused(_("The email or the password is not right."))
    return sessions.start(row.id)


def give_second_factor(signed_in: sessions.SignedIn, code: str, *, address: str) -> str:
    """Check the six digits, each good once; returns the new token. Raises Refused, TooMany."""
    with transaction() as current:
        row = current.scalars(select(Operator).where(Operator.id == signed_in.operator_id).with_for_update()).one()
        _check_limit(row.email, address)
        step = None
        if row.totp_secret:
            secret = second_factor.unseal(row.totp_secret, row.id)
            step = second_factor.matching_step(secret, code, at=clock.now(), after=row.totp_last_step)
        if step is None:
            _count(row.email, address, row.id, "second factor")
            raise Refused(_("This code is not right, or was used already. Wait for the next one."), "code")
        row.totp_last_step = step
        token = sessions.second_factor_given(signed_in.session_id)
        note(current, "operator.sign_in", operator_id=row.id, detail={"address": address})
    return token


def _keys(email: str, address: str) -> tuple[list[str], list[str]]:
    keyring = runtime().keyring
    return keyring.digests("limit", f"operator {email}"), keyring.digests("limit", f"address {address}")


def _check_limit(email: str, address: str) -> None:
    """The platform role has no table of attempts: the log of refusals, by keyed hashes, is what is counted."""
    account, place = _keys(email, address)
    refused = (PlatformAudit.action == REFUSED) & (PlatformAudit.at > clock.now() - WINDOW)
    of_account = PlatformAudit.detail["account"].astext.in_(account)
    of_place = PlatformAudit.detail["place"].astext.in_(place)
    counts = session().execute(
        select(func.count().filter(of_account), func.count().filter(of_place), func.min(PlatformAudit.at)).where(
            refused, or_(of_account, of_place)
        )
    )
    by_account, by_place, oldest = counts.one()
    if max(by_account, by_place) >= TRIES:
        raise TooMany(max(1, int((oldest + WINDOW - clock.now()).total_seconds())))


def _count(email: str, address: str, operator_id: UUID | None, what: str) -> None:
    account, place = _keys(email, address)
    with apart(), transaction() as current:
        detail = {"account": account[-1], "place": place[-1], "what": what}
        note(current, REFUSED, operator_id=operator_id, detail=detail)
