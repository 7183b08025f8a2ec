"""The same person or case a second time: what the court is shown before it refers again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.cases.duplicates import Match, candidate, earlier_referrals, matches_of, name_key
from app.cases.enrolling import issue_code
from app.cases.lookups import the_enrollment
from app.cases.rules import SamePerson, same_person
from app.core import clock
from app.permissions.identity import Role
from tests.caseloads import statements
from tests.factories import letters, make_court, make_referral

BIRTH = date(1986, 4, 12)


def day(name: str, value: date) -> dict[str, str]:
    return {f"{name}-month": str(value.month), f"{name}-day": str(value.day), f"{name}-year": str(value.year)}


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


def test_asking_about_earlier_referrals_takes_few_statements_however_many_there_are(app: Flask) -> None:
    court = make_court(app)
    form = court.staff_client(Role.CLERK).get(court.url("referrals/new")).form("Save the referral")
    today = clock.today("America/Los_Angeles")
    taken = []
    for more in (1, 5):
        for _number in range(more):
            make_referral(court, given_names="Ann", family_names="Lee", birth_date=BIRTH)
        with statements(app) as seen:
            asked = form.submit(
                given_names="Ann",
                family_names="Lee",
                pending="y",
                **day("birth_date", BIRTH),
                **day("order_date", today),
                **day("deadline", today + timedelta(days=90)),
            )
        assert asked.text.count("Same name and birth date.") == (1 if more == 1 else 6)
        taken.append(len(seen))
    assert taken[1] == taken[0] <= 14, taken


def test_a_referral_s_page_takes_few_statements_however_long_its_history(app: Flask) -> None:
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    enrollment_id = make_referral(court, case_numbers=("CR-1", "CR-2"), officer_id=officer.id)
    with app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    client = court.staff_client(Role.CLERK)
    taken = []
    for changes in (1, 5):
        for number in range(changes):
            with app.test_request_context(), court.acting():
                issue_code(referral_id, actor=court.member(Role.CLERK, f"Clerk {changes} {number}"))
            amending = client.get(court.url(f"referrals/{referral_id}/amend"))
            amending.submit("Save the change", given_names=f"Name{letters(10 * changes + number)}", reason="because")
        with statements(app) as seen:
            page = client.get(court.url(f"referrals/{referral_id}"))
        assert page.text.count("Referral changed") == (1 if changes == 1 else 6)
        taken.append(len(seen))
    assert taken[1] == taken[0] <= 16, taken
