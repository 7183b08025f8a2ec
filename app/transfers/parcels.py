"""The mailbox between two courts: what is in a parcel, sealed, and its moves. A parcel shows at its two courts only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from app.cases.rules import move
from app.core import clock
from app.core.errors import NotFound
from app.core.runtime import runtime
from app.transfers.models import TransferParcel
from app.transfers.rules import PARCEL_MOVES
from tenants.database import session, transaction

KEY = "transfer"
Part = Literal["offer", "package", "reply"]


def seal(parcel: TransferParcel, part: Part, content: Mapping[str, Any]) -> None:
    """Put `content` (JSON-ready) into one part of a parcel. Nobody reads it without the portal's keys."""
    told = json.dumps(content, ensure_ascii=False).encode()
    setattr(parcel, part, runtime().keyring.seal(KEY, told, bound_to=f"{part} {parcel.id}"))


def opened(parcel: TransferParcel, part: Part) -> dict[str, Any]:
    """What is in one part of a parcel; nothing where it was emptied."""
    sealed = getattr(parcel, part)
    if not sealed:
        return {}
    found: dict[str, Any] = json.loads(runtime().keyring.open(KEY, sealed, bound_to=f"{part} {parcel.id}"))
    return found


def the_parcel(parcel_id: UUID, *, lock: bool = False) -> TransferParcel:
    """A parcel of the court at work, from it or to it. Raises NotFound."""
    query = select(TransferParcel).where(TransferParcel.id == parcel_id)
    found = session().scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def put_on(parcel: TransferParcel, to: str) -> None:
    """Move a locked parcel on; one that has come to its end is emptied. Raises IllegalMove."""
    with transaction() as current:
        move(parcel.state, to, PARCEL_MOVES)
        parcel.state = to
        if to in ("received", "refused", "withdrawn", "expired"):
            parcel.ended_at = clock.now()
            parcel.offer = parcel.package = ""
        current.flush()
