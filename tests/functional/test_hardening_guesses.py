"""Guessing: with the paper in hand, from many addresses, and many guesses in one moment."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts import lookups as accounts
from app.accounts import services, sessions
from app.accounts.guard import PER_ACCOUNT, Guard
from app.cases.enrolling import GUESSES_AT_A_CODE, find_code, issue_code
from app.cases.lookups import the_enrollment
from app.core.actor import Actor, ActorKind
from app.core.errors import Refused, TooMany
from app.core.models import Attempt
from app.permissions.identity import Role
from tenants.database import session
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.accounts_people import colleague

BORN = date(1986, 4, 28)
AT_ONCE = 8  # threads of a web process


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def code_for(court: TestCourt) -> str:
    enrollment_id = make_referral(court, birth_date=BORN)
    with court.app.test_request_context(), court.acting():
        _row, code = issue_code(the_enrollment(enrollment_id).referral_id, actor=court.member(Role.CLERK))
    return code


def somebody(number: int) -> Actor:
    return Actor(ActorKind.ANONYMOUS, address=f"198.51.{number // 250}.{number % 250}")


@pytest.mark.proves("AU-8")
def test_who_found_the_paper_can_not_try_every_birth_date_from_many_addresses(court: TestCourt) -> None:
    code = code_for(court)
    with court.app.test_request_context(), court.acting():
        for number in range(GUESSES_AT_A_CODE.tries):
            with pytest.raises(Refused):
                find_code(code, BORN + timedelta(days=number + 1), actor=somebody(number))
        with pytest.raises(TooMany):
            find_code(code, BORN, actor=somebody(999))


@pytest.mark.proves("AU-8")
def test_slips_of_the_true_person_do_not_close_the_code(court: TestCourt) -> None:
    code = code_for(court)
    with court.app.test_request_context(), court.acting():
        for number in range(3):
            with pytest.raises(Refused):
                find_code(code, BORN + timedelta(days=number + 1), actor=somebody(500))
        assert find_code(code, BORN, actor=somebody(500)).state == "issued"


@pytest.mark.proves("AU-8")
def test_a_network_of_version_six_is_one_address(court: TestCourt) -> None:
    """A household has 2^64 addresses of version 6: changing the last half of it is no new place."""
    with court.app.test_request_context(), court.acting():
        for number in range(10):
            with pytest.raises(Refused):
                find_code(f"XYZ-{number}", BORN, actor=Actor(ActorKind.ANONYMOUS, address=f"2001:db8:7:7::{number:x}"))
        with pytest.raises(TooMany):
            find_code("XYZ-10", BORN, actor=Actor(ActorKind.ANONYMOUS, address="2001:db8:7:7:ffff::1"))
        with pytest.raises(Refused):
            find_code("XYZ-11", BORN, actor=Actor(ActorKind.ANONYMOUS, address="2001:db8:7:8::1"))
        guard = Guard("staff-sign-in", "a@court.example", "2001:db8:9:9::1")
        same = Guard("staff-sign-in", "b@court.example", "2001:db8:9:9::2")
        assert guard.place == same.place


@pytest.mark.proves("AU-3")
def test_many_second_factors_in_one_moment_are_no_more_tries(court: TestCourt) -> None:
    person = colleague(court)
    with court.app.test_request_context(), court.acting():
        token = sessions.start(membership_id=person.membership_id)
        identity = sessions.load_identity(token)
        assert identity is not None
    started, outcomes = Barrier(AT_ONCE), []

    def guess(number: int) -> None:
        with court.app.test_request_context(), court.acting():
            started.wait()
            try:
                services.give_second_factor(code=f"{number:06d}", actor=identity)
            except Refused:
                outcomes.append("refused")
            except TooMany:
                outcomes.append("slowed")

    threads = [Thread(target=guess, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("refused") == PER_ACCOUNT
    assert outcomes.count("slowed") == AT_ONCE - PER_ACCOUNT
    with court.app.test_request_context(), court.acting():
        assert accounts.credential_of(identity).totp_last_step > 0
        counted = session().scalar(select(func.count()).where(Attempt.bucket == "second-factor-account"))
    assert counted == PER_ACCOUNT
