"""Guesses at passwords and codes: counted per account and per address, the same for accounts that do not exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.core import limits
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
