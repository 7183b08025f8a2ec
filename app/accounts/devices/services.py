"""Noting the device of a sign-in, and signing one out."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.devices.lookups import get_device_for
from app.accounts.devices.models import LearnerDevice
from app.accounts.devices.rules import family_of
from app.accounts.models import AccountSession
from app.core import clock
from app.core.audit import audit
from app.core.runtime import Happening, runtime, tell
from app.permissions.identity import Identity
from tenants.database import transaction

PURPOSE = "link-token"
OURS = re.compile(r"[\w-]{43}", re.ASCII)


def note_device(*, token: str, user_agent: str, actor: Identity) -> str:
    """Note the device of the learner's sign-in at hand; returns the token (256 random bits) for the device's cookie.

    `token` is what the browser brought, or empty. A device that is new to an account which has others is told about.
    """
    if actor.id is None:
        raise LookupError("nobody is signed in")
    kept = token if OURS.fullmatch(token) else secrets.token_urlsafe(32)
    now, browser = clock.now(), family_of(user_agent)
    with transaction() as current:
        of_account = LearnerDevice.learner_account_id == actor.id
        digests = runtime().keyring.digests(PURPOSE, _bound(actor.id, kept))
        device_id = current.scalar(
            # Past the ORM: being seen is no change of the row that anybody could conflict with.
            update(LearnerDevice)
            .where(of_account, LearnerDevice.token_digest.in_(digests))
            .values(last_seen_at=now, browser=browser)
            .returning(LearnerDevice.id)
        )
        if device_id is None:
            has_others = current.scalar(select(LearnerDevice.id).where(of_account).limit(1)) is not None
            device_id = _add(actor, digests[-1], browser)
            if has_others:
                audit("accounts.new_device", actor=actor, subject=("learner", actor.id), new={"browser": browser})
                tell(Happening.NEW_DEVICE, actor.id)
        current.execute(update(AccountSession).where(AccountSession.id == actor.session_id).values(device_id=device_id))
    return kept


def _bound(account_id: UUID, token: str) -> str:
    return f"device:{account_id}:{token}"


def _add(actor: Identity, digest: str, browser: str) -> UUID:
    now = clock.now()
    with transaction() as current:
        row = LearnerDevice(
            learner_account_id=actor.id, token_digest=digest, browser=browser, first_seen_at=now, last_seen_at=now
        )
        current.add(row)
        current.flush()
        return row.id


def sign_out_device(device_id: UUID, *, actor: Identity) -> bool:
    """End every sign-in on one of the learner's own devices; whether the sign-in at hand was one. Raises NotFound."""
    with transaction() as current:
        device = get_device_for(actor, device_id)
        ended = current.scalars(
            update(AccountSession)
            .where(AccountSession.device_id == device.id, AccountSession.ended_at.is_(None))
            .values(ended_at=clock.now())
            .returning(AccountSession.id)
        ).all()
        if ended:
            new = {"browser": device.browser}
            audit("accounts.sign_out_device", actor=actor, subject=("learner", actor.id), new=new)
    return actor.session_id in ended
