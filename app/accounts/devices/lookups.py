"""The devices of a learner's account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.accounts import sessions
from app.accounts.devices.models import LearnerDevice
from app.accounts.models import AccountSession
from app.core.errors import NotFound
from app.permissions.identity import Identity
from tenants.database import session

SHOWN = 50


@dataclass(frozen=True)
class Shown:
    """A device on its owner's page. Times are UTC."""

    id: UUID
    browser: str
    first_seen_at: datetime
    last_seen_at: datetime
    signed_in: bool
    this_one: bool


def devices_for(learner: Identity) -> list[Shown]:
    """The learner's own devices, the last used first (at most 50)."""
    if learner.id is None:
        raise NotFound
    query = (
        select(LearnerDevice)
        .where(LearnerDevice.learner_account_id == learner.id)
        .order_by(LearnerDevice.last_seen_at.desc(), LearnerDevice.id.desc())
        .limit(SHOWN)
    )
    open_now = sessions.open_sessions(learner_account_id=learner.id)
    here = next((one.device_id for one in open_now if one.id == learner.session_id), None)
    return [_shown(row, [one for one in open_now if one.device_id == row.id], here) for row in session().scalars(query)]


def _shown(row: LearnerDevice, open_now: Sequence[AccountSession], here: UUID | None) -> Shown:
    seen = max((row.last_seen_at, *(one.last_seen_at for one in open_now)))
    return Shown(row.id, row.browser, row.first_seen_at, seen, bool(open_now), row.id == here)


def get_device_for(learner: Identity, device_id: UUID) -> LearnerDevice:
    """One of the learner's own devices. Raises NotFound."""
    query = select(LearnerDevice).where(LearnerDevice.id == device_id, LearnerDevice.learner_account_id == learner.id)
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def devices_by_session(account_id: UUID) -> dict[UUID, LearnerDevice]:
    """The device of each sign-in that an account ever had; none for those from before devices were noted."""
    query = (
        select(AccountSession.id, LearnerDevice)
        .join(LearnerDevice, LearnerDevice.id == AccountSession.device_id)
        .where(AccountSession.learner_account_id == account_id)
    )
    return {row[0]: row[1] for row in session().execute(query)}
