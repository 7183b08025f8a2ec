"""Every fault of a document at once, each at its own field.

Pydantic stops at the fields: a check that compares fields runs only when each of them is right, and complains about the
whole section. Here such checks look at what was given, whatever else is wrong with it, and name the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, LiteralString, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

FaultKind = Literal[
    "listed_twice",
    "none_required",
    "amount_or_percentage",
    "percentage_of_nothing",
    "bands_must_rise",
    "bands_must_waive_less",
    "longer_than_cadence",
    "statement_use_missing",
    "open_and_closed",
    "too_long_for_term",
    "unknown_field",
    "other_language_missing",
    "column_needed",
    "section_needed",
    "not_in_this_kind",
    "no_copy",
    "delivered_to_nobody",
]

# The words for those who read the error itself; pages have their own, by kind.
FAULTS: Mapping[FaultKind, LiteralString] = {
    "listed_twice": "it is listed twice",
    "none_required": "at least one module must be required",
    "amount_or_percentage": "give either an amount, or a percentage and the component it is of",
    "percentage_of_nothing": "it must name another component that has an amount",
    "bands_must_rise": "each band must reach further than the one before",
    "bands_must_waive_less": "a higher income must not waive more",
    "longer_than_cadence": "it must not be longer than the time from one check-in to the next",
    "statement_use_missing": "say how statements are used, in each language of the agreement",
    "open_and_closed": "the court can not be open and closed on one day",
    "too_long_for_term": "the months of accountability alone are longer",
    "unknown_field": "braces may only hold the name of a field that there is",
    "other_language_missing": "write it in each language of the agreement",
    "column_needed": "the column that says what a row is about must be shown",
    "section_needed": "sections that every report of this kind needs are missing",
    "not_in_this_kind": "this kind of report has no such section",
    "no_copy": "this kind of report has no courtesy copy: a person writes it, in one language",
    "delivered_to_nobody": "name somebody who gets it",
}

Path = tuple[str | int, ...]
Fault = tuple[Path, FaultKind]


class Section(BaseModel):
    """A part of the rules. Unknown fields are refused: a misspelled rule must never be a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def compare(cls, given: Mapping[str, Any]) -> Iterator[Fault]:
        """Faults between the fields of `given`, which may have any shape. By default none."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault_at_once(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        faults: list[InitErrorDetails] = []
        made: Self | None = None
        try:
            made = handler(given)
        except ValidationError as invalid:
            faults = [_again(error) for error in _told(invalid.errors())]
        if isinstance(given, Mapping | BaseModel):
            faults += [
                InitErrorDetails(type=PydanticCustomError(kind, FAULTS[kind]), loc=path, input=None)
                for path, kind in cls.compare(plain(given))
            ]
        if faults or made is None:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return made


def _told(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """The errors, without "too short" for lists whose only fault is that a row of them is wrong."""
    places = [error["loc"] for error in errors]

    def has_faulty_row(loc: Path) -> bool:
        return any(len(place) > len(loc) and place[: len(loc)] == loc for place in places)

    return [error for error in errors if error["type"] != "too_short" or not has_faulty_row(error["loc"])]


def _again(error: ErrorDetails) -> InitErrorDetails:
    kind = next((kind for kind in FAULTS if kind == error["type"]), None)
    if kind is not None:
        return InitErrorDetails(type=PydanticCustomError(kind, FAULTS[kind]), loc=error["loc"], input=error["input"])
    return InitErrorDetails(type=error["type"], loc=error["loc"], input=error["input"], ctx=error.get("ctx", {}))


def plain(given: Any) -> dict[str, Any]:
    """`given` as a dictionary; empty when it is none."""
    if isinstance(given, BaseModel):
        return given.model_dump()
    return dict(given) if isinstance(given, Mapping) else {}


def rows(given: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a list with their places; what is no row is an empty one."""
    if isinstance(given, list | tuple):
        yield from ((at, plain(row)) for at, row in enumerate(given))


def values(given: Any) -> Iterator[tuple[int, Any]]:
    """The single values of a list with their places."""
    if isinstance(given, list | tuple):
        yield from enumerate(given)


def repeated(found: Iterator[tuple[int, Any]]) -> Iterator[int]:
    """The places of values that stood there before."""
    seen: list[Any] = []
    for at, value in found:
        if value is not None and value in seen:
            yield at
        seen.append(value)
