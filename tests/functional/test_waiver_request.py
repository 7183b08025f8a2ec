"""Asking for a waiver: saved at each step, explained, signed, with proof that only deciders and the owner can open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import ProgrammingError

from app.cases.lookups import the_enrollment
from app.core.errors import NotFound
from app.core.models import AuditEvent
from app.payments.lookups import newest_waiver
from app.payments.models import Waiver
from app.payments.waiving import lookups
from app.payments.waiving.models import WaiverDraft
from app.permissions.identity import Role
from tenants.database import db, session, transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import statements
from tests.functional.waiver_steps import (
    ask,
    document,
    files_of,
    fill_in,
    is_stored,
    photo,
    send_file,
    sign,
    waiver_of,
)
from tests.servers import Servers

READERS = "The clerk, the judge and the administrator of this court read this."
LAWYER = "Do not describe your arrest or any crime here; talk to your lawyer first."


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app, document=document(asks_expenses=True, proof="always"))


@pytest.mark.proves("CD-3")
def test_it_opens_with_what_matters_and_files_at_once(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    start = browser.get(court.url("fee/waiver"))
    assert "Not being able to pay is not, by itself, a violation." in start.text
    assert "Asking is free" in start.text
    assert "We do not ask about your immigration status." in start.text
    page = fill_in(
        start,
        benefits=["SNAP"],
        household_size="3",
        income="800",
        period="two_weeks",
        housing="1,200",
        food="400.50",
        asked_for="part",
        can_pay="50",
        statement="I lost my work.",
        why="I am paid in cash.",
    )
    for words in (
        "$800.00, every two weeks",
        "$800.00, 26 times a year. That is $1,733.33 in a month.",
        "Rent or mortgage: $1,200.00; Food: $400.50",
        "There is no proof: I am paid in cash.",
        "To pay less: $50.00 can be paid",
        "a person who gets SNAP counts as unable to pay",
    ):
        assert words in page.text
    sent = sign(page, "Robin Q. Sample")
    assert "Your request is with the court" in sent.text
    waiver = waiver_of(court, enrollment_id)
    assert (waiver.state, waiver.monthly_income_cents, waiver.income_cents) == ("submitted", 173_333, 80_000)
    assert (waiver.asked_for, waiver.can_pay_cents, waiver.typed_name) == ("part", 5_000, "Robin Q. Sample")
    assert waiver.expenses == {"housing": 120_000, "food": 40_050}
    assert len(waiver.signed_sha256) == 64
    with court.app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).state == "coursework"
        assert session().scalar(select(WaiverDraft).where(WaiverDraft.enrollment_id == enrollment_id)) is None
    copy = sent.click("See and print your copy")
    assert "Signed as Robin Q. Sample." in copy.text
    assert "What I say in this request is true and complete" in copy.text
    assert waiver.signed_words in copy.text
    assert waiver.signed_sha256 in copy.text
    assert "I lost my work." in copy.text


def test_leaving_and_coming_back_loses_nothing(court: TestCourt):
    learner, _id = make_learner(court)
    page = court.client(learner).get(court.url("fee/waiver")).click("Start")
    page = page.submit("Save and go on", benefits=["SSI"])
    page.submit("Save and go on", household_size="4")
    elsewhere = court.client(learner)  # another day, another phone
    start = elsewhere.get(court.url("fee/waiver"))
    assert "They are still here." in start.text
    page = start.click("Go on")
    assert page.heading == "Income"
    back = page.click("Back")
    assert back.form("Save and go on").values()["household_size"] == "4"
    assert back.click("Back").form("Save and go on").values()["benefits"] == ["SSI"]


def test_nothing_can_be_sent_before_every_step_is_answered(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    browser = court.client(learner)
    browser.get(court.url("fee/waiver/step/household")).submit("Save and go on", household_size="2")
    assert browser.get(court.url("fee/waiver/check")).heading == "Benefits"
    with court.app.app_context(), court.acting():
        assert newest_waiver(enrollment_id) is None


def test_an_answer_can_be_changed_from_the_check_and_nothing_else_is(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    page = fill_in(court.client(learner).get(court.url("fee/waiver")), statement="Kept as it is.")
    address = page.link("Change (People in the household)")
    form = page.client.get(address).form("Save and go on")
    changed = page.client.post(address, {**form.values(), "household_size": "7"})
    assert changed.heading == "Check your answers"
    assert "7 people" in changed.text
    assert "Kept as it is." in changed.text
    # The page of before showed other answers: what was signed there is not what would be sent.
    refused = sign(page)
    assert any("changed meanwhile" in error for error in refused.errors())
    assert "Your request is with the court" in sign(refused).text
    assert waiver_of(court, enrollment_id).household_size == 7


@pytest.mark.parametrize(
    ("step", "told", "words"),
    [
        ("household", {"household_size": "0"}, "from 1 to 30"),
        ("household", {"household_size": ""}, "from 1 to 30"),
        ("household", {"household_size": "31"}, "from 1 to 30"),
        ("income", {"income": "-5", "period": "month"}, "Enter an amount in dollars"),
        ("income", {"income": "a lot", "period": "month"}, "Enter an amount in dollars"),
        ("income", {"income": "", "period": "month"}, "Enter 0 if there is none."),
        ("income", {"income": "100", "period": None}, "Choose how often it comes."),
        ("income", {"income": "9,999,999", "period": "week"}, "more than we can count"),
        ("benefits", {"benefits": ["Lottery"]}, "not a valid choice"),
        ("proof", {"choice": "none", "why": ""}, "why you have no proof"),
        ("proof", {"choice": "files"}, "You have not added a file yet."),
        ("proof", {"choice": "later"}, "Not a valid choice"),
        ("asking", {"asked_for": "part", "can_pay": ""}, "Enter how much you can pay."),
        ("words", {"statement": "x" * 1501}, "Please write a little less."),
    ],
)
def test_bad_input_is_explained_and_not_kept(court: TestCourt, step: str, told: dict[str, Any], words: str):
    learner, enrollment_id = make_learner(court)
    page = court.client(learner).get(court.url(f"fee/waiver/step/{step}")).submit("Save and go on", **told)
    assert page.status == 422
    assert any(words in error for error in page.errors()), page.errors()
    with court.app.app_context(), court.acting():
        assert session().scalar(select(WaiverDraft).where(WaiverDraft.enrollment_id == enrollment_id)) is None


@pytest.mark.parametrize("step", ["proof", "words"])
def test_who_reads_it_stands_above_each_free_text(court: TestCourt, step: str):
    learner, _id = make_learner(court)
    page = court.client(learner).get(court.url(f"fee/waiver/step/{step}"))
    assert READERS in page.text
    assert LAWYER in page.text


def test_a_signature_needs_the_name_and_the_tick(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    page = fill_in(court.client(learner).get(court.url("fee/waiver")))
    unsigned = page.form("Sign and send").submit(typed_name="", consent=None)
    assert {"Write your full name to sign.", "Check the box to sign."} <= {
        e.removeprefix("Error: ") for e in unsigned.errors()
    }
    with court.app.app_context(), court.acting():
        assert newest_waiver(enrollment_id) is None


def test_the_same_signature_sent_twice_files_one_request(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    form = fill_in(court.client(learner).get(court.url("fee/waiver"))).form("Sign and send")
    form.submit(typed_name="Robin", consent="y")
    form.submit(typed_name="Robin", consent="y")
    with court.app.app_context(), court.acting(), transaction() as current:
        assert len(current.scalars(select(Waiver).where(Waiver.enrollment_id == enrollment_id)).all()) == 1


def test_what_is_signed_can_not_be_changed_afterwards(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    ask(court, learner)
    for column in (
        "household_size",
        "income_cents",
        "benefits",
        "statement",
        "typed_name",
        "signed_sha256",
        "signed_words",
    ):
        with court.app.app_context(), court.acting(), pytest.raises(ProgrammingError, match="permission denied"):
            session().execute(update(Waiver).where(Waiver.enrollment_id == enrollment_id).values({column: None}))


@pytest.mark.proves("CD-8")
def test_a_copy_keeps_the_words_that_were_signed_when_the_portals_own_change(court: TestCourt, servers: Servers):
    learner, enrollment_id = make_learner(court)
    ask(court, learner)
    waiver = waiver_of(court, enrollment_id)
    with court.app.app_context():
        address = f"{servers.administrator.rpartition('/')[0]}/{db.engine.url.database}"
    with psycopg.connect(address) as an_older_release:
        an_older_release.execute("UPDATE waiver SET signed_words = 'It is all true.' WHERE id = %s", (waiver.id,))
    copy = court.client(learner).get(court.url(f"fee/waiver/{waiver.id}/copy")).text
    assert "It is all true." in copy
    assert "true and complete" not in copy


def test_a_draft_is_nobodys_business(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    page = fill_in(court.client(learner).get(court.url("fee/waiver")), statement="CANARYDRAFT", files=[photo()])
    assert page.heading == "Check your answers"
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
        actions = set(session().scalars(select(AuditEvent.action).where(AuditEvent.case_id == referral_id)))
    assert not {action for action in actions if "waiver" in action}
    clerk = court.staff_client(Role.CLERK)
    for path in ("waivers", f"referrals/{referral_id}", f"referrals/{referral_id}/waiver"):
        seen = clerk.get(court.url(path))
        assert seen.status == 200
        assert "CANARYDRAFT" not in seen.text
        assert "They are still here." not in seen.text


def test_a_draft_is_thrown_away_with_its_files(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    fill_in(court.client(learner).get(court.url("fee/waiver")), files=[photo()])
    with court.app.app_context(), court.acting():
        desk, _enrollment = lookups.own_desk(learner)
        sha256 = lookups.proofs_of_draft(desk)[0].file.sha256
    assert is_stored(court, sha256)
    start = court.client(learner).get(court.url("fee/waiver"))
    after = start.click("Throw my answers away").submit("Throw away")
    assert "Nothing was sent." in after.text
    assert "They are still here." not in after.text
    assert not is_stored(court, sha256)
    with court.app.app_context(), court.acting():
        assert newest_waiver(enrollment_id) is None


# --- At the counter --------------------------------------------------------------------------------------------------


def counter(court: TestCourt, enrollment_id: UUID) -> Any:
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    return court.staff_client(Role.CLERK).get(court.url(f"referrals/{referral_id}/waiver"))


def test_the_counter_fills_it_in_with_somebody_and_the_audit_says_so(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    page = fill_in(counter(court, enrollment_id), household_size="2", income="0")
    assert "filled in at the counter" in page.text
    sent = sign(page, how="here")
    assert "Your request is with the court" in sent.text
    waiver = waiver_of(court, enrollment_id)
    assert waiver.assisted_by is not None
    assert not waiver.from_paper
    with court.app.app_context(), court.acting():
        events = session().scalars(select(AuditEvent.action).where(AuditEvent.subject_id == waiver.id)).all()
    assert "payments.file_waiver_assisted" in events
    copy = court.client(learner).get(court.url(f"fee/waiver/{waiver.id}/copy"))
    assert "Filled in at the counter of the court." in copy.text


def test_from_paper_the_scan_has_to_be_there(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    page = fill_in(counter(court, enrollment_id))
    refused = sign(page, how="paper")
    assert any("Add a scan of the signed paper first." in error for error in refused.errors())
    page = send_file(page.client.get(page.link("Change (Proof)").partition("?")[0]), photo(), "paper.jpg")
    page = page.submit("Save and go on", choice="files").submit("Save and go on").submit("Save and go on")
    assert "Your request is with the court" in sign(page, how="paper").text
    assert waiver_of(court, enrollment_id).from_paper
    assert len(files_of(court, enrollment_id)) == 1


def test_a_court_without_proof_has_no_such_step_but_a_place_for_a_scan_at_the_counter(app: Flask):
    court = make_court(app, document=document(proof="not_needed"))
    learner, enrollment_id = make_learner(court)
    assert court.client(learner).get(court.url("fee/waiver/step/proof")).status == 404
    assert court.client(learner).get(court.url("fee/waiver/step/expenses")).status == 404
    assert "Your request is with the court" in ask(court, learner).text
    waiver = waiver_of(court, enrollment_id)
    assert (waiver.proof_choice, waiver.no_proof_reason, waiver.expenses) == ("", "", {})
    _other, other_id = make_learner(court)
    assert "Photos or PDFs" in counter(court, other_id).client.get(counter(court, other_id).url + "/step/proof").text


def test_another_courts_rows_are_not_found(app: Flask, court: TestCourt):
    elsewhere = make_court(app)
    learner, enrollment_id = make_learner(court)
    ask(court, learner, files=[photo()])
    waiver, proof = waiver_of(court, enrollment_id), files_of(court, enrollment_id)[0]
    clerk = elsewhere.staff_client(Role.CLERK)
    assert clerk.get(elsewhere.url(f"waivers/{waiver.id}/files/{proof.id}")).status == 404
    with app.app_context(), elsewhere.acting(), pytest.raises(NotFound):
        lookups.get_proof_for(elsewhere.member(Role.CLERK), waiver.id, proof.id)


@pytest.mark.parametrize(
    ("path", "most"),
    [("", 12), ("/step/benefits", 12), ("/step/proof", 13), ("/step/words", 12), ("/check", 17)],
)
def test_pages_ask_the_database_little(court: TestCourt, path: str, most: int):
    learner, _id = make_learner(court)
    browser = court.client(learner)
    fill_in(browser.get(court.url("fee/waiver")), files=[photo("PNG", (9, 9))] * 2)
    with statements(court.app) as seen:
        assert browser.get(court.url(f"fee/waiver{path}")).status == 200
    asked = [one for one in seen if one != "COMMIT"]
    assert len(asked) <= most, asked
