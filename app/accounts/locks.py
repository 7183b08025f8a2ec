"""The lock of the staff's door: five failures in fifteen minutes close it until an administrator releases it.

A lock stands for the address that was typed, whether it is anybody's or not: known and unknown answer alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import StaffLock
from app.core import clock
from app.core.errors import TooMany
from app.core.runtime import runtime
from tenants.database import apart, session, transaction

PURPOSE = "limit"


class Locked(TooMany):
    """No wait helps: an administrator has to release the lock."""

    def __init__(self) -> None:
        super().__init__(0)


def _digests(address: str) -> list[str]:
    return runtime().keyring.digests(PURPOSE, f"staff-lock:{address}")


def check(address: str) -> None:
    """Raises Locked. `address` is normalized."""
    with transaction() as current:
        if current.scalar(select(StaffLock.id).where(StaffLock.address_digest.in_(_digests(address)))) is not None:
            raise Locked


def lock(address: str) -> bool:
    """Close the door for an address; stays even when the request's own work is rolled back. False: it was closed."""
    values = {"address_digest": runtime().keyring.digest(PURPOSE, f"staff-lock:{address}"), "locked_at": clock.now()}
    with apart(), transaction() as current:
        query = insert(StaffLock).values(values).on_conflict_do_nothing().returning(StaffLock.id)
        return current.scalar(query) is not None


def unlock(address: str) -> bool:
    """Open the door again. False: it was not closed."""
    with transaction() as current:
        gone = delete(StaffLock).where(StaffLock.address_digest.in_(_digests(address))).returning(StaffLock.id)
        return bool(current.scalars(gone).all())


def locked_since(addresses: Iterable[str]) -> dict[str, datetime]:
    """Which of these normalized addresses are locked, and since when (UTC)."""
    owner = {digest: address for address in addresses for digest in _digests(address)}
    query = select(StaffLock.address_digest, StaffLock.locked_at).where(StaffLock.address_digest.in_(owner))
    return {owner[digest]: at for digest, at in session().execute(query)}
