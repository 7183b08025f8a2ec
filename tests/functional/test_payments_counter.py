"""At the counter: money with a receipt, voids with a reason, corrections with a second person, and the statement."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.errors import Refused
from app.core.models import AuditEvent
from app.payments.counter import adjusting
from app.payments.counter.lookups import adjustments_of, payments_of
from app.payments.counter.models import CounterPayment, LedgerAdjustment
from app.payments.counter.rules import Method
from app.payments.counter.services import Received, record_payment
from app.payments.month import money_between
from app.payments.overview import money_of
from app.permissions.identity import Identity, Role
from tenants.database import transaction
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import balance, entries, statements

FEE = 35_000


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def state_of(court: TestCourt, enrollment_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).state


def record(court: TestCourt, enrollment_id: UUID, **fields: Any) -> Page:
    told = {"method": "cash", "amount": "100", **fields}
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}/counter-payment"))
    return page.submit("Record the payment", **told)


def recorded(court: TestCourt, enrollment_id: UUID) -> list[CounterPayment]:
    with court.app.app_context(), court.acting():
        return list(payments_of(enrollment_id))


def corrections(court: TestCourt, enrollment_id: UUID) -> list[LedgerAdjustment]:
    with court.app.app_context(), court.acting():
        return list(adjustments_of(enrollment_id))


def test_cash_has_a_receipt_lowers_what_is_owed_and_settling_it_opens_lessons(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    page = record(court, enrollment_id, amount="100.50")
    (payment,) = recorded(court, enrollment_id)
    assert f"Its receipt is {payment.receipt}" in page.text
    assert balance(court, enrollment_id) == FEE - 10_050
    assert state_of(court, enrollment_id) == "enrolled"
    record(court, enrollment_id, method="money_order", reference="MO 77", amount="249.50")
    assert balance(court, enrollment_id) == 0
    assert state_of(court, enrollment_id) == "coursework"
    assert entries(court, enrollment_id) == [("paid", -24_950), ("paid", -10_050)]
    case = court.staff_client(Role.OFFICER).get(court.url(f"cases/{enrollment_id}"), follow_redirects=False)
    assert case.status == 404, "an officer sees only the own caseload"
    case = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}"))
    assert payment.receipt in case.text
    assert "MO 77" in case.text
    mine = court.client(learner).get(court.url("fee/statement"))
    assert f"Receipt {payment.receipt}" in mine.text
    assert "Nothing is left to pay." in mine.text
    assert "MO 77" not in mine.text


def test_receipt_numbers_have_no_gaps_whoever_records_at_once(app: Flask):
    court = make_court(app)
    people = [make_learner(court)[1] for _ in range(3)]
    clerk = court.member(Role.CLERK)

    def one(enrollment_id: UUID) -> None:
        with app.test_request_context(), court.acting():
            today = clock.today("America/Los_Angeles")
            record_payment(enrollment_id, Received(Method.CASH, 1_000, today), actor=clerk)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, people * 4))
    numbers = sorted(payment.number for one_id in people for payment in recorded(court, one_id))
    assert numbers == list(range(1, 13))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"method": None}, "Choose how it was paid."),
        ({"amount": ""}, "Enter the amount."),
        ({"amount": "0"}, "Enter an amount of more than 0."),
        ({"amount": "much"}, "Enter an amount in dollars"),
        ({"method": "check"}, "Enter the number of the check or money order."),
        ({"received_on__year": "2199"}, "It can not be in the future."),
        ({"received_on__month": "2", "received_on__day": "30"}, "Enter a real date"),
        ({"amount": "350.01"}, "That is more than the $350.00 that is owed."),
    ],
)
def test_a_slip_is_explained_and_records_nothing(court: TestCourt, fields: dict[str, Any], words: str):
    _learner, enrollment_id = make_learner(court)
    page = record(court, enrollment_id, **fields)
    assert page.status == 422
    assert any(words in error for error in page.errors()), page.errors()
    assert balance(court, enrollment_id) == FEE
    assert recorded(court, enrollment_id) == []


def test_more_than_is_owed_is_taken_once_it_is_confirmed(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    page = record(court, enrollment_id, amount="400")
    page.submit("Record the payment", more_than_owed="y")
    assert balance(court, enrollment_id) == -5_000
    assert "The court owes you $50.00." in court.client(learner).get(court.url("fee")).text


def test_the_same_form_sent_twice_is_one_payment(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    client = court.staff_client(Role.CLERK)
    form = client.get(court.url(f"cases/{enrollment_id}/counter-payment")).form("Record the payment")
    form.submit(method="cash", amount="20")
    form.submit(method="cash", amount="20")
    assert len(recorded(court, enrollment_id)) == 1
    assert balance(court, enrollment_id) == FEE - 2_000


def test_a_void_needs_a_reason_brings_the_debt_back_and_both_stay_to_be_seen(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    record(court, enrollment_id, amount="350", method="check", reference="1234")
    assert state_of(court, enrollment_id) == "coursework"
    (payment,) = recorded(court, enrollment_id)
    address = court.url(f"counter-payments/{payment.id}/void")
    client = court.staff_client(Role.CLERK)
    refused = client.get(address).submit("Void the payment", reason=" ")
    assert refused.status == 422
    assert balance(court, enrollment_id) == 0
    form = client.get(address).form("Void the payment")
    form.submit(reason="The check came back.")
    form.submit(reason="The check came back.")
    assert balance(court, enrollment_id) == FEE
    assert entries(court, enrollment_id) == [("paid", -FEE), ("refunded", FEE)]
    assert "This payment is voided already." in client.get(address).text
    case = client.get(court.url(f"cases/{enrollment_id}"))
    assert "Voided" in case.text
    assert "Payment at the counter voided" in case.text
    assert "Paid back" not in case.text
    assert "The check came back." in case.text
    mine = court.client(learner).get(court.url("fee/statement"))
    assert "Payment at the counter voided" in mine.text
    assert "Left to pay: $350.00." in mine.text
    assert state_of(court, enrollment_id) == "coursework", "what was opened stays open"
    with court.app.app_context(), court.acting(), transaction() as current:
        found = current.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == payment.id)).all()
    assert sorted(found) == ["payments.record_at_counter", "payments.void_at_counter"]


def test_a_voided_payment_counts_in_no_month_as_paid_or_given_back(app: Flask):
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    record(court, enrollment_id, amount="200")
    (payment,) = recorded(court, enrollment_id)
    address = court.url(f"counter-payments/{payment.id}/void")
    court.staff_client(Role.CLERK).get(address).submit("Void the payment", reason="Another person's money.")
    now = clock.now()
    with court.app.app_context(), court.acting():
        month = money_between(court.member(Role.CLERK), now - timedelta(days=1), now + timedelta(days=1))
    assert (month.paid_cents, month.refunded_cents) == (0, 0)


def test_a_stale_void_is_refused(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    record(court, enrollment_id)
    (payment,) = recorded(court, enrollment_id)
    address = court.url(f"counter-payments/{payment.id}/void")
    first, second = (court.staff_client(Role.CLERK).get(address).form("Void the payment") for _ in range(2))
    first.submit(reason="Wrong person.")
    second.submit(reason="Wrong amount.")
    assert entries(court, enrollment_id) == [("paid", -10_000), ("refunded", 10_000)]


# --- Corrections -----------------------------------------------------------------------------------------------------


def correct(court: TestCourt, clerk: Identity, enrollment_id: UUID, **fields: Any) -> Page:
    told = {"direction": "less", "amount": "20", "reason": "Charged twice.", **fields}
    return court.client(clerk).get(court.url(f"cases/{enrollment_id}/correction")).submit("Correct it", **told)


def test_a_small_correction_applies_at_once_and_shows_on_every_statement(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    clerk = court.member(Role.CLERK)
    page = correct(court, clerk, enrollment_id, amount="50")
    assert "The correction is made." in page.text
    assert balance(court, enrollment_id) == FEE - 5_000
    mine = court.client(learner)
    assert "Charged twice." in mine.get(court.url("fee/statement")).text
    fee = mine.get(court.url("fee")).text
    assert "Corrected by the court" in fee
    assert "Paid -" not in fee
    with court.app.app_context(), court.acting():
        money = money_of(enrollment_id)
    assert money.paid_cents == 0
    assert money.assessed_cents - money.waived_cents - money.paid_cents == money.balance_cents == 30_000


def test_a_large_correction_waits_for_somebody_else(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    administrator, judge = court.member(Role.ADMINISTRATOR), court.member(Role.JUDGE)
    page = correct(court, administrator, enrollment_id, amount="350", reason="Never owed it.")
    assert "A second person has to approve the correction." in page.text
    assert balance(court, enrollment_id) == FEE
    (asked,) = corrections(court, enrollment_id)
    own = court.client(administrator).get(court.url(f"corrections/{asked.id}"))
    assert "Somebody else has to decide it." in own.text
    with court.app.test_request_context(), court.acting(), pytest.raises(Refused, match="you asked for it"):
        adjusting.approve_adjustment(asked.id, actor=administrator, row_version=str(asked.row_version))
    listed = court.client(judge).get(court.url("corrections"))
    decided = listed.client.get(court.url(f"corrections/{asked.id}")).submit("Send the answer", answer="approve")
    assert "The correction is made." in decided.text
    assert balance(court, enrollment_id) == 0
    assert state_of(court, enrollment_id) == "coursework"
    (done,) = corrections(court, enrollment_id)
    assert (done.state, done.asked_by, done.decided_by) == ("applied", administrator.id, judge.id)


def test_a_large_correction_in_small_ones_waits_too(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    clerk = court.member(Role.CLERK)
    assert "The correction is made." in correct(court, clerk, enrollment_id, amount="30").text
    page = correct(court, clerk, enrollment_id, amount="20.01")
    assert "A second person has to approve the correction." in page.text
    assert balance(court, enrollment_id) == FEE - 3_000


def test_the_database_itself_knows_no_correction_decided_by_who_asked(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    clerk = court.member(Role.CLERK)
    row = LedgerAdjustment(
        enrollment_id=enrollment_id,
        amount_cents=-100,
        reason="mine",
        asked_at=clock.now(),
        asked_by=clerk.id,
        decided_by=clerk.id,
    )
    with court.app.app_context(), court.acting(), pytest.raises(IntegrityError, match="second_person"):
        keep(row)


def keep(row: LedgerAdjustment) -> None:
    with transaction() as current:
        current.add(row)


def test_a_declined_correction_changes_nothing_and_says_why(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    correct(court, court.member(Role.CLERK), enrollment_id, direction="more", amount="60")
    (asked,) = corrections(court, enrollment_id)
    client = court.staff_client(Role.ADMINISTRATOR)
    address = court.url(f"corrections/{asked.id}")
    assert client.get(address).submit("Send the answer", answer="decline").status == 422
    client.get(address).submit("Send the answer", answer="decline", reason="The order says otherwise.")
    assert balance(court, enrollment_id) == FEE
    assert "The order says otherwise." in client.get(court.url(f"cases/{enrollment_id}")).text
    assert client.get(address).text.count("This correction is declined.") == 1


def test_two_large_corrections_never_lower_a_fee_below_nothing(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    for _ in range(2):
        correct(court, court.member(Role.CLERK), enrollment_id, amount="200")
    judge = court.staff_client(Role.JUDGE)
    first, second = (judge.get(court.url(f"corrections/{one.id}")) for one in corrections(court, enrollment_id))
    first.submit("Send the answer", answer="approve")
    refused = second.submit("Send the answer", answer="approve")
    assert refused.status == 422
    assert any("more than the $150.00" in error for error in refused.errors()), refused.errors()
    assert balance(court, enrollment_id) == FEE - 20_000


def test_a_correction_is_decided_once_by_whoever_was_first(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    correct(court, court.member(Role.CLERK), enrollment_id, amount="60")
    (asked,) = corrections(court, enrollment_id)
    address = court.url(f"corrections/{asked.id}")
    yes, no = (court.staff_client(Role.JUDGE).get(address).form("Send the answer") for _ in range(2))
    yes.submit(answer="approve")
    no.submit(answer="decline", reason="No.")
    assert balance(court, enrollment_id) == FEE - 6_000
    assert [one.state for one in corrections(court, enrollment_id)] == ["applied"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": "0"}, "Enter an amount of more than 0."),
        ({"reason": ""}, "Enter a reason."),
        ({"direction": None}, "Choose whether less or more is owed."),
        ({"component": "nothing"}, "Not a valid choice"),
        ({"amount": "350.01"}, "That is more than the $350.00 that the fee still comes to."),
        ({"amount": "50.01", "component": "court"}, "That is more than the $50.00"),
    ],
)
def test_a_correction_without_sense_is_explained(court: TestCourt, fields: dict[str, Any], words: str):
    _learner, enrollment_id = make_learner(court)
    page = correct(court, court.member(Role.CLERK), enrollment_id, **fields)
    assert page.status == 422
    assert any(words.lower() in error.lower() for error in page.errors()), page.errors()
    assert corrections(court, enrollment_id) == []


# --- The statement ---------------------------------------------------------------------------------------------------


def test_the_statement_runs_through_every_entry_and_its_csv_holds_the_same(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    record(court, enrollment_id, amount="100")
    correct(court, court.member(Role.CLERK), enrollment_id, amount="10", reason="=HYPERLINK(1)")
    client = court.staff_client(Role.CLERK)
    page = client.get(court.url(f"cases/{enrollment_id}/statement"))
    for words in (
        "Fee: Program fee",
        "Fee: Court administration",
        "Paid at the counter: Cash",
        "Left to pay: $240.00.",
    ):
        assert words in page.text
    rows = list(csv.reader(io.StringIO(client.http.get(page.link("Download as CSV")).data.decode("utf-8-sig"))))
    charges, credits_ = (sum(float(row[at] or 0) for row in rows[1:]) for at in (3, 4))
    assert round(charges - credits_, 2) == 240.0
    assert [row[5] for row in rows[1:]] == ["300.00", "350.00", "250.00", "240.00"]
    assert rows[-1][2] == "'=HYPERLINK(1)", "no cell runs as a formula"


def test_pages_of_the_counter_ask_the_database_little_however_much_there_is(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    clerk, judge = court.staff_client(Role.CLERK), court.staff_client(Role.JUDGE)
    with court.app.test_request_context(), court.acting():
        actor, today = court.member(Role.CLERK), clock.today("America/Los_Angeles")
        for n in range(6):
            record_payment(enrollment_id, Received(Method.CASH, 1_000, today - timedelta(days=n)), actor=actor)
            adjusting.adjust(enrollment_id, -6_000, reason="many", actor=actor)
    pages = {
        f"cases/{enrollment_id}/statement": (clerk, 16),
        f"cases/{enrollment_id}/statement.csv": (clerk, 16),
        f"cases/{enrollment_id}/counter-payment": (clerk, 12),
        f"cases/{enrollment_id}/correction": (clerk, 13),
        "corrections": (judge, 12),
        f"corrections/{corrections(court, enrollment_id)[0].id}": (judge, 16),
        f"counter-payments/{recorded(court, enrollment_id)[0].id}/void": (clerk, 12),
    }
    for address, (client, most) in pages.items():
        client.http.get(court.url(address))
        with statements(court.app) as seen:
            assert client.http.get(court.url(address)).status_code == 200
        assert len(seen) <= most, (address, len(seen), seen)
