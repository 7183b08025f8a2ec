"""Guesses at passwords and codes: counted per account and per address, the same for accounts that do not exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.accounts import locks
from app.core import limits
from app.core.actor import SYSTEM
from app.core.audit import audit_refused
from app.core.errors import TooMany
from app.core.limits import Limit

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
# A courthouse shares one address: one person's typing must not keep the whole office out.
PER_ADDRESS = 30


@dataclass(frozen=True)
class Guard:
    """The limits of one door for one try. `account` is whatever was typed, so that nothing shows whether it exists."""

    door: str
    account: str
    address: str

    @property
    def place(self) -> str:
        return limits.place_of(self.address)

    def _limits(self) -> tuple[tuple[Limit, str], ...]:
        return (
            (Limit(f"{self.door}-account", PER_ACCOUNT, WINDOW), self.account),
            (Limit(f"{self.door}-address", PER_ADDRESS, WINDOW), self.place),
        )

    def check(self) -> None:
        """Raises TooMany, saying after how many seconds the next try counts."""
        for limit, key in self._limits():
            limits.check(limit, key)

    def failed(self) -> None:
        for limit, key in self._limits():
            limits.count(limit, key)

    def passed(self) -> None:
        """Forget the account's failures. The address keeps its own: somebody may guess at many accounts from there."""
        limit, key = self._limits()[0]
        limits.clear(limit, key)


@dataclass(frozen=True)
class StaffGuard(Guard):
    """A door of the staff: the fifth failure locks `email` until an administrator releases it."""

    email: str = ""

    def check(self) -> None:
        """Raises Locked, or TooMany for a place from which too much is tried."""
        locks.check(self.email)
        super().check()

    def failed(self) -> None:
        super().failed()
        limit, key = self._limits()[0]
        try:
            limits.check(limit, key)
        except TooMany:
            if locks.lock(self.email):
                new = {"email": self.email, "door": self.door}
                audit_refused("accounts.lock", actor=SYSTEM, subject=("staff", None), new=new)


def password_guard(email: str, address: str) -> StaffGuard:
    """The staff's password door. `email` is normalized, `address` the network address."""
    return StaffGuard("staff-sign-in", email, address, email)


def code_guard(member_id: object, email: str, address: str) -> StaffGuard:
    """The staff's second-factor door."""
    return StaffGuard("second-factor", str(member_id), address, email)
