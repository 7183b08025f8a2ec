"""Many small lists about one thing in one statement: a page that draws on twenty tables asks the database once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from tenants.database import Base, Ready

Model = TypeVar("Model", bound=Base)

# How a value of a type comes out of PostgreSQL's JSON; of every other type as it is.
_FROM_JSON: tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[str], Any]], ...] = (
    (sa.Uuid, UUID),
    (sa.DateTime, datetime.fromisoformat),
    (sa.Date, date.fromisoformat),
    (sa.Time, time.fromisoformat),
)


class Gathering:
    """Made once from `select(Model).where(...).order_by(...)`, one of each model; read as often as wanted.

    Columns in `without` are not read: large ones, and words that the page has no business with.
    """

    def __init__(
        self, *queries: sa.Select[*tuple[Any, ...]], without: Collection[InstrumentedAttribute[Any]] = ()
    ) -> None:
        left_out = {attribute.property.columns[0] for attribute in without}
        self._models: list[tuple[type[Base], list[tuple[str, Callable[[str], Any] | None]]]] = []
        lists = []
        for query in queries:
            model = query.column_descriptions[0]["entity"]
            columns = [column for column in sa.inspect(model).columns if column not in left_out]
            self._models.append((model, [(column.key, _reader(column)) for column in columns]))
            rows = query.with_only_columns(*columns, maintain_column_froms=True).subquery()
            lists.append(sa.select(sa.func.json_agg(sa.func.json_build_array(*rows.c))).scalar_subquery())
        self._statement = Ready(sa.select(*lists))

    def read(self, **parameters: Any) -> Gathered:
        """The lists, in the session of the scope at hand. One statement."""
        (row,) = self._statement.read(**parameters)
        return Gathered(
            {
                model: [_made(model, columns, values) for values in found or ()]
                for (model, columns), found in zip(self._models, row, strict=True)
            }
        )


class Gathered:
    """What a Gathering found: rows that no session knows, to be read and never changed."""

    def __init__(self, rows: dict[type[Base], list[Any]]) -> None:
        self._rows = rows

    def of(self, model: type[Model]) -> Sequence[Model]:
        """The rows of one model in their order; none where the gathering did not ask for it."""
        return self._rows.get(model, [])

    def without(self, *models: type[Base]) -> Gathered:
        """The same, but for the rows of these models."""
        return Gathered({model: rows for model, rows in self._rows.items() if model not in models})


def _reader(column: sa.Column[Any]) -> Callable[[str], Any] | None:
    return next((read for kind, read in _FROM_JSON if isinstance(column.type, kind)), None)


def _made(model: type[Base], columns: list[tuple[str, Callable[[str], Any] | None]], values: list[Any]) -> Base:
    return model(
        **{
            key: value if read is None or value is None else read(value)
            for (key, read), value in zip(columns, values, strict=True)
        }
    )
