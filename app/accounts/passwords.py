"""Passwords: Argon2id, and the same time for a known and an unknown account."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106's second recommended option: 64 MiB, 3 passes, 4 lanes.
hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)

# The hash of a value that was thrown away, by the same parameters: what an unknown account is checked against.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$g7ACeQ5WH9qlGbhqC1BAMA$9RKKdGc4a8Mt0mX7sF5LitBVIWh5OLHeJPuKbCH8vH0"

# Kept for an account that has no password (yet): no password is right for it.
NO_PASSWORD = ""


def hash_password(password: str) -> str:
    """An Argon2id hash. Nothing is trimmed or cut off."""
    return hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the one of `stored`. Without an account (None) it takes as long and is False."""
    try:
        return hasher.verify(stored or NOBODY, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False
