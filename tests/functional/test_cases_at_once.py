"""Two who work at one case, or on one person, at the same moment."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from app.cases.amending import ReferralFacts, amend, facts_of
from app.cases.guarding import refer_once
from app.cases.lookups import AGREEMENT, agreement_file, the_enrollment
from app.cases.models import Referral
from app.cases.referring import NewReferral
from app.cases.services import keep_file
from app.core import clock
from app.permissions.identity import Role
from tests.at_once import while_open
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.import_steps import count, file_of, person, send, work

NOW = datetime(2026, 6, 10, 18, tzinfo=UTC)
TODAY = date(2026, 6, 10)
LATER = date(2026, 12, 1)
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    made = make_court(app)
    made.member(Role.ADMINISTRATOR)
    return made


def facts(court: TestCourt, enrollment_id: UUID) -> ReferralFacts:
    with court.app.app_context(), court.acting():
        return facts_of(the_enrollment(enrollment_id), TODAY)


def change(court: TestCourt, enrollment_id: UUID, **changes: Any) -> None:
    """What a colleague changes at the referral."""
    enrollment = the_enrollment(enrollment_id)
    wanted = replace(facts_of(enrollment, TODAY), **changes)
    amend(enrollment.referral_id, wanted, reason="new", actor=court.member(Role.ADMINISTRATOR), today=TODAY)


def test_a_file_that_is_added_puts_back_no_deadline(court: TestCourt):
    enrollment_id = make_referral(court)
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    form = court.staff_client(Role.CLERK).get(court.url(f"referrals/{referral_id}/order/new")).form("Save the file")
    saved = while_open(
        court,
        lambda: change(court, enrollment_id, deadline=LATER, given_names="Corrected"),
        lambda: form.submit(order_file=(io.BytesIO(PDF), "order.pdf")),
    )
    assert "order.pdf" in saved.result().text
    now = facts(court, enrollment_id)
    assert (now.deadline, now.given_names) == (LATER, "Corrected")


def test_of_two_files_added_at_once_the_second_replaces_none_unasked(court: TestCourt):
    enrollment_id = make_referral(court)
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    form = court.staff_client(Role.CLERK).get(court.url(f"referrals/{referral_id}/agreement/new")).form("Save the file")

    def add_one() -> None:
        colleague = court.member(Role.ADMINISTRATOR)
        kept = keep_file(PDF, name="one.pdf", content_type="application/pdf", purpose=AGREEMENT, actor=colleague)
        change(court, enrollment_id, agreement_file_id=kept.id)

    two = {"agreement_file": (io.BytesIO(PDF + b" "), "two.pdf")}
    assert while_open(court, add_one, lambda: form.submit(**two)).result().status == 409
    with court.app.app_context(), court.acting():
        assert agreement_file(the_enrollment(enrollment_id).referral).name == "one.pdf"


def test_a_number_from_a_file_puts_back_no_deadline(court: TestCourt):
    enrollment_id = make_referral(court, case_numbers=("",))
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    row = {"Portal reference": str(referral_id), "Case number": "26-CR-1"}
    send(court, file_of([row], tuple(row)), kind="numbers").submit("Fill in 1 case number")
    while_open(court, lambda: change(court, enrollment_id, deadline=LATER), lambda: work(court))
    now = facts(court, enrollment_id)
    assert (now.deadline, now.case_numbers) == (LATER, ("26-CR-1",))


def test_a_number_that_somebody_types_while_the_file_is_at_work_is_there_once(court: TestCourt):
    enrollment_id = make_referral(court, case_numbers=("",))
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    row = {"Portal reference": str(referral_id), "Case number": "26-CR-1"}
    page = send(court, file_of([row], tuple(row)), kind="numbers").submit("Fill in 1 case number")
    while_open(court, lambda: change(court, enrollment_id, case_numbers=("26 cr 1",)), lambda: work(court))
    assert facts(court, enrollment_id).case_numbers == ("26 cr 1",)
    assert "Nothing to do 1" in page.client.get(page.url).text


def test_a_form_and_a_file_at_once_refer_one_person_once(court: TestCourt):
    row, clerk = person(1), court.member(Role.CLERK)
    page = send(court, file_of([row])).submit("Refer 1 person")
    same = NewReferral(
        given_names=row["Given names"],
        family_names=row["Family names"],
        birth_date=date(1970, 1, 2),
        order_date=date(2026, 6, 8),
        deadline=date(2026, 9, 30),
    )
    while_open(court, lambda: refer_once(same, actor=clerk), lambda: work(court))
    assert count(court, Referral) == 1
    assert "This court has referred this person before." in page.client.get(page.url).text
