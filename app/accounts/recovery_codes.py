"""Recovery codes of the second factor: ten, shown once, each good for one sign-in when the phone is away."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from app.core.runtime import runtime

HOW_MANY = 10
LETTERS = "23456789abcdefghjkmnpqrstvwxyz"  # none that look alike; 30 of them
LENGTH = 12  # 58 bits, guesses locked after five
PURPOSE = "totp"


def new_codes() -> list[str]:
    """Ten codes in groups of four, for showing once."""
    made = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(HOW_MANY)]
    return ["-".join(code[i : i + 4] for i in range(0, LENGTH, 4)) for code in made]


def plain(typed: str) -> str:
    """A code as it is hashed, however it was typed."""
    return "".join(c for c in typed.lower() if c.isalnum())[: 4 * LENGTH]


def digest(code: str, credential_id: UUID) -> str:
    """What is kept of a code: a keyed hash, bound to its credential."""
    return runtime().keyring.digest(PURPOSE, f"recovery:{credential_id}:{plain(code)}")


def without(kept: Sequence[str], typed: str, credential_id: UUID) -> list[str] | None:
    """The hashes that are left when `typed` is used up; None when it is none of them."""
    tried = runtime().keyring.digests(PURPOSE, f"recovery:{credential_id}:{plain(typed)}")
    left = [each for each in kept if each not in tried]
    return left if len(left) < len(kept) else None
