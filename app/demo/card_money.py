"""What becomes of card payments in the demo: money given back, a bank's dispute, an amount that does not fit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import requests

from app.core import clock
from app.core.runtime import runtime
from app.demo.learner import Learner
from app.payments.models import Checkout
from app.payments.reconciling.services import fetch_events
from app.payments.refunds.services import ask_refund
from tenants.database import acting_as, session


def _at_stripe(path: str, body: dict[str, Any]) -> None:
    answer = requests.post(f"{runtime().settings.stripe_api_base}/_control/{path}", json=body, timeout=10)
    answer.raise_for_status()


def _payment(learner: Learner) -> Checkout:
    return session().query(Checkout).filter_by(enrollment_id=learner.enrolled).one()


def hear(learner: Learner) -> None:
    """The portal takes in what Stripe tells; no webhook arrives while the demo is made."""
    with acting_as(learner.court.id):
        fetch_events(clock.now() - timedelta(days=1))


def give_back(learner: Learner) -> None:
    """The administrator gives a part back; Stripe tells of it later."""
    with acting_as(learner.court.id):
        administrator = learner.court.staff["administrator"].identity
        ask_refund(_payment(learner).id, 60_00, "Asked to pay this part at the counter instead", actor=administrator)


def dispute(learner: Learner) -> None:
    """The payer tells the bank that the payment is not known."""
    with acting_as(learner.court.id):
        intent = _payment(learner).payment_intent_id
    _at_stripe("disputes", {"payment_intent": intent, "reason": "fraudulent"})


def pay_another_amount(learner: Learner) -> None:
    """The payment page asks for less than the portal wanted: a person of the court has to look."""
    with acting_as(learner.court.id):
        learner.open_payment_page()
        page = _payment(learner).session_id
    _at_stripe(f"sessions/{page}/amount", {"amount": 250_00})
    _at_stripe(f"sessions/{page}/pay", {"method": "card"})
