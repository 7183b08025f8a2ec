"""Money that was paid at the counter and is waived afterwards: it is paid back there, once, and stays to be seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.errors import Refused
from app.core.models import AuditEvent
from app.payments.counter.models import CounterRefund
from app.payments.counter.paying_back import GivenBack, credit_of, paid_back_in, pay_back
from app.payments.counter.rules import Method, payable_back
from app.payments.deciding.lookups import letter_facts
from app.payments.deciding.rules import Outcome
from app.payments.deciding.services import revoke_waiver
from app.payments.ledger import write_entries
from app.payments.month import money_between
from app.payments.overview import money_of
from app.payments.payees.lookups import by_payee, month_of
from app.payments.refunds.lookups import card_money
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court
from tests.functional.deciding_steps import answers_of, asked, decide, document, inside, pay_by_hand, waiver_of
from tests.functional.payments_kit import balance, entries

FEE = 35_000
CASH = {"method": "cash", "reason": "The fee was waived."}


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def waived_after_it_was_paid(court: TestCourt) -> tuple[Identity, UUID]:
    learner, enrollment_id = asked(court)
    pay_by_hand(court, enrollment_id, 20_000)
    decide(court, enrollment_id, Outcome.FULL)
    assert balance(court, enrollment_id) == -20_000
    return learner, enrollment_id


def paid_back(court: TestCourt, enrollment_id: UUID) -> list[CounterRefund]:
    with inside(court):
        return list(paid_back_in(enrollment_id))


def credit(court: TestCourt, enrollment_id: UUID) -> tuple[int, int]:
    with inside(court):
        found = credit_of(the_enrollment(enrollment_id))
        return found.cents, found.payable_cents


@pytest.mark.proves("MO-7")
def test_what_was_paid_at_the_counter_and_is_waived_is_paid_back_there(court: TestCourt):
    learner, enrollment_id = waived_after_it_was_paid(court)
    with inside(court):
        told = letter_facts(answers_of(court, enrollment_id)[-1].id).answer.amounts()
    assert "The court owes you $200.00. It will tell you how you get it back." in told
    client = court.staff_client(Role.ADMINISTRATOR)
    case = client.get(court.url(f"cases/{enrollment_id}"))
    assert "The court owes $200.00." in case.text
    page = case.click("Pay it back at the counter")
    refused = page.submit("Record it as paid back", **CASH, amount="200.01")
    assert any("At most $200.00 can be paid back" in error for error in refused.errors())
    wanting = refused.submit("Record it as paid back", method="check", amount="150", reason="Waived.")
    assert any("number of the check" in error for error in wanting.errors())
    form = wanting.form("Record it as paid back")
    done = form.submit(method="check", reference="4711", amount="150", reason="The fee was waived.")
    form.submit(method="check", reference="4711", amount="150", reason="The fee was waived.")
    assert "Paid back at the counter" in done.text
    assert "4711" in done.text
    assert balance(court, enrollment_id) == -5_000
    rest = client.get(court.url(f"cases/{enrollment_id}/pay-back"))
    assert rest.form("Record it as paid back").values()["amount"] == "50.00"
    rest.submit("Record it as paid back", **CASH)
    assert balance(court, enrollment_id) == 0
    assert [one.amount_cents for one in paid_back(court, enrollment_id)] == [15_000, 5_000]
    mine = court.client(learner).get(court.url("fee/statement")).text
    assert "Paid back at the counter: Check" in mine
    assert "The fee was waived." in mine
    assert "4711" not in mine
    assert "voided" not in mine
    assert "Nothing can be paid back at the counter." in client.get(court.url(f"cases/{enrollment_id}/pay-back")).text
    with inside(court), transaction() as current:
        made = [one.id for one in paid_back_in(enrollment_id)]
        found = current.scalars(select(AuditEvent.action).where(AuditEvent.subject_id.in_(made))).all()
        money = money_of(enrollment_id)
    assert found == ["payments.pay_back_at_counter"] * 2
    assert (money.paid_cents, money.balance_cents) == (0, 0)


def test_a_month_tells_it_as_given_back_and_no_card_holds_it(app: Flask):
    court = make_court(app)
    _learner, enrollment_id = waived_after_it_was_paid(court)
    with inside(court):
        pay_back(enrollment_id, GivenBack(Method.CASH, 20_000, "Waived."), actor=court.member(Role.ADMINISTRATOR))
        now = clock.now()
        month = money_between(court.member(Role.CLERK), now - timedelta(days=1), now + timedelta(days=1))
        lines = by_payee(month_of(clock.local(now, "America/Los_Angeles").date(), "America/Los_Angeles"))
        assert card_money(the_enrollment(enrollment_id)).payments == ()
    assert (month.paid_cents, month.refunded_cents) == (20_000, 20_000)
    assert sum(line.given_back_cents for line in lines) == sum(line.received_cents for line in lines) == 20_000


@pytest.mark.proves("MO-6")
def test_no_credit_goes_out_twice_even_at_once(court: TestCourt):
    _learner, enrollment_id = waived_after_it_was_paid(court)
    administrator = court.member(Role.ADMINISTRATOR)

    def hand_out(_n: int) -> bool:
        with court.app.test_request_context(), court.acting():
            try:
                pay_back(enrollment_id, GivenBack(Method.CASH, 15_000, "At once."), actor=administrator)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(hand_out, range(4))) == [False, False, False, True]
    assert balance(court, enrollment_id) == -5_000


def test_only_whoever_may_give_money_back_is_shown_how(court: TestCourt):
    _learner, enrollment_id = waived_after_it_was_paid(court)
    clerk = court.staff_client(Role.CLERK)
    case = clerk.get(court.url(f"cases/{enrollment_id}"))
    assert "An administrator of the court can pay it back." in case.text
    assert "Pay it back at the counter" not in case.text
    assert clerk.get(court.url(f"cases/{enrollment_id}/pay-back")).status == 404


@pytest.mark.proves("MO-7")
def test_only_what_came_in_at_the_counter_goes_out_there(court: TestCourt):
    _learner, enrollment_id = asked(court)
    with inside(court):
        write_entries(enrollment_id, [("paid", "", 30_000, f"pi_{enrollment_id}")], actor=court.member(Role.CLERK))
    pay_by_hand(court, enrollment_id, 2_000)
    decide(court, enrollment_id, Outcome.FULL)
    assert credit(court, enrollment_id) == (32_000, 2_000)
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"cases/{enrollment_id}/pay-back"))
    assert "The rest goes back to the card" in page.text


def test_what_is_not_refundable_stays_with_its_payee(app: Flask):
    components = [
        {"key": "program", "label": "Program fee", "amount_cents": 30_000},
        {"key": "book", "label": "Workbook", "amount_cents": 4_000, "refundable": False},
    ]
    court = make_court(app, document=document(fees={"components": components}))
    _learner, enrollment_id = asked(court)
    pay_by_hand(court, enrollment_id, 34_000)
    decide(court, enrollment_id, Outcome.FULL)
    assert balance(court, enrollment_id) == -30_000
    assert credit(court, enrollment_id) == (30_000, 30_000)


@pytest.mark.parametrize(
    ("credit_cents", "on_its_way", "at_counter", "nobodys", "comes_to"),
    [
        (100, 0, 100, 100, 100),
        (100, 30, 100, 100, 70),
        (100, 0, 40, 100, 40),
        (100, 0, 100, 0, 0),
        (0, 0, 100, 100, 0),
        (100, 200, 100, 100, 0),
        (100, 0, -5, 100, 0),
    ],
)
def test_what_can_be_paid_back(credit_cents: int, on_its_way: int, at_counter: int, nobodys: int, comes_to: int):
    found = payable_back(credit=credit_cents, on_its_way=on_its_way, at_counter=at_counter, nobodys=nobodys)
    assert found == comes_to


def test_a_waiver_that_is_taken_back_never_asks_for_what_was_paid_out(court: TestCourt):
    _learner, enrollment_id = waived_after_it_was_paid(court)
    administrator = court.member(Role.ADMINISTRATOR)
    with inside(court):
        pay_back(enrollment_id, GivenBack(Method.CASH, 20_000, "Waived."), actor=administrator)
    waiver = waiver_of(court, enrollment_id)
    with inside(court):
        told = ("told_wrong", "There is a second income.")
        revoke_waiver(waiver.id, *told, actor=court.member(Role.CLERK), row_version=str(waiver.row_version))
    assert balance(court, enrollment_id) == FEE - 20_000
    assert ("refunded", 20_000) in entries(court, enrollment_id)


def test_a_case_without_credit_pays_nothing_back(court: TestCourt):
    _learner, enrollment_id = asked(court)
    with inside(court), pytest.raises(Refused, match=r"At most \$0\.00"):
        pay_back(enrollment_id, GivenBack(Method.CASH, 1, "None."), actor=court.member(Role.ADMINISTRATOR))
    with inside(court):
        assert session().scalar(select(CounterRefund.id).where(CounterRefund.enrollment_id == enrollment_id)) is None
