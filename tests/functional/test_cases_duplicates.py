"""The same person or case a second time: what the court is shown before it refers again."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.cases.duplicates import Match, candidate, earlier_referrals, matches_of, name_key
from app.cases.lookups import the_enrollment
from app.cases.rules import SamePerson, same_person
from tests.factories import make_court, make_referral

BIRTH = date(1986, 4, 12)


def test_the_same_person_and_the_same_number_are_found_in_any_spelling(app: Flask) -> None:
    court = make_court(app)
    made = make_referral(
        court, given_names="José Luis", family_names="Ortega", birth_date=BIRTH, case_numbers=("CR-2026-0042",)
    )
    make_referral(court, given_names="Somebody", family_names="Else", birth_date=BIRTH, case_numbers=("CR-1",))
    with app.app_context(), court.acting():
        made = the_enrollment(made).referral_id
        exact, like, number, nobody = earlier_referrals(
            [
                candidate("jose luis", "ORTEGA", BIRTH, ["pending"]),
                candidate("Jose", "Ortego", BIRTH),
                candidate("Ann", "Other", date(1970, 1, 1), ["cr 2026 0042"]),
                candidate("Jose Luis", "Ortega", date(1986, 4, 13)),
            ]
        )
    assert [(row.referral_id, row.matches) for row in exact] == [(made, {Match.SAME_PERSON})]
    assert [(row.referral_id, row.matches) for row in like] == [(made, {Match.LIKE_PERSON})]
    assert [(row.referral_id, row.matches) for row in number] == [(made, {Match.SAME_NUMBER})]
    assert exact[0].case_numbers == ("CR-2026-0042",)
    assert nobody == ()


@pytest.mark.proves("CO-1")
def test_another_court_s_people_are_never_found(app: Flask) -> None:
    court, other = make_court(app), make_court(app)
    make_referral(other, given_names="Ann", family_names="Lee", birth_date=BIRTH, case_numbers=("CR-7",))
    with app.app_context(), court.acting():
        assert earlier_referrals([candidate("Ann", "Lee", BIRTH, ["CR-7"])]) == [()]


@given(st.lists(st.text("abcéñ' -", min_size=1, max_size=8), min_size=1, max_size=3), st.randoms())
def test_equal_name_keys_are_the_same_person_in_any_order(words: list[str], random: object) -> None:
    name, turned = " ".join(words), " ".join(reversed(words))
    assert name_key(name) == name_key(turned.upper())
    if name_key(name):
        assert same_person(name, BIRTH, turned.upper(), BIRTH) == SamePerson.EXACT
        assert Match.SAME_PERSON in matches_of(candidate("", name, BIRTH), candidate(turned, "", BIRTH))
