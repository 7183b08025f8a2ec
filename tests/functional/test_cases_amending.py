"""Changing a referral, looking before referring again, papers that come later."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.amending import ReferralFacts, amend, facts_of
from app.cases.enrolling import find_code, issue_code
from app.cases.lookups import order_file, the_enrollment
from app.cases.models import Enrollment, Referral, ReferralAmendment
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.errors import Refused, StaleForm
from app.core.models import AuditDetail, AuditEvent
from app.core.runtime import runtime
from app.permissions.identity import Role
from tenants.database import session, transaction
from tenants.program import Term, load_preset
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner, make_referral

NOW = datetime(2026, 6, 10, 18, tzinfo=UTC)
TODAY = date(2026, 6, 10)
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def day(name: str, value: date | None) -> dict[str, str]:
    parts = ("", "", "") if value is None else (str(value.month), str(value.day), str(value.year))
    return dict(zip((f"{name}-month", f"{name}-day", f"{name}-year"), parts, strict=True))


def referral_of(court: TestCourt, enrollment_id: UUID) -> UUID:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).referral_id


def amend_page(court: TestCourt, referral_id: UUID, role: Role = Role.CLERK) -> Page:
    return court.staff_client(role).get(court.url(f"referrals/{referral_id}/amend"))


def rows(court: TestCourt, query: Any) -> list[Any]:
    with court.app.app_context(), court.acting():
        return list(session().scalars(query))


def facts(court: TestCourt, enrollment_id: UUID) -> ReferralFacts:
    return facts_of(the_enrollment(enrollment_id), TODAY)


def test_a_change_keeps_the_old_value_with_the_reason(court: TestCourt):
    officer = court.member(Role.OFFICER, "Officer Reyes")
    referral_id = referral_of(
        court, make_referral(court, given_names="Jordan", family_names="Exampel", case_numbers=("",))
    )
    page = amend_page(court, referral_id)
    assert "Change the referral" in page.heading
    page = page.submit(
        "Save the change",
        family_names="Example",
        **{"case_numbers-0": "26-CR-00417", "pending": None},
        **day("deadline", date(2026, 10, 15)),
        **day("case_ends_on", date(2027, 12, 31)),
        **day("hearings-0-on_date", date(2026, 7, 1)),
        **{"hearings-0-at_time": "9:30 AM"},
        officer_id=str(officer.id),
        reason="Typing error; number now known",
    )
    assert page.heading == "Jordan Example"
    for words in (
        "Family names: Example. Before: Exampel.",
        "Case number: 26-CR-00417. Before: Pending.",
        "Deadline for the lessons: October 15, 2026. Before:",
        "Hearings: July 1, 2026, 9:30 AM. Before: None.",
        "Officer: Officer Reyes. Before: None.",
        "Typing error; number now known",
    ):
        assert words in page.text
    with court.app.app_context(), court.acting():
        event = session().scalars(select(AuditEvent).where(AuditEvent.action == "cases.amend")).one()
        detail = session().scalars(select(AuditDetail).where(AuditDetail.id == event.id)).one()
    assert (event.case_id, event.actor_id) == (referral_id, court.member(Role.CLERK).id)
    assert (detail.old["family_names"], detail.new["family_names"]) == ("Exampel", "Example")
    assert "given_names" not in detail.old


def test_a_reason_is_asked_and_what_was_typed_stays(court: TestCourt):
    referral_id = referral_of(court, make_referral(court))
    page = amend_page(court, referral_id).submit("Save the change", given_names="Kept", reason="")
    assert page.status == 422
    assert "Write why this is changed." in " ".join(page.errors())
    assert page.form("Save the change").values()["given_names"] == "Kept"
    assert rows(court, select(ReferralAmendment)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (day("birth_date", date(2010, 1, 1)), "18 or older on the date of the order"),
        (day("deadline", date(2020, 1, 1)), "after the date of the order"),
        (day("case_ends_on", date(2020, 1, 1)), "must end after the date of the order"),
        (day("hearings-1-on_date", date(2026, 6, 9)), "today or later"),
        ({"hearings-1-at_time": "9:30"}, "date of the hearing too"),
        ({"case_numbers-0": ""}, "tick that it is pending"),
    ],
)
def test_a_faulty_box_is_named_and_nothing_is_saved(court: TestCourt, changes: dict[str, Any], words: str):
    referral_id = referral_of(court, make_referral(court))
    page = amend_page(court, referral_id).submit("Save the change", reason="because", **changes)
    assert page.status == 422
    assert words in " ".join(page.errors())
    assert rows(court, select(ReferralAmendment)) == []


def test_a_referral_with_many_case_numbers_keeps_them_all(court: TestCourt):
    """A row of a file may give more numbers than the form of a referral has boxes."""
    numbers = tuple(f"26-CR-{number}" for number in range(1, 7))
    enrollment_id = make_referral(court, case_numbers=numbers)
    referral_id = referral_of(court, enrollment_id)
    page = amend_page(court, referral_id)
    assert "Case number 7" in page.text
    page.submit("Save the change", given_names="Corrected", reason="spelling")
    amend_page(court, referral_id).submit("Save the change", **{"case_numbers-6": "26-CR-7"}, reason="one more")
    with court.app.app_context(), court.acting():
        assert facts(court, enrollment_id).case_numbers == (*numbers, "26-CR-7")


def test_two_at_once_the_second_is_told(court: TestCourt):
    referral_id = referral_of(court, make_referral(court))
    first, second = amend_page(court, referral_id), amend_page(court, referral_id, Role.ADMINISTRATOR)
    # The first changes only the person: the referral's own row must still move on.
    assert first.submit("Save the change", given_names="First", reason="one").status == 200
    assert second.submit("Save the change", given_names="Second", reason="two").status == 409
    assert rows(court, select(ReferralAmendment.reason)) == ["one"]


def test_sent_twice_it_is_one_change_and_no_change_is_none(court: TestCourt):
    referral_id = referral_of(court, make_referral(court))
    form = amend_page(court, referral_id).form("Save the change")
    form.submit(given_names="Once", reason="one")
    form.submit(given_names="Once", reason="one")
    page = amend_page(court, referral_id).submit("Save the change", reason="nothing")
    assert "Nothing was changed." in page.text
    assert rows(court, select(ReferralAmendment.reason)) == ["one"]


def test_a_corrected_birth_date_is_the_one_that_a_code_asks_for(court: TestCourt):
    enrollment_id = make_referral(court, birth_date=date(1986, 4, 28))
    clerk, new = court.member(Role.CLERK), date(1986, 8, 24)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
        row, code = issue_code(referral_id, actor=clerk)
        wanted = replace(facts(court, enrollment_id), birth_date=new)
        assert amend(referral_id, wanted, reason="order says so", actor=clerk, today=TODAY)
        anybody = Actor(ActorKind.ANONYMOUS)
        with pytest.raises(Refused):
            find_code(code, date(1986, 4, 28), actor=anybody)
        assert find_code(code, new, actor=anybody).id == row.id


def test_the_learner_s_page_greets_with_the_corrected_name(court: TestCourt):
    learner, enrollment_id = make_learner(court, given_names="Jordon")
    clerk = court.member(Role.CLERK)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
        amend(
            referral_id,
            replace(facts(court, enrollment_id), given_names="Jordan"),
            reason="x",
            actor=clerk,
            today=TODAY,
        )
    page = court.client(learner).get(court.url("my-program"))
    if page.status == 404:
        page = court.client(learner).get(court.url(""))
    assert "Jordon" not in page.text


def test_hearings_of_the_past_stay_and_others_come_and_go(court: TestCourt):
    enrollment_id = make_referral(court, hearing_on=date(2026, 6, 20), hearing_at=time(9))
    clerk = court.member(Role.CLERK)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
        before = facts(court, enrollment_id)
        later = replace(before, hearings=(*before.hearings, (date(2026, 8, 1), None)))
        assert amend(referral_id, later, reason="a second one", actor=clerk, today=TODAY)
        assert amend(
            referral_id, replace(later, hearings=later.hearings[1:]), reason="vacated", actor=clerk, today=TODAY
        )
        assert facts(court, enrollment_id).hearings == ((date(2026, 8, 1), None),)
        afterwards = date(2026, 8, 2)
        now = replace(facts_of(the_enrollment(enrollment_id), afterwards), hearings=((date(2026, 9, 1), None),))
        assert amend(referral_id, now, reason="next", actor=clerk, today=afterwards)
        assert [day for day, _ in facts_of(the_enrollment(enrollment_id), TODAY).hearings] == [
            date(2026, 8, 1),
            date(2026, 9, 1),
        ]


def test_an_old_form_is_refused_by_the_service(court: TestCourt):
    enrollment_id = make_referral(court)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        enrollment = the_enrollment(enrollment_id)
        wanted = replace(facts(court, enrollment_id), given_names="New")
        with pytest.raises(StaleForm), transaction():
            amend(
                enrollment.referral_id,
                wanted,
                reason="x",
                actor=court.member(Role.CLERK),
                today=TODAY,
                expected="0",
            )


@pytest.mark.proves("AC-4")
def test_an_officer_or_file_of_another_court_is_refused(app: Flask, court: TestCourt):
    other = make_court(app)
    enrollment_id, foreign = make_referral(court), other.member(Role.OFFICER)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        referral_id, before = the_enrollment(enrollment_id).referral_id, facts(court, enrollment_id)
        for wanted in (replace(before, officer_id=foreign.id), replace(before, order_file_id=foreign.id)):
            with pytest.raises(Refused):
                amend(referral_id, wanted, reason="x", actor=court.member(Role.CLERK), today=TODAY)


def test_a_prosecutor_changes_only_what_the_own_unit_referred(app: Flask):
    court = make_court(app, preset="county_diversion")
    own = referral_of(court, make_referral(court, actor=court.member(Role.PROSECUTOR)))
    assert amend_page(court, own, Role.PROSECUTOR).status == 200
    elsewhere = court.member(Role.PROSECUTOR, "Another unit")
    assert court.client(elsewhere).get(court.url(f"referrals/{own}/amend")).status == 404


def test_a_paper_agreement_is_added_later_and_replaced_with_a_reason(court: TestCourt):
    referral_id = referral_of(court, make_referral(court))
    client = court.staff_client(Role.CLERK)
    address = court.url(f"referrals/{referral_id}/agreement/new")
    page = client.get(address).submit("Save the file", agreement_file=(io.BytesIO(PDF), "signed.pdf"))
    assert "signed.pdf" in page.text
    answer = client.http.get(page.link("Download the agreement"))
    assert (answer.status_code, answer.data) == (200, PDF)
    form = client.get(address)
    refused = form.submit("Save the file", agreement_file=(io.BytesIO(PDF + b" "), "again.pdf"))
    assert "Write why the agreement is replaced." in " ".join(refused.errors())
    assert "again.pdf is kept" in refused.text
    page = refused.submit("Save the file", reason="The first scan lacked a page")
    assert "again.pdf" in page.text
    assert "The first scan lacked a page" in page.text


def test_a_paper_that_storage_has_lost_is_said_to_be_lost(court: TestCourt):
    enrollment_id = make_referral(court)
    referral_id = referral_of(court, enrollment_id)
    client = court.staff_client(Role.CLERK)
    form = client.get(court.url(f"referrals/{referral_id}/order/new"))
    page = form.submit("Save the file", order_file=(io.BytesIO(PDF), "order.pdf"))
    with court.app.app_context(), court.acting():
        runtime().storage.delete(court.id, order_file(the_enrollment(enrollment_id).referral).sha256)
    answer = client.get(page.link("Download the signed order"))
    assert answer.status == 503
    assert "The file is not where it was put." in answer.text


# --- Referring again -------------------------------------------------------------------------------------------------


def new_referral(court: TestCourt, **changes: Any) -> Page:
    return (
        court.staff_client(Role.CLERK)
        .get(court.url("referrals/new"))
        .submit(
            "Save the referral",
            **{
                "given_names": "Jordan",
                "family_names": "Example",
                **day("birth_date", date(1986, 4, 28)),
                "case_numbers-0": "26-CR-00417",
                **day("order_date", date(2026, 6, 8)),
                **day("deadline", date(2026, 9, 30)),
                **changes,
            },
        )
    )


def test_the_same_person_is_referred_again_only_with_a_tick_and_a_reason(court: TestCourt):
    first = new_referral(court)
    assert first.heading == "Jordan Example"
    asked = new_referral(court, given_names="JORDAN", **{"case_numbers-0": "26-CR-00999"})
    assert asked.status == 422
    assert "Same name and birth date." in asked.text
    assert asked.link("Jordan Example") == first.url
    assert asked.submit("Save the referral", refer_again="y").status == 422
    assert asked.submit("Save the referral", again_reason="A new order").status == 422
    assert len(rows(court, select(Referral))) == 1
    again = asked.submit("Save the referral", refer_again="y", again_reason="A new order of June 8")
    assert again.status == 200
    assert len(rows(court, select(Referral))) == 2
    with court.app.app_context(), court.acting():
        event = session().scalars(select(AuditEvent).where(AuditEvent.action == "cases.refer_again")).one()
        detail = session().scalars(select(AuditDetail).where(AuditDetail.id == event.id)).one()
    assert detail.old["earlier"] == [first.url.rpartition("/")[2]]
    assert detail.new["reason"] == "A new order of June 8"


def test_the_same_case_number_in_another_spelling_is_asked_about(court: TestCourt):
    new_referral(court)
    asked = new_referral(court, given_names="Robin", family_names="Other", **{"case_numbers-0": "26 cr 00417"})
    assert "Same case number." in asked.text


def test_another_court_is_never_asked_about(app: Flask, court: TestCourt):
    new_referral(make_court(app))
    assert new_referral(court).heading == "Jordan Example"


def test_a_prosecutor_learns_that_there_is_a_referral_not_whose(app: Flask):
    court = make_court(app, preset="county_diversion")
    clerk_made = court.member(Role.PROSECUTOR, "Another unit")
    make_referral(court, actor=clerk_made, given_names="Jordan", family_names="Exampel", birth_date=date(1986, 4, 28))
    form = court.staff_client(Role.PROSECUTOR).get(court.url("referrals/new"))
    asked = form.submit(
        "Save the referral",
        **{
            "given_names": "Jordan",
            "family_names": "Example",
            **day("birth_date", date(1986, 4, 28)),
            "pending": "y",
            **day("order_date", date(2026, 6, 8)),
            **day("deadline", date(2026, 9, 30)),
        },
    )
    assert "A referral that another office made" in asked.text
    assert "Exampel" not in asked.text


# --- The end of the case ---------------------------------------------------------------------------------------------


def test_the_longest_term_of_the_rules_ends_a_case_that_names_no_end(app: Flask):
    document = load_preset("county_probation").model_copy(update={"term": Term(longest_months=8)})
    court = make_court(app, document=document)
    page = new_referral(court)
    assert "Case ends February 8, 2027" in page.text
    assert "Little time before the case ends" in page.text


def test_the_officer_is_told_on_the_day_it_becomes_true(court: TestCourt):
    officer = court.member(Role.OFFICER)
    make_learner(court, family_names="Tight", officer_id=officer.id, case_ends_on=date(2026, 12, 20))
    make_learner(court, family_names="Wide", officer_id=officer.id, case_ends_on=date(2027, 12, 20))
    reason = "Program ends 1 day after the case does, or later"
    with clock.moved_to(datetime(2026, 6, 20, 18, tzinfo=UTC)):
        assert reason not in court.client(officer).get(court.url("caseload")).text
    with clock.moved_to(datetime(2026, 6, 21, 18, tzinfo=UTC)):
        page = court.client(officer).get(court.url("caseload"))
    assert page.text.count(reason) == 1


def test_the_clerk_is_told_when_the_program_can_not_end_in_time(court: TestCourt):
    page = new_referral(court, **day("case_ends_on", date(2026, 11, 1)))
    assert page.heading == "Jordan Example"
    assert "The program can not end before the case does" in page.text
    page = new_referral(
        court, family_names="Tight", **{"case_numbers-0": "26-CR-2"}, **day("case_ends_on", date(2027, 1, 31))
    )
    assert "Little time before the case ends" in page.text
    page = new_referral(
        court, family_names="Fine", **{"case_numbers-0": "26-CR-3"}, **day("case_ends_on", date(2028, 1, 31))
    )
    assert "before the case" not in page.text
    assert len(rows(court, select(Enrollment))) == 3
