"""The name under which a facilitator knows a participant."""

from __future__ import annotations

import hashlib
from uuid import UUID

# No look-alikes, as on enrollment codes.
SYMBOLS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 4


def pseudonym(enrollment_id: UUID) -> str:
    """Four symbols, always the same for one enrollment, that tell nothing about the person."""
    number = int.from_bytes(hashlib.sha256(b"pseudonym" + enrollment_id.bytes).digest()[:8])
    symbols = []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(SYMBOLS))
        symbols.append(SYMBOLS[rest])
    return "".join(symbols)
