"""One person's way from the code to the certificate, and somebody who sends whatever a page or a script can send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accountability import services as accountability
from app.accountability.lookups import check_ins_of, state_of
from app.accountability.models import CheckIn
from app.cases import holding
from app.cases.lookups import the_enrollment
from app.cases.models import EnrollmentTransition
from app.cases.services import move_enrollment
from app.core import clock
from app.core.errors import Refused
from app.demo.learner import Court, Learner
from app.demo.staff import Member
from app.learning import reviewing
from app.learning.lookups import my_course
from app.learning.models import LessonProgress, ModuleProgress, QuizAttempt, Reflection
from app.learning.rules import Waiting
from app.payments.lookups import balance_cents
from app.permissions.identity import Identity, Role
from tenants.database import session
from tenants.program import ProgramDocument
from tests.client import Page, PageClient
from tests.factories import TestCourt, letters
from tests.functional.learning_steps import CONTENT, MODULE, WORDS, rules
from tests.reports import reports_of, run_renders

ZONE = "America/Los_Angeles"
BEGINS = datetime(2027, 9, 7, 17, 0, tzinfo=UTC)
ORDER = ("referred", "enrolled", "coursework", "accountability", "report_due", "completed")
LESSONS = [one.slug for one in CONTENT.lessons]
ASIDE = ("on_hold", "returned_to_court")
_numbers = count(1)


def short_program() -> ProgramDocument:
    """One module, two check-ins of which one may be missed: everything that a program has, and soon over."""
    document = rules(modules=[{"slug": MODULE}], quiz_attempts=2, quiz_wait_hours=1).to_json()
    document["accountability"].update(months=2, misses_allowed=1)
    return ProgramDocument.model_validate(document)


def filled(page: Page, number: int, *, last: bool) -> tuple[str, dict[str, Any]] | None:
    """Where the form of that number goes, and what somebody sends who fills in everything; None without a form."""
    forms = page.tree.xpath("//main//form") if page.tree is not None else []
    if not forms:
        return None
    element = forms[number % len(forms)]
    values: dict[str, Any] = {}
    for box in element.xpath(".//input|.//textarea|.//select|.//button[@name]"):
        name, kind = box.get("name"), box.get("type", "text")
        if kind in ("radio", "checkbox"):
            values[name] = box.get("value", "on") if last else values.get(name, box.get("value", "on"))
        elif kind == "hidden" or box.tag == "button":
            values.setdefault(name, box.get("value", ""))
        elif box.tag == "select":
            values[name] = box.xpath("./option/@value")[-1 if last else 0]
        elif name and kind != "file":
            values[name] = WORDS
    return element.get("action") or page.url, values


class Journey:
    """A person, the staff of the court, and a clock of their own."""

    def __init__(self, court: TestCourt) -> None:
        self.court, self.now = court, BEGINS
        staff = {str(role): Member(court.member(role), str(role), "", "", "") for role in Role if role != Role.LEARNER}
        number = next(_numbers)
        self.learner = Learner(
            Court(court.id, court.slug, ZONE, staff),
            "Robin",
            f"Sample{letters(number)}",
            date(1986, 4, 28),
            f"27-JN-{number:05d}",
        )
        with self.acting(Role.CLERK):
            self.learner.refer()
        with self.at(), court.app.app_context(), court.app.test_request_context():
            self.learner.enroll()

    # --- where things stand -----------------------------------------------------------------------------------------

    @contextmanager
    def at(self) -> Iterator[None]:
        with clock.moved_to(self.now):
            yield

    @contextmanager
    def acting(self, role: Role) -> Iterator[Identity]:
        """Within the court, now, as somebody of its staff."""
        member = self.court.member(role)
        with self.at(), self.court.app.app_context(), self.court.app.test_request_context(), self.court.acting():
            yield member

    @property
    def id(self) -> UUID:
        return self.learner.enrolled

    @property
    def state(self) -> str:
        with self.acting(Role.CLERK):
            return the_enrollment(self.id).state

    def check_ins(self) -> list[tuple[CheckIn, str]]:
        with self.acting(Role.OFFICER):
            return [(row, state_of(row, self.now)) for row in check_ins_of(self.id)]

    # --- what anybody can send --------------------------------------------------------------------------------------

    def browser(self) -> PageClient:
        """Signed in afresh: months may have passed."""
        with self.at():
            return self.court.client(self.learner.me)

    def fill_in(self, path: str, number: int, *, last: bool) -> None:
        """Open a page and send one of its forms, everything filled in."""
        browser = self.browser()
        with self.at():
            page = browser.get(self.court.url(path))
            assert page.status < 500
            if found := filled(page, number, last=last):
                assert browser.post(*found).status < 500

    def send_blindly(self, path: str, values: dict[str, str]) -> None:
        """What a script sends that never looked at a page but for its token."""
        browser = self.browser()
        with self.at():
            token = browser.get(self.court.url("program")).tree.xpath("//input[@name='csrf_token']/@value")[0]
            assert browser.post(self.court.url(path), {**values, "csrf_token": token}).status < 500

    # --- what the staff does ----------------------------------------------------------------------------------------

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)
        with self.acting(Role.OFFICER):
            accountability.mark_missed()

    def put_aside(self, to: str) -> None:
        if self.state in ORDER[1:-1]:
            with self.acting(Role.CLERK) as clerk:
                move_enrollment(self.id, to, actor=clerk, reason="a story")

    def come_back(self) -> None:
        with self.acting(Role.CLERK) as clerk:
            holding.resume(self.id, reason="a story", actor=clerk)

    def give_back_what_waits(self) -> None:
        """Readers find one thing to add in everything."""
        with self.acting(Role.FACILITATOR) as reader:
            for reflection_id in session().scalars(select(Reflection.id).where(Reflection.state == "submitted")).all():
                reviewing.return_reflection(reflection_id, "Say one thing more.", actor=reader)
        for row, state in self.check_ins():
            if state == "submitted":
                with self.acting(Role.OFFICER) as officer:
                    accountability.review(row.id, "returned", "Say one thing more.", actor=officer)

    def excuse_one(self) -> None:
        for row, state in self.check_ins():
            if state in ("scheduled", "open", "missed", "returned"):
                with self.acting(Role.OFFICER) as officer:
                    accountability.excuse(row.id, "a story", actor=officer)
                return

    # --- the honest way ---------------------------------------------------------------------------------------------

    def one_honest_step(self) -> None:
        """What the person's page asks for, and what the staff's queues ask for."""
        match self.state:
            case "enrolled":
                with self.acting(Role.CLERK):
                    self.learner.ask_for_waiver()
                    self.learner.grant_waiver()
            case "coursework":
                self._learn()
            case "accountability":
                self._check_in()
            case "report_due":
                with self.acting(Role.OFFICER):
                    self.learner.request_report("final")
                self.draw()
            case _:
                self.come_back()

    def draw(self) -> None:
        with self.at():
            run_renders(self.court)
            run_renders(self.court)

    def _learn(self) -> None:
        with self.acting(Role.CLERK):
            step = my_course(self.learner.me).next
            waits = isinstance(step, Waiting)
        if waits:
            self._clear_queues()
            return
        steps = self.learner.learn(1)
        while True:
            with self.at(), self.court.app.app_context(), self.court.app.test_request_context():
                try:
                    wanted = next(steps, None)
                except Refused:  # between two tries at a quiz
                    wanted = self.now + timedelta(hours=2)
                    steps = iter(())
            if wanted is None:
                return
            self.now = max(self.now, wanted)

    def _clear_queues(self) -> None:
        with self.acting(Role.FACILITATOR) as reader:
            self.learner.accept_reflections()
            used_up = select(ModuleProgress.id).where(ModuleProgress.state == "attempts_exhausted")
            for progress_id in session().scalars(used_up).all():
                reviewing.allow_new_tries(progress_id, actor=reader)

    def _check_in(self) -> None:
        rows = self.check_ins()
        by_state = {state: row for row, state in reversed(rows)}
        missed = [row for row, state in rows if state == "missed"]
        if len(missed) > 1:
            with self.acting(Role.OFFICER) as officer:
                accountability.excuse(missed[0].id, "Beyond the allowance: talked it over.", actor=officer)
        elif row := by_state.get("submitted"):
            with self.acting(Role.OFFICER) as officer:
                accountability.review(row.id, "accepted", actor=officer)
        elif row := by_state.get("returned"):
            self._submit(row, {"addition": "One thing more."})
        elif row := by_state.get("open"):
            self._submit(row, {"going": "mostly", "support": "none", "statement": "A steady time."})
        else:
            row = by_state["scheduled"]
            self.now = max(self.now, row.opens_at + timedelta(hours=18))

    def _submit(self, row: CheckIn, answers: dict[str, Any]) -> None:
        with self.acting(Role.OFFICER):
            accountability.submit(self.id, row.number, answers, actor=self.learner.me)


class Requirements:
    """What a court requires at each stage, looked up in the rows by nothing of the portal's own rules."""

    def __init__(self, journey: Journey) -> None:
        self.journey, self.document = journey, short_program()
        with journey.acting(Role.CLERK):
            self.state = the_enrollment(journey.id).state
            self.owed = balance_cents(journey.id)
            moves = select(EnrollmentTransition).where(EnrollmentTransition.enrollment_id == journey.id)
            self.been = {row.to_state for row in session().scalars(moves)}
            self.lessons = self._rows(LessonProgress)
            self.tries = self._rows(QuizAttempt)
            self.written = self._rows(Reflection)
        self.papers = {row.kind: row.state for row in reports_of(journey.court, journey.id)}

    def _rows(self, entity: Any) -> list[Any]:
        return list(session().scalars(select(entity).where(entity.enrollment_id == self.journey.id)))

    def hold(self) -> None:
        if self.been & {"coursework"}:
            assert self.owed <= 0, "lessons opened while a fee was owed"
        if self.been & {"accountability"}:
            self._learned()
        if self.been & {"report_due"}:
            self._checked_in()
        if self.been & {"completed"}:
            assert self.papers.get("final") == "ready", "completed without the report to the court"
        if "certificate" in self.papers:
            assert "completed" in self.been, "a certificate for somebody who has not completed"

    def _learned(self) -> None:
        done = {row.lesson for row in self.lessons if row.completed_at is not None}
        assert done == set(LESSONS), "accountability began before every lesson was done"
        assert any(row.passed and row.percent >= self.document.coursework.pass_percent for row in self.tries)
        assert self.written
        assert all(row.state == "accepted" for row in self.written), "a reflection that nobody accepted"
        for lesson in CONTENT.lessons:
            counted = sum(row.counted_seconds for row in self.lessons if row.lesson == lesson.slug)
            assert lesson.kind != "reading" or counted >= 60, "nobody reads a lesson in less than a minute"

    def _checked_in(self) -> None:
        states = [state for _row, state in self.journey.check_ins()]
        assert len(states) == self.document.accountability.months
        assert set(states) <= {"accepted", "excused", "missed"}, states
        assert states.count("missed") <= self.document.accountability.misses_allowed
