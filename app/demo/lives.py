"""The lives of the demo's learners: each yields the instant at which it wants to go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core import clock
from app.demo import card_money, case_work, counter, court_life, help_to_take_part, records, waivers
from app.demo.learner import Learner
from app.demo.time_travel import Life
from app.disputes.rules import Fact


def days_ago(days: float) -> datetime:
    noon = clock.true_now().replace(hour=18, minute=0, second=0, microsecond=0)
    return noon - timedelta(days=days)


def referred(learner: Learner, days: float) -> Life:
    yield days_ago(days + 1)
    learner.refer(hearing_days=21)


def paused(learner: Learner, days: float) -> Life:
    yield from studying(learner, days, 2)
    help_to_take_part.ask(learner, "time", words="I read slowly. Twice the time would be enough.")
    yield clock.now() + timedelta(days=3)
    help_to_take_part.grant(learner)
    court_life.hold(learner)


def to_be_decided(learner: Learner, days: float) -> Life:
    """In lessons; the officer has noted something, and the person has said the own side."""
    yield from studying(learner, days, 1)
    help_to_take_part.ask(learner, "other", words="A quiet room at the courthouse, because my home is loud.")
    yield clock.now() + timedelta(days=2)
    help_to_take_part.deny(learner)
    yield clock.now() + timedelta(days=4)
    court_life.note_possible_violation(learner)
    yield clock.now() + timedelta(days=1)
    court_life.say_own_side(learner)
    records.let_the_lawyer_see(learner)
    yield clock.now() + timedelta(minutes=10)
    learner.request_report("bench_card")


def stepping(learner: Learner, days: float) -> Life:
    """In lessons; a step was agreed on, its day is over, and nobody has said whether it was done."""
    yield from studying(learner, days, 1)
    yield clock.now() + timedelta(days=2)
    court_life.note_possible_violation(learner)
    yield clock.now() + timedelta(days=1)
    court_life.agree_on_a_step(learner, 4)
    yield clock.now() + timedelta(minutes=10)
    court_life.report_non_compliance(learner)
    yield clock.now() + timedelta(minutes=10)


def end_proposed(learner: Learner, days: float) -> Life:
    """Back with the court, its end proposed, approved and answered: a judge decides."""
    yield from enrolled(learner, days)
    yield clock.now() + timedelta(days=9)
    court_life.return_to_court(learner)
    yield clock.now() + timedelta(days=1)
    court_life.propose_the_end(learner)
    yield clock.now() + timedelta(days=2)
    court_life.answer_the_proposal(learner)


def asking_a_judge(learner: Learner, days: float) -> Life:
    """Enrolled since the court leaves waivers of a part to a judge, and asks to pay less."""
    yield days_ago(days)
    learner.refer()
    yield days_ago(2.8)
    court_life.leave_parts_to_a_judge(learner.court)
    learner.enroll()
    yield clock.now() + timedelta(minutes=5)
    waivers.ask(learner, 2_900_00, size=2)
    yield clock.now() + timedelta(hours=1)


def withdrawn(learner: Learner, days: float) -> Life:
    yield from referred(learner, days)
    yield clock.now() + timedelta(days=4)
    court_life.withdraw(learner)


def enrolled(learner: Learner, days: float) -> Life:
    yield days_ago(days)
    learner.refer()
    yield clock.now() + timedelta(days=2)
    learner.enroll()
    yield clock.now() + timedelta(minutes=5)


def paying(learner: Learner) -> Life:
    learner.start_payment()
    yield clock.now() + timedelta(minutes=5)
    learner.confirm_payment()
    yield clock.now() + timedelta(minutes=5)


def studying(learner: Learner, days: float, lessons: int) -> Life:
    yield from enrolled(learner, days)
    yield from paying(learner)
    yield from learner.learn(lessons)


def studying_in_two_places(learner: Learner, days: float) -> Life:
    """On the phone first, then at the library: a device that is new there."""
    yield from studying(learner, days, 2)
    learner.sign_in_again()
    case_work.ask(learner)
    yield from learner.learn(1)
    records.say_it_is_not_right(learner, Fact.SEAT_TIME, 1, "I read two hours at the library. That is not in it.")
    yield clock.now() + timedelta(days=1)
    records.answer_it(learner, "The page stood open without a scroll or a click for most of it. What was read counts.")
    yield clock.now() + timedelta(hours=3)
    case_work.answer(learner)


def in_parts(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    counter.choose_parts(learner)
    yield clock.now() + timedelta(days=1)
    counter.pay_first_part(learner)
    yield from learner.learn(1)
    yield clock.now() + timedelta(days=1)
    counter.ask_for_correction(learner)
    help_to_take_part.ask(learner, "large_print", "breaks", words="Small letters tire my eyes after some minutes.")


def asking(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    waivers.ask(learner, 1_292_00, size=2, proof=True)
    yield clock.now() + timedelta(hours=1)


def given_back(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    yield from paying(learner)
    card_money.give_back(learner)
    yield clock.now() + timedelta(minutes=5)
    card_money.hear(learner)
    counter.pay_in_cash(learner, 60_00)


def disputing(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    yield from paying(learner)
    yield clock.now() + timedelta(days=3)
    card_money.dispute(learner)
    card_money.hear(learner)


def looked_at(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    card_money.pay_another_amount(learner)
    yield clock.now() + timedelta(minutes=5)
    learner.confirm_payment()
    yield clock.now() + timedelta(minutes=5)


def filling_in(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    waivers.begin(learner)


def denied(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    waivers.ask(learner, 6_400_00, size=2)
    yield clock.now() + timedelta(days=2)
    waivers.deny(learner)
    yield clock.now() + timedelta(hours=1)


def granted_in_part(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    waivers.ask(learner, 5_200_00, size=3)
    yield clock.now() + timedelta(days=2)
    waivers.grant_a_part(learner)
    yield clock.now() + timedelta(hours=1)


def through_coursework(learner: Learner) -> Life:
    while learner.state() == "coursework":
        before = clock.now()
        yield from learner.learn()
        yield clock.now() + timedelta(days=1)
        learner.accept_reflections()
        yield max(clock.now(), before + timedelta(hours=1))


def months_into_accountability(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    learner.ask_for_waiver()
    yield clock.now() + timedelta(days=1)
    learner.grant_waiver()
    yield from through_coursework(learner)
    case_work.record(learner, "held", "Go on with the program. Come back in two months.", next_in_days=60)
    yield from learner.check_ins(skip=(2,))


def whole_way(learner: Learner, days: float) -> Life:
    yield from enrolled(learner, days)
    yield from paying(learner)
    yield from through_coursework(learner)
    case_work.record(learner, "continued", "Continued to see the check-ins.", next_in_days=90)
    yield from learner.check_ins()
    yield clock.now() + timedelta(days=1)
    learner.request_report("progress")
    yield clock.now() + timedelta(minutes=10)
    learner.correct_report("progress", "The next hearing was moved and the report named the old day.")
    yield clock.now() + timedelta(minutes=10)
