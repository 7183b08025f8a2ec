"""Many rows of one table in one statement: they travel as one JSON text, and PostgreSQL takes the list apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Insert,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSON

from tenants.database import Base, transaction


def insert_many(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows` (by column name; what they do not name gets the column's default) in one statement.

    For long lists: no objects are made, nothing comes back. Every row names the same columns.
    """
    if not rows:
        return
    given = list(rows[0])
    fill = [(name, make) for name, make in _defaults(model) if name not in rows[0]]
    names = [*given, *(name for name, _make in fill)]
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in given}
    columns |= {name: [make() for _row in rows] for name, make in fill}
    # What is the same in every row (the court, the hour, who did it) travels once.
    same = [name for name in names if all(value is columns[name][0] for value in columns[name])]
    varied = [name for name in names if name not in same] or [names[0]]
    lines = [dict(zip(varied, line, strict=True)) for line in zip(*(columns[name] for name in varied), strict=True)]
    text = json.dumps(lines, default=_plain, ensure_ascii=False)
    constant = {f"same_{name}": columns[name][0] for name in same if name not in varied}
    with transaction() as session:
        session.execute(_statement(model, tuple(names), frozenset(varied)), {"lines": text, **constant})


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
def _statement(model: type[Base], names: tuple[str, ...], varied: frozenset[str]) -> Insert:
    columns = _table(model).c
    told = [column(name, Text() if _binary(columns[name]) else columns[name].type) for name in names if name in varied]
    lines = func.json_to_recordset(cast(bindparam("lines", type_=Text()), JSON))
    source = lines.table_valued(*told).render_derived(with_types=True)
    values: list[ColumnElement[Any]] = []
    for name in names:
        if name not in varied:
            values.append(cast(bindparam(f"same_{name}", type_=columns[name].type), columns[name].type))
        elif _binary(columns[name]):
            values.append(func.decode(source.c[name], "hex"))
        else:
            values.append(source.c[name])
    return insert(_table(model)).from_select(list(names), select(*values).select_from(source), include_defaults=False)


def _binary(one: Column[Any]) -> bool:
    return isinstance(one.type, LargeBinary)


def _plain(value: Any) -> str:
    match value:
        case UUID():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
    raise TypeError(f"{type(value).__name__} does not travel as JSON")
