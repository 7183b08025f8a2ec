"""Many rows of one table in one statement: they travel as one JSON text, and PostgreSQL takes the list apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, LargeBinary, Table, Text, bindparam, cast, column, func, insert, select
from sqlalchemy.dialects.postgresql import JSON

from tenants.database import Base, transaction


def insert_many(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows` (by column name; what they do not name gets the column's default) in one statement.

    For long lists: no objects are made, nothing comes back. Every row names the same columns.
    """
    if not rows:
        return
    given = tuple(rows[0])
    fill = [(name, make) for name, make in _defaults(model) if name not in rows[0]]
    lines = [[*row.values(), *(make() for _name, make in fill)] for row in rows]
    names = (*given, *(name for name, _make in fill))
    text = json.dumps([dict(zip(names, line, strict=True)) for line in lines], default=_plain, ensure_ascii=False)
    with transaction() as session:
        session.execute(_statement(model, names), {"lines": text})


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


@cache
def _defaults(model: type[Base]) -> tuple[tuple[str, Callable[[], Any]], ...]:
    """Columns that fill themselves, each with what makes its value."""
    found: list[tuple[str, Callable[[], Any]]] = []
    for one in _table(model).columns:
        default: Any = one.default
        if default is not None:
            found.append((one.name, _maker(default.arg)))
    return tuple(found)


def _maker(value: Any) -> Callable[[], Any]:
    return (lambda: value(None)) if callable(value) else (lambda: value)  # SQLAlchemy hands callables a context


@cache
def _statement(model: type[Base], names: tuple[str, ...]) -> Insert:
    columns = [_table(model).c[name] for name in names]
    binary = [isinstance(one.type, LargeBinary) for one in columns]
    told = [column(one.name, Text() if hexed else one.type) for one, hexed in zip(columns, binary, strict=True)]
    lines = func.json_to_recordset(cast(bindparam("lines", type_=Text()), JSON))
    source = lines.table_valued(*told).render_derived(with_types=True)
    values = [
        func.decode(source.c[name], "hex") if hexed else source.c[name]
        for name, hexed in zip(names, binary, strict=True)
    ]
    return insert(_table(model)).from_select(list(names), select(*values), include_defaults=False)


def _plain(value: Any) -> str:
    match value:
        case UUID():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
    raise TypeError(f"{type(value).__name__} does not travel as JSON")
