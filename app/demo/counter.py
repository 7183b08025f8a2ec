"""What happens at the counter in the demo: a fee in parts, a money order, a void, a correction asked for."""

from __future__ import annotations

from app.core import clock
from app.demo.learner import Learner
from app.payments.counter.adjusting import adjust
from app.payments.counter.rules import Method
from app.payments.counter.services import Received, record_payment, void_payment
from app.payments.installments.lookups import plan_of
from app.payments.installments.services import choose_installments
from tenants.database import acting_as


def choose_parts(learner: Learner) -> None:
    """The learner pays in three parts."""
    with acting_as(learner.court.id):
        choose_installments(3, actor=learner.me)


def pay_first_part(learner: Learner) -> None:
    """A money order over the first part, after one that was written down for the wrong person."""
    clerk = learner.court.staff["clerk"].identity
    with acting_as(learner.court.id):
        today = clock.today(learner.court.time_zone)
        plan = plan_of(learner.enrolled)
        assert plan is not None
        assert plan.next is not None
        slip = record_payment(learner.enrolled, Received(Method.CASH, 5_000, today), actor=clerk)
        void_payment(slip.id, reason="Belongs to another case", actor=clerk, row_version=str(slip.row_version))
        paid = Received(Method.MONEY_ORDER, plan.next.left_cents, today, reference="MO 4471902")
        record_payment(learner.enrolled, paid, actor=clerk)


def pay_in_cash(learner: Learner, cents: int) -> None:
    with acting_as(learner.court.id):
        today = clock.today(learner.court.time_zone)
        clerk = learner.court.staff["clerk"].identity
        record_payment(learner.enrolled, Received(Method.CASH, cents, today), actor=clerk)


def ask_for_correction(learner: Learner) -> None:
    """More than the clerk may correct alone: it waits for a second person."""
    clerk = learner.court.staff["clerk"].identity
    with acting_as(learner.court.id):
        adjust(learner.enrolled, -75_00, reason="The order sets a lower program fee", component="program", actor=clerk)
