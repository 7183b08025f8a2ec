"""What an address may ask of the list of everyone, and of whom something can be done for several people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.caseload.acting.rules import Details, Subject, What, Why, depends_on, why_not
from app.caseload.everyone.wanted import FLAGS, HEARING_DAYS, NOBODY, PER_PAGE, SORTS, TABS, wanted
from app.cases.rules import STATE_WORDS

TODAY = date(2027, 2, 10)
SAID = st.fixed_dictionaries(
    {},
    optional={
        "tab": st.sampled_from([*TABS, "x"]),
        "state": st.sampled_from([*STATE_WORDS["enrollment"], "", "x"]),
        "officer": st.one_of(st.uuids().map(str), st.sampled_from(["", NOBODY, "x"])),
        "flag": st.sampled_from([*FLAGS, "x"]),
        "days": st.one_of(st.sampled_from([str(n) for n in HEARING_DAYS]), st.text(max_size=4)),
        "sort": st.one_of(st.sampled_from([*SORTS, *(f"-{one}" for one in SORTS)]), st.text(max_size=4)),
        "per": st.sampled_from([*map(str, PER_PAGE), "7", ""]),
        "after": st.text(max_size=40),
    },
)


@given(SAID)
def test_a_list_that_was_asked_for_asks_for_itself_again(said):
    found = wanted(said, officers=True, money=True)
    again = wanted(dict(parse_qsl(found.query().removeprefix("?"))), officers=True, money=True)
    assert again == replace(found, after=None)
    if found.state:
        assert found.states == (found.state,)


@given(SAID)
def test_nobody_asks_by_an_address_for_what_is_not_theirs_to_see(said):
    found = wanted(said, officers=False, money=False)
    assert found.officer == ""
    assert found.flag != "waiver"


@pytest.mark.parametrize(
    ("sort", "after", "good"),
    [
        ("activity", "2027-02-10T18:00:00+00:00_00000000-0000-7000-8000-000000000001", True),
        ("activity", "2027-02-10T18:00:00_00000000-0000-7000-8000-000000000001", False),  # of which zone?
        ("deadline", "2027-02-10_00000000-0000-7000-8000-000000000001", True),
        ("name", "_00000000-0000-7000-8000-000000000001", True),
        ("progress", "42_00000000-0000-7000-8000-000000000001", True),
        ("progress", "420_00000000-0000-7000-8000-000000000001", False),
        ("name", "Garcia", False),
    ],
)
def test_a_place_in_the_list(sort, after, good):
    found = wanted({"sort": sort, "after": after}, officers=True, money=True)
    assert (found.after is not None) == good
    if found.after is not None and sort != "name":
        assert str(found.after) == after


CASE = Subject(
    enrollment_id=UUID(int=1),
    name="Robin Ana",
    state="coursework",
    officer_id=UUID(int=2),
    deadline=TODAY + timedelta(days=9),
    case_ends_on=TODAY + timedelta(days=60),
    enrolled=True,
    has_account=True,
)


@pytest.mark.parametrize(
    ("what", "case", "details", "why"),
    [
        (What.REPORT, CASE, Details(), None),
        (What.REPORT, replace(CASE, enrolled=False), Details(), Why.NOT_ENROLLED),
        (What.REMIND, CASE, Details(), None),
        (What.REMIND, replace(CASE, has_account=False), Details(), Why.NO_ACCOUNT),
        (What.REMIND, replace(CASE, state="accountability"), Details(), Why.NOTHING_DUE),
        (What.REMIND, replace(CASE, state="accountability", next_check_in=TODAY), Details(), None),
        (What.REMIND, replace(CASE, state="completed"), Details(), Why.NOTHING_DUE),
        (What.EXCUSE, CASE, Details(), Why.NOTHING_MISSED),
        (What.EXCUSE, replace(CASE, missed_id=UUID(int=3)), Details(), None),
        (What.EXCUSE, replace(CASE, missed_id=UUID(int=3), state="withdrawn"), Details(), Why.CLOSED),
        (What.EXTEND, CASE, Details(until=TODAY + timedelta(days=30)), None),
        (What.EXTEND, CASE, Details(until=TODAY + timedelta(days=9)), Why.NOT_LATER),
        (What.EXTEND, CASE, Details(until=TODAY + timedelta(days=61)), Why.CASE_ENDS),
        (What.EXTEND, replace(CASE, state="accountability"), Details(), Why.LESSONS_OVER),
        (What.REASSIGN, CASE, Details(officer_id=UUID(int=2)), Why.THEIRS_ALREADY),
        (What.REASSIGN, CASE, Details(officer_id=UUID(int=9)), None),
        (What.REASSIGN, replace(CASE, state="terminated"), Details(), Why.CLOSED),
        (What.RETURN, CASE, Details(), None),
        (What.RETURN, replace(CASE, state="completed"), Details(), Why.CANNOT_RETURN),
    ],
)
def test_of_whom_it_can_be_done(what, case, details, why):
    assert why_not(what, case, details, TODAY) == why
    assert Details.from_json(details.to_json()) == details


def test_only_what_matters_to_it_stops_what_was_looked_at():
    """More time depends on the deadline that was shown, a reassignment on the officer; activity stops neither."""
    later, moved = replace(CASE, deadline=TODAY), replace(CASE, officer_id=None)
    assert depends_on(What.EXTEND, later) != depends_on(What.EXTEND, CASE) == depends_on(What.EXTEND, moved)
    assert depends_on(What.REASSIGN, moved) != depends_on(What.REASSIGN, CASE) == depends_on(What.REASSIGN, later)
    for what in What:
        assert depends_on(what, replace(CASE, state="on_hold")) != depends_on(what, CASE)
