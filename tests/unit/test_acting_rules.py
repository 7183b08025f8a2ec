"""What a message to many says to each, what the record of a hearing says of each, and when more time needs an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from app.caseload.acting.rules import (
    SKIP,
    Details,
    Own,
    Subject,
    What,
    Why,
    following,
    held,
    message_to,
    why_not,
)
from app.cases.messages.lookups import ready_text
from app.cases.messages.rules import STARTERS
from tenants.keys import uuid7

TODAY = date(2027, 2, 10)
ANA = Subject(
    uuid7(),
    "Ana María Ruiz",
    "coursework",
    None,
    date(2027, 2, 20),
    None,
    True,
    True,
    given_names="Ana María",
    language="es",
    next_hearing=date(2027, 3, 1),
    hearing_id=uuid7(),
    hearing_at=time(9, 30),
)
TEXT = Details(
    text="x",
    text_en="Hello [first name]: [next hearing]. [Officer]",
    text_es="Hola, [nombre]: [próxima audiencia]. [agente]",
)


def test_everybody_reads_the_text_in_their_language_with_their_own_facts():
    assert message_to(ANA, TEXT, "Kim Day") == "Hola, Ana: lunes, 1 de marzo de 2027. Kim Day"
    english = replace(ANA, language="en")
    assert message_to(english, TEXT, "Kim Day") == "Hello Ana: Monday, March 1, 2027. Kim Day"
    only_english = replace(TEXT, text_es="")
    assert message_to(ANA, only_english, "Kim Day") == "Hello Ana: Monday, March 1, 2027. Kim Day"


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (ANA, None),
        (replace(ANA, next_hearing=None), Why.GAPS),
        (replace(ANA, has_account=False), Why.NOBODY_READS),
        (replace(ANA, works=False), Why.NOT_YOURS),
        (replace(ANA, state="completed"), Why.CLOSED),
    ],
)
def test_who_is_left_out_of_a_message(case, why):
    assert why_not(What.MESSAGE, case, TEXT, TODAY) is why


def test_texts_of_every_court_go_to_many_in_both_languages_or_in_neither(app):
    with app.test_request_context():
        found = {key: ready_text(key) for key in STARTERS}
    assert all(one.en != one.es for one in found.values())
    assert {key for key, one in found.items() if not one.by_hand} == {"hearing", "check_in", "lessons", "well_done"}
    assert {key for key, one in found.items() if "[" in one.en} >= {"call", "hearing"}


def test_the_record_of_each_is_as_for_all_or_their_own():
    details = Details(
        on_date=TODAY, kind="review", outcome="held", orders="Go on.", next_on=date(2027, 4, 1), next_at=time(9)
    )
    same = held(ANA, details, Own())
    assert (same.at_time, same.outcome, same.orders) == (time(9, 30), "held", "Go on.")
    assert following(same, details) is not None
    over = held(ANA, details, Own("dismissed", "The case is over."))
    assert (over.outcome, over.orders) == ("dismissed", "The case is over.")
    assert following(over, details) is None
    assert held(ANA, details, Own("did_not_appear")).orders == ""  # what was ordered of those who came is not theirs
    assert Details.from_json(details.to_json()) == details
    assert Own.from_json(Own(SKIP).to_json()) == Own(SKIP)
    assert Own.from_json(Own().to_json()) == Own()


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (ANA, None),
        (replace(ANA, hearing_id=None), Why.NOT_ON_CALENDAR),
        (replace(ANA, hearing_recorded=True), Why.RECORDED),
    ],
)
def test_who_is_left_out_of_recording_a_calendar(case, why):
    assert why_not(What.HEARING, case, Details(on_date=TODAY), TODAY) is why
    assert why_not(What.HEARING, case, Details(), TODAY) is None  # the day is not chosen yet


def test_more_time_asks_for_an_order_where_the_rules_do():
    asks, more = replace(ANA, needs_order=True), Details(reason="Ill", until=date(2027, 3, 20))
    assert why_not(What.EXTEND, asks, more, TODAY) is Why.NEEDS_ORDER
    assert why_not(What.EXTEND, asks, replace(more, ordered_on=TODAY, ordered_by="Judge"), TODAY) is None
    assert why_not(What.EXTEND, ANA, more, TODAY) is None
