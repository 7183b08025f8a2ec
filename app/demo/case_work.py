"""What is written in the demo's cases: messages, notes, and what came of hearings."""

from __future__ import annotations

from datetime import time, timedelta

from app.cases.hearings.rules import Held, NextDay
from app.cases.hearings.services import record_hearing
from app.cases.lookups import the_enrollment
from app.cases.messages.services import mark_read, send_message
from app.cases.messages.templates import Words, save_template
from app.cases.notes.services import add_note
from app.core import clock
from app.demo.learner import Court, Learner
from tenants.database import acting_as


def text_of_the_courts_own(court: Court) -> None:
    with acting_as(court.id):
        words = Words(
            "Another courtroom",
            "Hello [first name]. Your hearing on [next hearing] is in courtroom [number]. Please come a little early.",
            "Hola, [nombre]. Su audiencia del [próxima audiencia] es en la sala [número]. Venga un poco antes.",
        )
        save_template(words, actor=court.staff["clerk"].identity)


def record(learner: Learner, outcome: str, orders: str, *, next_in_days: int) -> None:
    """A hearing of today, and the day of the next one."""
    with acting_as(learner.court.id):
        today = clock.today(learner.court.time_zone)
        record_hearing(
            learner.enrolled,
            Held(today, time(9, 30), "review", outcome, orders),
            following=NextDay(today + timedelta(days=next_in_days), time(9, 30)),
            actor=learner.court.staff["clerk"].identity,
        )


def ask(learner: Learner) -> None:
    """The officer writes; a private note says why."""
    officer = learner.court.staff["officer"].identity
    with acting_as(learner.court.id):
        enrollment = the_enrollment(learner.enrolled)
        add_note(enrollment, "Works nights. Calls before noon wake the family.", shared=False, actor=officer)
        add_note(enrollment, "Good start. You can do the lessons at any hour.", shared=True, actor=officer)
        hello = f"Hello {learner.given_names}. I see that you have begun. Is there anything in the way of the lessons?"
        send_message(learner.enrolled, hello, actor=officer)


def answer(learner: Learner) -> None:
    """The participant has read it, and waits for an answer."""
    with acting_as(learner.court.id):
        mark_read(learner.enrolled, actor=learner.me)
        words = "I work nights until the end of the month. Can I come to the hearing in the afternoon?"
        send_message(learner.enrolled, words, actor=learner.me)
