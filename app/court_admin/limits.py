"""The limits of the document's numbers, in words: said before somebody types, from the same source that judges it."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel

from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.court_admin.questions import Kind, Part, Question
from tenants.program import ProgramDocument


def limits_in_words(part: Part) -> dict[tuple[str, str], str]:
    """By (table's name or "", question's name): "From 1 to 24." for each number that has limits."""
    found: dict[tuple[str, str], str] = {}
    for question in part.questions:
        model = _model_of(ProgramDocument, question.path[:-1])
        found["", question.name] = _words(question, model)
        row = _row_of(model, question) if question.kind is Kind.TABLE else None
        for column in question.columns:
            found[question.name, column.name] = _words(column, row)
    return {key: words for key, words in found.items() if words}


def _words(question: Question, model: type[BaseModel] | None) -> str:
    field = model.model_fields.get(question.path[-1]) if model is not None else None
    if field is None or question.kind not in (Kind.NUMBER, Kind.DOLLARS):
        return ""
    # The limits of a number that may be left out stand inside of its type.
    metadata = [*field.metadata, *(one for kind in get_args(field.annotation) for one in get_args(kind)[1:])]
    least = next((one.ge for one in metadata if hasattr(one, "ge")), None)
    most = next((one.le for one in metadata if hasattr(one, "le")), None)
    if not isinstance(least, int) or not isinstance(most, int):
        return ""
    show = format_cents if question.kind is Kind.DOLLARS else str
    return str(_("From %(least)s to %(most)s.", least=show(least), most=show(most)))


def _model_of(model: Any, path: tuple[str, ...]) -> type[BaseModel] | None:
    for step in path:
        field = model.model_fields.get(step) if _is_model(model) else None
        model = field.annotation if field is not None else None
    return model if _is_model(model) else None


def _row_of(model: type[BaseModel] | None, question: Question) -> type[BaseModel] | None:
    if model is None:
        return None
    row: Any = next(iter(get_args(model.model_fields[question.path[-1]].annotation)), None)
    return row if _is_model(row) else None


def _is_model(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)
