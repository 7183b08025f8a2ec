"""A learner is written to when something about the fee changed of which no receipt or letter tells."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from app.accounts.models import LearnerAccount
from app.notices.compose import compose
from app.notices.models import Notice
from app.notices.services import SEND
from app.payments.counter import adjusting
from app.payments.counter.paying_back import GivenBack, pay_back
from app.payments.counter.rules import Method
from app.payments.deciding.rules import Outcome
from app.payments.rules import is_news
from app.permissions.identity import Identity, Role
from config import Settings
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.deciding_steps import asked, decide, pay_by_hand
from tests.functional.payments_kit import World, balance, completed, open_checkout, served
from tests.functional.stripe_shapes import eventually
from tests.functional.stripe_steps import give_back, intent_of, paid_by_card, refund_row, work


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served(settings, tmp_path_factory.mktemp("stripe")) as made:
        yield made


@pytest.fixture(scope="module")
def court(world: World) -> TestCourt:
    return make_court(world.app)


def told(court: TestCourt, learner: Identity) -> int:
    """How many mails about a change went out to somebody by now."""
    work(court, (SEND,))
    with court.app.app_context(), court.acting():
        mails = select(Notice.id).where(Notice.recipient_id == learner.id, Notice.template == "fee_changed")
        return len(session().scalars(mails).all())


def correct(court: TestCourt, enrollment_id: UUID, cents: int) -> UUID:
    with court.app.test_request_context(), court.acting():
        made = adjusting.adjust(enrollment_id, cents, reason="CANARY", actor=court.member(Role.ADMINISTRATOR))
        return made.id


def account(court: TestCourt, learner: Identity, **values: str) -> None:
    with court.app.app_context(), court.acting(), transaction() as current:
        current.execute(update(LearnerAccount).where(LearnerAccount.id == learner.id).values(**values))


def test_a_correction_is_told_in_the_learner_s_language_and_says_nothing_itself(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    account(court, learner, language="es")
    correct(court, enrollment_id, -1_234)
    with court.app.app_context(), court.acting():
        notice = session().scalars(select(Notice).where(Notice.recipient_id == learner.id)).one()
        mail = compose(notice, "A Court")
    assert mail["Subject"] == "Programa del tribunal: algo cambió"
    plain, html = (part.get_content() for part in mail.iter_parts())
    for text in (plain, html):
        assert "Algo cambió en su cuota." in text
        assert court.url("fee") in text
        assert not any(word in text for word in ("CANARY", "12.34", learner.display_name))
    assert told(court, learner) == 1
    correct(court, enrollment_id, 500)
    assert told(court, learner) == 2


def test_a_large_correction_is_told_when_the_second_person_agrees(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    asked_for = correct(court, enrollment_id, -20_000)
    assert told(court, learner) == 0
    with court.app.test_request_context(), court.acting():
        adjusting.approve_adjustment(asked_for, actor=court.member(Role.JUDGE), row_version="1")
    assert told(court, learner) == 1


def test_somebody_without_a_mail_address_gets_one_letter_however_often_it_changes(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    account(court, learner, kind="name", sign_in_name=f"quiet-river-{uuid4().hex}")
    correct(court, enrollment_id, -500)
    correct(court, enrollment_id, 200)
    with court.app.app_context(), court.acting():
        (letter,) = session().scalars(select(Notice).where(Notice.recipient_id == learner.id)).all()
    assert (letter.channel, letter.state, letter.to_address) == ("letter", "to_print", "")


def test_the_letter_tells_of_a_waiver_and_a_mail_of_what_is_paid_back_after_it(court: TestCourt):
    learner, enrollment_id = asked(court)
    pay_by_hand(court, enrollment_id, 20_000)
    decide(court, enrollment_id, Outcome.FULL)
    assert told(court, learner) == 0
    given = GivenBack(Method.CASH, 20_000, "The fee was waived.")
    with court.app.test_request_context(), court.acting():
        pay_back(enrollment_id, given, actor=court.member(Role.ADMINISTRATOR))
    assert told(court, learner) == 1


def test_a_payment_has_its_receipt_and_a_refund_is_told_once_it_arrived(world: World, court: TestCourt):
    learner, checkout = paid_by_card(world, court, "bank")
    assert told(court, learner) == 0
    refund_id = give_back(court, checkout, 900)
    assert told(court, learner) == 0  # on its way
    settle = f"refunds/{refund_row(court, refund_id).stripe_refund_id}/settle"
    world.stripe.control(settle, {"outcome": "succeeded"})
    eventually(lambda: balance(court, checkout.enrollment_id) == 900)
    assert told(court, learner) == 1
    world.stripe.control(settle, {"outcome": "failed"})
    eventually(lambda: refund_row(court, refund_id).state == "failed")
    assert told(court, learner) == 1  # for the court to see to


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_bank_s_question_is_told_when_it_begins_and_when_it_ends(world: World, court: TestCourt, outcome: str):
    learner, checkout = paid_by_card(world, court)
    dispute = world.stripe.control("disputes", {"payment_intent": intent_of(court, checkout)})
    eventually(lambda: balance(court, checkout.enrollment_id) == checkout.amount_cents)
    assert told(court, learner) == 1
    world.stripe.control(f"disputes/{dispute['id']}/close", {"outcome": outcome})
    eventually(lambda: told(court, learner) == 2)


@pytest.mark.parametrize("outcome", ["accepted", "given_back", "set_aside"])
def test_whatever_was_decided_about_a_payment_that_did_not_match(world: World, court: TestCourt, outcome: str):
    learner, enrollment_id = make_learner(court)
    checkout = open_checkout(world, court, learner, enrollment_id)
    world.hold_webhooks()
    paid = world.stripe.control(f"sessions/{checkout.session_id}/pay", {"method": "card"})
    amount = {"amount_total": checkout.amount_cents - 500, "payment_intent": paid["payment_intent"]}
    assert world.deliver(completed(checkout, object=amount)) == 200
    assert told(court, learner) == 0
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"money/review/{checkout.id}"))
    page.submit("Save the answer", outcome=outcome, reason="Looked it up at Stripe.")
    assert told(court, learner) == 1
    world.deliver_webhooks()


def test_what_is_written_together_is_news_only_where_the_payer_gains_or_loses_by_it():
    assert not is_news({"paid"})
    assert not is_news({"adjusted"})
    assert not is_news({"refunded", "adjusted"})  # it failed before we knew that it had gone
    assert is_news({"paid", "refunded"})
    assert is_news({"disputed", "dispute_won"})
