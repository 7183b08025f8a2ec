"""One learner's way, step by step, through the services that the pages call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

import requests

from app.accountability import services as accountability
from app.accountability.lookups import check_ins_of
from app.accounts import services as accounts
from app.accounts import sessions
from app.accounts.devices.services import note_device
from app.accounts.lookups import get_account
from app.accounts.models import LearnerAccount
from app.cases.enrolling import find_code, issue_code
from app.cases.joining import Signature, SignIn, join
from app.cases.lookups import the_enrollment
from app.cases.services import NewReferral, refer
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.runtime import runtime
from app.curriculum.lessons import (
    CheckLesson,
    CommitmentLesson,
    QuizLesson,
    ReadingLesson,
    ScenarioLesson,
    VideoLesson,
)
from app.demo.staff import Member
from app.learning import answering, commitments, scenarios, sitting, videos
from app.learning.commitments import PlanItem
from app.learning.lookups import Course, my_course
from app.learning.marks import mark_of
from app.learning.models import QuizAttempt
from app.learning.rules import NextLesson, Step
from app.payments import checkouts, sweeping
from app.payments.deciding.rules import Decision, Outcome
from app.payments.deciding.services import decide_waiver
from app.payments.models import Checkout, Waiver
from app.payments.waiving.services import WaiverRequest, file_waiver
from app.permissions.identity import Identity
from app.reports.correcting.services import correct_report
from app.reports.lookups import ISSUED, reports_of
from app.reports.services import request_report
from app.reports.snapshot import ReportKind
from app.reviews.queue import Wanted, listed
from app.reviews.rules import Kind
from app.reviews.services import decide
from tenants.database import acting_as, session
from tenants.program import ProgramDocument
from tenants.rules import rules_in_force

PASSPHRASE = "seven small boats at noon"  # noqa: S105 - the demo's, printed at every start
PULSE = timedelta(seconds=20)
PHONE = "Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36"
LIBRARY = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/145.0"
STATEMENTS = {"en": "A steady month. The group helps.", "es": "Un mes tranquilo. El grupo me ayuda."}
THANKS = "Thank you. You are honest here."
REFLECTION = (
    "I used to think that what I did was a private thing between two adults. After these lessons I see that I did not "
    "know anything about the other person, and that I did not want to know. I told myself a story so that I would not "
    "have to look. My plan is to stop when I notice that story starting, to call my brother, and to go to the group on "
    "Tuesdays. I want my daughter to be able to be proud of who I am when nobody is watching."
)
# What joins the plan in an earlier module than the last.
PLAN_OF = {
    "accountability-without-shame": {
        "en": PlanItem("Look at my next step.", "Every Sunday after lunch", "It is marked on the calendar."),
        "es": PlanItem("Mirar mi próximo paso.", "Cada domingo después de comer", "Está marcado en el calendario."),
    },
    "how-trafficking-works": {
        "en": PlanItem('If a friend sends a link, write "not for me."', "Each time", "I note the day."),
        "es": PlanItem("Si un amigo manda un enlace, escribir «no es para mí».", "Cada vez", "Anoto el día."),
    },
}
PLAN = {
    "en": (
        PlanItem("Go to the men's group.", "Tuesdays at seven", "My name is on the group's list."),
        PlanItem("Call my brother when the old story starts.", "Each time", "I mark it on the calendar in my kitchen."),
    ),
    "es": (
        PlanItem("Ir al grupo de hombres.", "Los martes a las siete", "Mi nombre está en la lista del grupo."),
        PlanItem("Llamar a mi hermano cuando empiece la vieja historia.", "Cada vez", "Lo marco en el calendario."),
    ),
}


@dataclass
class Court:
    """A demo court while it is being made."""

    id: UUID
    slug: str
    time_zone: str
    staff: dict[str, Member]


@dataclass
class Learner:
    """Somebody referred to the court. `sign_in_name` and `code` are filled on the way."""

    court: Court
    given_names: str
    family_names: str
    birth_date: date
    case_number: str
    language: str = "en"
    sign_in_name: str = ""
    code: str = ""
    referred_by: str = "clerk"
    officer: str = "officer"  # whose case it is
    heard_at: time | None = None  # before the judge on the day on which the demo is made
    enrollment_id: UUID | None = None
    identity: Identity | None = field(default=None, repr=False)

    def refer(self, *, deadline_days: int = 90, hearing_days: int = 30) -> None:
        """The clerk or the prosecutor refers the person; the clerk issues a code."""
        clerk = self.court.staff["clerk"].identity
        with acting_as(self.court.id):
            today = clock.today(self.court.time_zone)
            hearing = today + timedelta(days=hearing_days)
            if self.heard_at is not None:
                hearing = clock.local(clock.true_now(), self.court.time_zone).date()
            new = NewReferral(
                given_names=self.given_names,
                family_names=self.family_names,
                birth_date=self.birth_date,
                order_date=today,
                deadline=today + timedelta(days=deadline_days),
                case_numbers=(self.case_number,),
                officer_id=self.court.staff[self.officer].identity.id,
                hearing_on=hearing,
                hearing_at=self.heard_at or time(9, 30),
                language=self.language,
            )
            enrollment = refer(new, actor=self.court.staff[self.referred_by].identity)
            self.enrollment_id = enrollment.id
            _row, self.code = issue_code(enrollment.referral_id, actor=clerk)

    def enroll(self) -> None:
        """With the code and the birth date; signs the agreement."""
        anybody = Actor(ActorKind.ANONYMOUS, address="127.0.0.1")
        self.sign_in_name = f"{self.given_names}.{self.family_names}@mail.example".lower().replace(" ", "")
        with acting_as(self.court.id):
            row = find_code(self.code, self.birth_date, case_number=self.case_number, actor=anybody)
            text = self._document().agreement.text["es" if self.language == "es" else "en"]
            _enrollment, account = join(
                row.id,
                SignIn("email", self.sign_in_name, PASSPHRASE, self.language),
                Signature(self.full_name, self.language, hashlib.sha256(text.encode()).hexdigest()),
                actor=anybody,
            )
            self._enter(account, PHONE)

    def sign_in_again(self) -> None:
        """On another device, such as a computer of the library."""
        with acting_as(self.court.id):
            self._enter(get_account(self.me.id), LIBRARY)

    def _enter(self, account: LearnerAccount, browser: str) -> None:
        self.identity = sessions.load_identity(accounts.sign_in_learner(account))
        note_device(token="", user_agent=browser, actor=self.me)

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.family_names}"

    @property
    def me(self) -> Identity:
        assert self.identity is not None
        return self.identity

    @property
    def enrolled(self) -> UUID:
        assert self.enrollment_id is not None
        return self.enrollment_id

    @staticmethod
    def _document() -> ProgramDocument:
        return rules_in_force()[1]

    def open_payment_page(self) -> None:
        """To Stripe's page. Within the court."""
        pages = checkouts.ReturnPages(
            thanks=f"{runtime().settings.public_url}/{self.court.slug}/fee/thanks",
            canceled=f"{runtime().settings.public_url}/{self.court.slug}/fee/canceled",
        )
        checkouts.start_checkout(self.enrolled, language=self.language, pages=pages, actor=self.me)

    def start_payment(self) -> None:
        """To Stripe's page, and pay there by card."""
        with acting_as(self.court.id):
            self.open_payment_page()
            row = session().query(Checkout).filter_by(enrollment_id=self.enrolled).one()
            base = runtime().settings.stripe_api_base
            answer = requests.post(
                f"{base}/_control/sessions/{row.session_id}/pay", json={"method": "card"}, timeout=10
            )
            answer.raise_for_status()

    def confirm_payment(self) -> None:
        """The portal asks Stripe what became of open payments."""
        with acting_as(self.court.id):
            sweeping.sweep_open_checkouts()

    def ask_for_waiver(self) -> None:
        with acting_as(self.court.id):
            asked = WaiverRequest(household_size=4, monthly_income_cents=2_150_00, benefits=("SNAP",))
            file_waiver(asked, actor=self.me)

    def grant_waiver(self) -> None:
        """The clerk grants what was asked."""
        with acting_as(self.court.id):
            waiver = session().query(Waiver).filter_by(enrollment_id=self.enrolled).one()
            decision = Decision(outcome=Outcome.FULL)
            clerk = self.court.staff["clerk"].identity
            decide_waiver(waiver.id, decision, actor=clerk, row_version=str(waiver.row_version))

    # --- lessons -----------------------------------------------------------------------------------------------------

    def learn(self, lessons: int | None = None) -> Iterator[datetime]:
        """Take the next lessons in order (all of them by default); yields whenever time has to pass."""
        taken = 0
        while lessons is None or taken < lessons:
            with acting_as(self.court.id):
                course = my_course(self.me)
                step = course.next
            if not isinstance(step, NextLesson):
                return
            if step.step is Step.READ_AGAIN:
                yield clock.now() + PULSE  # back to a lesson that was done
            yield from self._lesson(step.module, step.lesson)
            taken += 1

    def _lesson(self, slug: str, lesson: str) -> Iterator[datetime]:
        with acting_as(self.court.id):
            content = my_course(self.me).lesson(slug, lesson)
        if isinstance(content, ReadingLesson):
            yield from self._read(slug, lesson, asks=content.check is not None)
        elif isinstance(content, VideoLesson):
            yield from self._video(slug, lesson)
        elif isinstance(content, CheckLesson):
            self._check(slug, lesson)
            yield clock.now() + timedelta(minutes=2)
        elif isinstance(content, QuizLesson):
            yield from self._quiz(slug, lesson, content)
        elif isinstance(content, ScenarioLesson):
            self._walk(slug, lesson)
            yield clock.now() + timedelta(minutes=5)
        elif isinstance(content, CommitmentLesson):
            self._plan(slug, lesson)
            yield clock.now() + timedelta(minutes=10)
        else:
            self._reflect(slug, lesson)
            yield clock.now() + timedelta(days=1)

    def _read(self, slug: str, lesson: str, *, asks: bool) -> Iterator[datetime]:
        with acting_as(self.court.id):
            sitting.start(slug, lesson, actor=self.me)
        while True:
            yield clock.now() + PULSE
            with acting_as(self.court.id):
                reading = sitting.pulse(slug, lesson, mark_of(slug, lesson, self.me), actor=self.me)
                if reading is not None and reading.enough:
                    if asks:
                        self._check(slug, lesson)
                    sitting.finish_reading(slug, lesson, actor=self.me)
                    return

    def _video(self, slug: str, lesson: str) -> Iterator[datetime]:
        """By its transcript."""
        with acting_as(self.court.id):
            videos.begin(slug, lesson, actor=self.me)
        while True:
            yield clock.now() + PULSE
            with acting_as(self.court.id):
                reading = sitting.pulse(slug, lesson, mark_of(slug, lesson, self.me), actor=self.me)
                if reading is not None and reading.enough:
                    videos.finish(slug, lesson, actor=self.me)
                    return

    def _check(self, slug: str, lesson: str) -> None:
        with acting_as(self.court.id):
            questions = answering.check_questions(my_course(self.me), slug, lesson)
            answers = {drawn.question.id: drawn.options[0].id for drawn in questions}
            answering.answer_check(slug, lesson, answers, actor=self.me)

    def _walk(self, slug: str, lesson: str) -> None:
        """Through a story by the first choice of each scene."""
        with acting_as(self.court.id):
            while not (here := scenarios.my_walk(my_course(self.me), slug, lesson).here).is_ending:
                scenarios.choose(slug, lesson, here.id, here.choices[0].id, actor=self.me)

    def _plan(self, slug: str, lesson: str) -> None:
        with acting_as(self.court.id):
            items = (PLAN_OF[slug][self.language],) if slug in PLAN_OF else PLAN[self.language]
            commitments.make_commitments(slug, lesson, items, actor=self.me)

    def _quiz(self, slug: str, lesson: str, content: QuizLesson) -> Iterator[datetime]:
        with acting_as(self.court.id):
            answering.start_quiz(slug, lesson, actor=self.me)
        yield clock.now() + timedelta(minutes=6)
        with acting_as(self.court.id):
            course = my_course(self.me)
            attempt = answering.open_attempt(course, slug, lesson)
            assert attempt is not None
            answers = self._right_answers(course, attempt)
            answering.hand_in_quiz(slug, lesson, attempt.number, answers, actor=self.me)

    @staticmethod
    def _right_answers(course: Course, attempt: QuizAttempt) -> dict[str, str]:
        drawn = answering.drawn_questions(course, attempt)
        return {one.question.id: one.question.right_option.id for one in drawn}

    def _reflect(self, slug: str, lesson: str) -> None:
        with acting_as(self.court.id):
            answering.write_reflection(slug, lesson, REFLECTION, hand_in=True, actor=self.me)

    def accept_reflections(self) -> None:
        """A facilitator reads and accepts what waits of this court."""
        reader = self.court.staff["facilitator"].identity
        with acting_as(self.court.id):
            rows, _more = listed(reader, Wanted(kind=Kind.REFLECTION))
            for row in rows:
                decide(Kind.REFLECTION, row.item.subject_id, accept=True, feedback=THANKS, actor=reader)

    # --- accountability ----------------------------------------------------------------------------------------------

    def check_ins(self, *, skip: tuple[int, ...] = ()) -> Iterator[datetime]:
        """Send each check-in on the second day of its window; the officer accepts it two days later."""
        with acting_as(self.court.id):
            plan = [(row.id, row.number, row.opens_at) for row in check_ins_of(self.enrolled)]
        for check_in_id, number, opens_at in plan:
            if number in skip:
                continue
            yield opens_at + timedelta(days=1, hours=18)
            with acting_as(self.court.id):
                kept = [{"what": item.what, "kept": "mostly"} for item in commitments.plan_of(self.enrolled)]
                how = {"plan": kept} if kept else {"going": "mostly"}
                answers = {**how, "support": "none", "statement": STATEMENTS[self.language]}
                accountability.submit(self.enrolled, number, answers, actor=self.me)
            yield clock.now() + timedelta(days=2)
            with acting_as(self.court.id):
                officer = self.court.staff["officer"].identity
                accountability.review(check_in_id, "accepted", actor=officer)

    def request_report(self, kind: str) -> None:
        with acting_as(self.court.id):
            request_report(self.enrolled, kind, actor=self.court.staff["officer"].identity)

    def correct_report(self, kind: str, reason: str) -> None:
        """The officer finds something wrong in the newest report of a kind and has it made anew."""
        with acting_as(self.court.id):
            newest = reports_of(self.enrolled, {ReportKind(kind)})[0]
            if newest.state in ISSUED:
                correct_report(newest.id, reason=reason, actor=self.court.staff["officer"].identity)

    def state(self) -> str:
        with acting_as(self.court.id):
            return the_enrollment(self.enrolled).state
