"""Many enrollments in one statement, without a parameter for each: what lists of cases are read with."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from typing import cast as typed
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Text,
    Uuid,
    all_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from tenants.database import session

# One text holds all the ids, and a subquery takes it apart once: an array's cast would be worked out for every row.
_IDS = select(func.unnest(cast(bindparam("enrollment_ids", type_=Text()), ARRAY(Uuid))))


def ids(enrollments: Iterable[UUID | str]) -> dict[str, str]:
    """The parameter of every statement that asks `among`: the enrollments that it is about."""
    return {"enrollment_ids": "{" + ",".join(map(str, enrollments)) + "}"}


def among(column: Any) -> ColumnElement[bool]:
    """`column` is one of the enrollments that the statement is about (see `ids`)."""
    found: ColumnElement[bool] = column.in_(_IDS)
    return found


def is_one_of(column: Any, values: Collection[str]) -> ColumnElement[bool]:
    """`column.in_(values)` for statements that are made once: IN's list would be written out at every use."""
    return typed("ColumnElement[bool]", column == any_(literal(sorted(values), ARRAY(Text))))


def is_none_of(column: Any, values: Collection[str]) -> ColumnElement[bool]:
    """`column.not_in(values)`, likewise."""
    return typed("ColumnElement[bool]", column != all_(literal(sorted(values), ARRAY(Text))))


def facts_about(enrollments: Iterable[UUID | str], statement: Executable, **parameters: Any) -> CursorResult[Any]:
    """The rows of a statement that asks `among`. Plain rows: no objects are loaded."""
    return session().connection().execute(statement, ids(enrollments) | parameters)
