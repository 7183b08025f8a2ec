"""The program calendar of a report: every day in its month, each mark told by its shape, for any plan."""

import itertools
import re
from datetime import date, timedelta
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.calendar_picture import MONTHS_SHOWN, ROW, Shape, _mark, calendar_picture, marks_of
from app.reports.charts import CHECK_IN_MARKS
from app.reports.html import render_html, render_page
from app.reports.snapshot import CheckIn, Snapshot
from tests.functional.report_samples import plain, sample

STATES = ["scheduled", "open", "submitted", "accepted", "returned", "missed", "excused"]
days = st.dates(date(2026, 1, 1), date(2028, 6, 30))
check_ins = st.lists(st.builds(CheckIn, due=days, state=st.sampled_from(STATES)), min_size=1, max_size=104)
SHAPES: tuple[Shape, ...] = ("done", "part", "missed", "excused", "todo", "hearing", "deadline", "today")


def planned(*found: CheckIn, **case: object) -> Snapshot:
    whole = sample("progress")
    return sample("progress", check_ins=found, case=whole.case.model_copy(update=case))


@given(check_ins, st.lists(days, max_size=4), st.sampled_from(["print", "web"]))
def test_every_day_is_inside_the_picture_and_each_check_in_has_its_mark(found, hearings, medium):
    snapshot = planned(*found, hearings=tuple(hearings))
    picture = calendar_picture(snapshot, plain, medium=medium)
    assert picture is not None
    circles = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', picture.svg)
    assert len(circles) == len(found)
    assert all(0 < float(x) < picture.width and 0 < float(y) < picture.height for x, y in circles)
    assert len(re.findall(r"<polygon", picture.svg)) == len(hearings or [1]) + 1
    assert picture.width <= (471 if medium == "print" else 301)
    assert "style=" not in picture.svg
    minidom.parseString(picture.svg)


@pytest.mark.parametrize(("months", "rows"), [(1, 1), (6, 1), (12, 1), (13, 2), (24, 2), (60, 3)])
def test_from_one_month_to_many(months: int, rows: int) -> None:
    first = date(2026, 1, 15)
    found = [CheckIn(due=date(first.year + at // 12, at % 12 + 1, 15), state="scheduled") for at in range(months)]
    last = found[-1].due
    snapshot = planned(*found, deadline=first, next_hearing=None).model_copy(update={"as_of": last})
    picture = calendar_picture(snapshot, plain, medium="print")
    assert picture is not None
    assert picture.height == rows * ROW
    assert picture.svg.count("<rect") == min(months, MONTHS_SHOWN)
    assert ("2026" in picture.svg) == (months < 60)  # of a longer plan the latest months


def test_marks_differ_by_shape_not_by_color() -> None:
    drawn = {shape: re.sub(r"#\w{6}", "#", _mark(shape, 9, 0)) for shape in SHAPES}
    # Accepted and to come are filled and empty: told apart in gray, too.
    assert len(set(drawn.values())) == len(SHAPES) - 2
    assert drawn["done"] == drawn["todo"] == drawn["excused"]
    fills = {shape: re.search(r'fill="(#\w+)"', _mark(shape, 9, 0)) for shape in ("done", "todo", "excused")}
    assert len({found[1] for found in fills.values() if found}) == 3


def test_the_words_stand_beside_it() -> None:
    snapshot = planned(
        CheckIn(due=date(2026, 6, 15), state="missed"),
        CheckIn(due=date(2026, 7, 15), state="accepted"),
        CheckIn(due=date(2026, 8, 15), state="scheduled"),
    )
    for page in (render_page(snapshot, plain), render_html(snapshot, plain)):
        for words in ("accepted", "missed", "to come", "hearing", "deadline for the lessons", "today", "1 of 3"):
            assert words in page
        assert "excused" not in page.partition("deadline for the lessons")[0].rpartition("1 of 3")[2]


def test_in_spanish_the_months_are_spanish() -> None:
    picture = calendar_picture(sample("progress", language="es"), plain, medium="print")
    assert picture is not None
    assert ">abr 2026<" in picture.svg


def test_a_report_without_check_ins_has_no_calendar() -> None:
    assert "report-calendar" not in render_page(sample("progress", check_ins=()), plain)
    assert {mark.shape for mark in marks_of(sample("progress"))} >= {*CHECK_IN_MARKS.values()} - {"excused"}


def test_weekly_days_do_not_stand_on_each_other() -> None:
    found = [CheckIn(due=date(2026, 1, 1) + timedelta(days=7 * at), state="accepted") for at in range(52)]
    picture = calendar_picture(planned(*found), plain, medium="print")
    assert picture is not None
    named = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*font-size="6.5"', picture.svg)
    places = sorted((float(y), float(x)) for x, y in named)
    assert all(b[1] - a[1] >= 8 for a, b in itertools.pairwise(places) if a[0] == b[0])
