"""What may stand in a message, and who works on a case."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.hearings.rules import Held, NextDay, refuse
from app.cases.messages.rules import LONGEST, PER_HOUR, STARTERS, filled, gaps, refuse_many, refuse_text
from app.cases.working import Worker, works_on
from app.core.errors import Refused
from app.permissions.identity import Role

FACTS = {"first_name": "Robin", "officer": "Anna", "hearing": "Monday", "deadline": "Friday"}
TODAY = date(2027, 3, 1)


def test_known_places_are_filled_in_both_languages_and_others_stay_to_be_filled():
    assert filled("[First name], [ officer ]: [day]", FACTS) == "Robin, Anna: [day]"
    assert filled("[nombre] [próxima audiencia]", FACTS) == "Robin Monday"
    assert filled("[next hearing]", {}) == "[next hearing]"
    assert gaps(filled(str(STARTERS["call"].text), FACTS)) == ["[phone number]", "[day]"]
    assert gaps(filled(str(STARTERS["hearing"].text), FACTS)) == []


@given(st.text(max_size=200))
def test_filling_never_fails_and_filling_twice_changes_nothing_more(text: str):
    once = filled(text, FACTS)
    assert filled(once, FACTS) == once


def test_what_is_refused():
    for text, staff in ((" ", False), ("x" * (LONGEST + 1), False), ("At [time]?", True)):
        with pytest.raises(Refused):
            refuse_text(text, by_staff=staff)
    refuse_text("At [time]?", by_staff=False)
    refuse_many(PER_HOUR - 1)
    with pytest.raises(Refused):
        refuse_many(PER_HOUR)


def test_who_works_on_a_case():
    me = uuid4()
    officer, clerk = Worker(uuid4(), Role.OFFICER, "Anna"), Worker(me, Role.CLERK, "Avery")
    unit = Worker(uuid4(), Role.PROSECUTOR, "Unit")
    assert works_on(Role.OFFICER, me, officer)  # which cases an officer sees at all, the lookups say
    assert works_on(Role.SUPERVISOR, me, officer)
    for role in (Role.CLERK, Role.ADMINISTRATOR):
        assert not works_on(role, me, officer)
        for assigned in (None, unit, clerk):
            assert works_on(role, me, assigned)
    for role in (Role.JUDGE, Role.PROSECUTOR, Role.FACILITATOR, Role.LEARNER, Role.NOBODY):
        for assigned in (None, officer, unit, Worker(me, role, "me")):
            assert not works_on(role, me, assigned)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"outcome": ""}, "outcome"),
        ({"on_date": TODAY + timedelta(days=1)}, "on_date"),
        ({"outcome": "other"}, "orders"),
        ({"orders": "x" * 2001}, "orders"),
    ],
)
def test_what_no_record_of_a_hearing_says(changed: dict[str, object], field: str):
    values: dict[str, object] = {"on_date": TODAY, "at_time": None, "kind": "review", "outcome": "held"}
    with pytest.raises(Refused) as refused:
        refuse(Held(**{**values, **changed}), None, TODAY)  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.field == field
    for day in (TODAY, TODAY + timedelta(days=2000)):
        with pytest.raises(Refused) as refused:
            refuse(Held(TODAY, None, "review", "held"), NextDay(day), TODAY)
        assert refused.value.field == "next_on"
