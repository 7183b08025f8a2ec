"""Taking turns: what only one at a time may do for a court."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select

from tenants.database import transaction
from tenants.scope import current_court_id


def take_turn(doing: str) -> None:
    """Wait until nobody else of the court at work is `doing` this; the turn ends with the transaction at hand.

    Look only after it whether there is something to do: what the one before has done can be seen then.
    """
    name = f"{current_court_id()}:{doing}"
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with transaction() as current:
        current.execute(select(func.pg_advisory_xact_lock(key)))
