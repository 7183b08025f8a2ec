"""Identifiers and composite keys: the one way to point from a court's row to another row of the same court."""

from __future__ import annotations

import secrets
import time
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Relationship, relationship


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random. Sorts roughly by insertion.

    The wall clock is meant here, not the portal's: ids stay in order of insertion even when a demo's clock moves.
    """
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


def court_key(column: str, table: str, *, on_delete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key (court_id, column) -> table(court_id, id): another court's row can not be named.

    Deferred to the commit, so that the order of inserts within a transaction is free. With `on_delete="SET NULL"` only
    `column` is blanked, never the court.
    """
    if on_delete == "SET NULL":
        on_delete = f"SET NULL ({column})"
    return ForeignKeyConstraint(
        ["court_id", column],
        [f"{table}.court_id", f"{table}.id"],
        ondelete=on_delete,
        deferrable=True,
        initially="DEFERRED",
    )


def court_unique(*columns: str, name: str | None = None) -> UniqueConstraint:
    """Unique within the court. Globally unique columns would tell one court about another's rows."""
    return UniqueConstraint("court_id", *columns, name=name)


def court_index(name: str, *columns: Any, **options: Any) -> Index:
    """An index that starts with the court, as every query under row-level security does."""
    return Index(name, "court_id", *columns, **options)


def court_relationship(own: str, column: str, target: str) -> Relationship[Any]:
    """Many-to-one from class `own` by `column` to class `target` of the same court.

    Only `column` is foreign in the ORM's eyes: two relationships do not fight over `court_id`, and setting one to None
    never blanks the primary key. Loading is explicit (`joinedload`, `selectinload`): a hidden query per row raises.
    """
    return relationship(
        target,
        primaryjoin=f"and_({own}.court_id == {target}.court_id, foreign({own}.{column}) == {target}.id)",
        lazy="raise",
    )
