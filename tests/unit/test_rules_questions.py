"""The rules editor asks for every field of the rules, and what it shows it reads back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from typing import Any, get_args

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app.core.i18n import LANGUAGES
from app.court_admin import drafting
from app.court_admin.court_parts import PART_BY_KEY, PARTS
from app.court_admin.limits import limits_in_words
from app.court_admin.questions import Kind, Question, read, shown, value_at
from app.court_admin.running import RUNNING, amended, differing
from tenants.program import ProgramDocument, load_preset, preset_names

# Fields that a table's own columns stand for, and those that a form never shows.
OF_COLUMNS = {"required": "use"}
# Columns that say whether a row is there, and where: the rows themselves say it in the document.
OF_ROWS = {"position", "show"}


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every field of the document that is no section of its own; a list of rows is one."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, here)
        else:
            yield here


def rows_of(path: tuple[str, ...]) -> type[BaseModel] | None:
    model: Any = ProgramDocument
    for step in path:
        model = model.model_fields[step].annotation
    row = next(iter(get_args(model)), None)
    return row if isinstance(row, type) and issubclass(row, BaseModel) else None


def test_every_field_of_the_rules_is_asked_for_once() -> None:
    asked = [question.path for part in PARTS for question in part.questions]
    assert len(asked) == len(set(asked))
    assert {path[:-1] if path[-1] in LANGUAGES else path for path in asked} == set(leaves(ProgramDocument))


def test_every_column_of_a_table_is_asked_for() -> None:
    for part in PARTS:
        for question in part.questions:
            if question.kind is Kind.TABLE:
                row = rows_of(question.path)
                assert row is not None
                fields = {OF_COLUMNS.get(name, name) for name in row.model_fields}
                assert fields == {column.path[0] for column in question.columns} - OF_ROWS


def test_every_question_says_why_or_what_is_usual() -> None:
    obvious = {"letterhead", "text", "statement_use", "procedure"}  # names, addresses and texts explain themselves
    for part in PARTS:
        assert str(part.intro)
        for question in part.questions:
            assert question.hint or set(question.path) & obvious, question.path


@pytest.mark.parametrize("name", preset_names())
def test_what_is_shown_of_a_preset_is_read_back_as_it_was(name: str) -> None:
    document = load_preset(name).to_json()
    known = drafting.offered(document, [])
    for part in PARTS:
        values = drafting.shown_values(part, document, known)
        for question in part.questions:
            if question.kind not in (Kind.TABLE, Kind.PICTURE) and not question.left_out_if_blank:
                found, meant = read(question, values[question.name]), value_at(document, question.path)
                unordered = question.kind is Kind.CHOICES
                assert (sorted(found) if unordered else found) == (sorted(meant) if unordered else meant)


def question(kind: Kind) -> Question:
    return Question(("x",), "x", kind)


@given(st.integers(0, 10**9))
def test_cents_come_back_to_the_cent(cents: int) -> None:
    assert read(question(Kind.DOLLARS), shown(question(Kind.DOLLARS), cents)) == cents


@given(st.lists(st.dates(date(1900, 1, 1), date(2200, 1, 1)).map(date.isoformat)))
def test_dates_come_back_in_either_way_of_writing_them(days: list[str]) -> None:
    assert read(question(Kind.DATES), shown(question(Kind.DATES), days)) == days
    assert read(question(Kind.DATES), "\n".join(days)) == days


@given(st.lists(st.integers(-999, 999)), st.times().map(lambda t: time(t.hour, t.minute)))
def test_numbers_and_times_come_back(numbers: list[int], at: time) -> None:
    assert read(question(Kind.NUMBERS), shown(question(Kind.NUMBERS), numbers)) == numbers
    assert read(question(Kind.TIME), shown(question(Kind.TIME), at.isoformat())) == at.isoformat()


@given(st.sampled_from(list(Kind)), st.text(max_size=60))
def test_whatever_is_typed_is_read_without_an_accident_and_shown_again(kind: Kind, typed: str) -> None:
    asked = Question(("x",), "x", kind, choices=(("a", "A"),))
    value = read(asked, [typed] if kind is Kind.CHOICES else typed)
    assert isinstance(shown(asked, value), str | bool | list)


@given(st.sampled_from(list(PART_BY_KEY)), st.text(max_size=30), st.data())
def test_a_fault_anywhere_is_a_fault_of_the_part_that_asks_for_it(key: str, typed: str, data: st.DataObject) -> None:
    document = load_preset("municipal").to_json()
    part = PART_BY_KEY[key]
    asked = data.draw(st.sampled_from([one for one in part.questions if one.kind is Kind.NUMBER] or [None]))
    if asked is None:
        return
    broken = drafting.with_value(document, asked.path, read(asked, f"{typed}x"))
    assert key in drafting.faults_by_part(broken, ())


def test_the_rules_for_running_cases_are_questions_with_a_reason() -> None:
    asked = {question.path for part in PARTS for question in part.questions}
    for rule in RUNNING:
        assert rule.path in asked
        assert str(rule.reason)
        assert rule.stages


@given(st.sampled_from(preset_names()), st.data())
def test_an_amended_version_is_sound_whenever_both_versions_are(name: str, data: st.DataObject) -> None:
    """Cadence, term and languages of the earlier version are as awkward as they can be."""
    old = load_preset(name).to_json()
    old["accountability"] |= {
        "cadence": data.draw(st.sampled_from(["weekly", "monthly"])),
        "window_days": 1,
        "months": 1,
    }
    old["term"]["longest_months"] = 1
    new = load_preset("municipal").to_json()
    new["accountability"] |= {
        "window_days": 28,
        "grace_days": data.draw(st.integers(0, 14)),
        "misses_allowed": data.draw(st.integers(0, 24)),
        "officer_questions": data.draw(st.lists(st.sampled_from(["A?", "B?", "C?"]), unique=True, max_size=3)),
    }
    new["coursework"] |= {"quiz_attempts": data.draw(st.integers(1, 20)), "quiz_wait_hours": 168}
    ProgramDocument.model_validate(new)
    ProgramDocument.model_validate(old)
    ProgramDocument.model_validate(amended(old, new))


@pytest.mark.parametrize("before", preset_names())
@pytest.mark.parametrize("newer", preset_names())
def test_an_amendment_takes_the_listed_rules_and_nothing_else(before: str, newer: str) -> None:
    old, new = load_preset(before).to_json(), load_preset(newer).to_json()
    mixed = amended(old, new)
    ProgramDocument.model_validate(mixed)
    assert differing(mixed, new) == ()
    for part in PARTS:
        for question in part.questions:
            source = new if question.path in {rule.path for rule in RUNNING} else old
            assert value_at(mixed, question.path) == value_at(source, question.path)


def test_the_limits_that_are_said_are_those_that_judge(app: Flask) -> None:
    document = load_preset("municipal").to_json()
    with app.test_request_context():
        for part in PARTS:
            said = limits_in_words(part)
            for asked in (one for one in part.questions if one.kind is Kind.NUMBER):
                least, most = (int(number) for number in re.findall(r"\d+", said["", asked.name]))
                wrong = {
                    number
                    for number in (least - 1, least, most, most + 1)
                    if any(
                        error["loc"] == asked.path and error["type"] in ("greater_than_equal", "less_than_equal")
                        for error in drafting.faults(drafting.with_value(document, asked.path, number), ())
                    )
                }
                assert wrong == {least - 1, most + 1}, asked.path
