"""Every preset, lived: published for a court, and one person taken from the referral to the certificate under it.

Everything goes through the services that the pages call, under a moved clock; nothing is inserted by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from app.accountability import services as accountability
from app.accountability.lookups import check_ins_of
from app.accountability.models import CheckIn
from app.cases.enrolling import issue_code
from app.cases.lookups import the_enrollment
from app.cases.services import NewReferral, refer
from app.core import clock
from app.demo.learner import Court, Learner
from app.demo.staff import Member
from app.learning.models import ModuleProgress
from app.payments.deciding.rules import Decision, Outcome
from app.payments.deciding.services import decide_waiver
from app.payments.fees import fee_preview
from app.payments.guidelines import shipped_guidelines
from app.payments.lookups import balance_cents
from app.payments.models import Waiver
from app.payments.waiving.services import WaiverRequest, file_waiver
from app.permissions.identity import Role
from tenants.closed_days import ClosedDays
from tenants.database import session
from tenants.program import Decider, ProgramDocument, Referrer, Supervisor, load_preset, preset_names
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.reports import reports_of, run_renders

ZONE = "America/Los_Angeles"
# So that windows run over New Year, a leap day, clock changes and a summer of holidays.
BEGINS = datetime(2027, 9, 7, 17, 0, tzinfo=UTC)
REFERS = {Referrer.CLERK: Role.CLERK, Referrer.PROSECUTOR: Role.PROSECUTOR}
DECIDES = {Decider.CLERK: Role.CLERK, Decider.JUDGE: Role.JUDGE}
READS = {
    Supervisor.PROBATION: Role.OFFICER,
    Supervisor.PROSECUTOR: Role.PROSECUTOR,
    Supervisor.CLERK: Role.CLERK,
    Supervisor.NOBODY: Role.FACILITATOR,
}
_numbers = count(1)


def test_there_is_a_preset_for_each_kind_of_court() -> None:
    assert {"municipal", "county_diversion", "county_probation", "problem_solving", "pilot_no_fees"} <= set(
        preset_names()
    )


class Life:
    """One person's way under a court's rules."""

    def __init__(self, court: TestCourt, document: ProgramDocument) -> None:
        self.court, self.document = court, document
        staff = {str(role): Member(court.member(role), str(role), "", "", "") for role in Role if role != Role.LEARNER}
        self.learner = Learner(
            Court(court.id, court.slug, ZONE, staff),
            "Robin",
            "Sample",
            date(1986, 4, 28),
            f"27-CR-{next(_numbers):04d}",
        )

    @property
    def state(self) -> str:
        with self.court.acting():
            return the_enrollment(self.learner.enrolled).state

    def refer(self) -> None:
        """By whoever refers in this court; the clerk hands out the code."""
        role = REFERS[self.document.people.refers[0]]
        with self.court.acting():
            today = clock.today(ZONE)
            enrollment = refer(
                NewReferral(
                    given_names=self.learner.given_names,
                    family_names=self.learner.family_names,
                    birth_date=self.learner.birth_date,
                    order_date=today,
                    deadline=today + timedelta(days=self.document.coursework.deadline_days),
                    case_numbers=(self.learner.case_number,),
                ),
                actor=self.court.member(role),
            )
            self.learner.enrollment_id = enrollment.id
            _row, self.learner.code = issue_code(enrollment.referral_id, actor=self.court.member(Role.CLERK))

    def settle_the_fee(self) -> None:
        """What the preview says is what the ledger asks; a household without income gets all of it waived."""
        household = {"household_size": 1, "region": "CA", "monthly_income_cents": 0}
        fee = fee_preview(self.document, **household, on=clock.today(ZONE), guidelines=shipped_guidelines())
        with self.court.acting():
            assert balance_cents(self.learner.enrolled) == fee.assessed_cents
        if not fee.assessed_cents:
            return
        with self.court.acting():
            file_waiver(WaiverRequest(1, 0), actor=self.learner.me)
            waiver = session().scalars(select(Waiver).where(Waiver.enrollment_id == self.learner.enrolled)).one()
            decider = self.court.member(DECIDES[self.document.waivers.decides_full])
            decide_waiver(waiver.id, Decision(Outcome.FULL), actor=decider, row_version=str(waiver.row_version))
            assert balance_cents(self.learner.enrolled) == fee.due_cents == 0

    def learn(self) -> Iterator[datetime]:
        yield clock.now()
        yield from self.learner.learn()
        self.learner.accept_reflections()

    def check_in(self) -> Iterator[datetime]:
        """Everything in time but as many as may be missed, the last of them the last one of all."""
        with self.court.acting():
            plan = list(check_ins_of(self.learner.enrolled))
        missed = {row.number for row in plan[len(plan) - self.document.accountability.misses_allowed :]}
        for row in plan:
            if row.number in missed:
                yield row.grace_until + timedelta(minutes=5)
                with self.court.acting():
                    accountability.mark_missed()
                continue
            yield row.closes_at - timedelta(hours=3)
            self._submit(row)
            yield clock.now() + timedelta(hours=2)
            with self.court.acting():
                accountability.review(row.id, "accepted", actor=self._reader())

    def _submit(self, row: CheckIn) -> None:
        asked = self.document.accountability.officer_questions
        answers: dict[str, Any] = {
            "going": "mostly",
            "support": "none",
            "statement": "A steady time.",
            "questions": [{"asked": question, "text": "Yes."} for question in asked],
        }
        with self.court.acting():
            accountability.submit(self.learner.enrolled, row.number, answers, actor=self.learner.me)

    def _reader(self) -> Any:
        return self.court.member(READS[self.document.people.supervises])


def live(life: Iterator[datetime], now: datetime) -> datetime:
    """Take every step at the instant that it asks for; the instant of the last."""
    while True:
        with clock.moved_to(now):
            wanted = next(life, None)
        if wanted is None:
            return now
        now = max(now, wanted)


# One kind of court each time, all of them before a release.
EACH_TIME = "county_diversion"


@pytest.mark.proves("AC-5")
@pytest.mark.parametrize(
    "preset",
    [pytest.param(name, marks=() if name == EACH_TIME else pytest.mark.slow) for name in preset_names()],
)
def test_a_person_gets_through_the_program_under_the_preset(app: Flask, preset: str) -> None:
    publish(app)
    document = load_preset(preset)
    with clock.moved_to(BEGINS):
        court = make_court(app, preset=preset, time_zone=ZONE, region="CA")
        life = Life(court, document)
        with app.app_context(), app.test_request_context():
            life.refer()
            life.learner.enroll()
            life.settle_the_fee()
            assert life.state == "coursework"
    with app.app_context(), app.test_request_context():
        now = live(life.learn(), BEGINS)
        assert life.state == "accountability"
        _no_deadline_passed(life, now)
        _nothing_is_due_on_a_closed_day(life)
        _enough_time_was_counted(life)
        now = live(life.check_in(), now)
        assert life.state == "report_due"
    with clock.moved_to(now):
        run_renders(court)
        run_renders(court)
    with app.app_context():
        assert life.state == "completed"
    made = {row.kind: row.state for row in reports_of(court, life.learner.enrolled)}
    assert made["final"] == made["certificate"] == "ready"


def _no_deadline_passed(life: Life, now: datetime) -> None:
    days = (now - BEGINS) / timedelta(days=1)
    assert days < life.document.coursework.deadline_days


def _nothing_is_due_on_a_closed_day(life: Life) -> None:
    closed = ClosedDays(life.document.holidays, "CA")
    with life.court.acting():
        plan = check_ins_of(life.learner.enrolled)
    assert plan
    for row in plan:
        assert row.due_on.weekday() < 5
        assert row.due_on not in closed
        assert row.closes_at.astimezone(ZoneInfo(ZONE)).date() == row.due_on + timedelta(days=1)


def _enough_time_was_counted(life: Life) -> None:
    with life.court.acting():
        modules = session().scalars(select(ModuleProgress).where(ModuleProgress.enrollment_id == life.learner.enrolled))
        counted = {module.slug: module.counted_seconds for module in modules}
    for module in life.document.coursework.modules:
        assert counted[module.slug] >= module.minimum_minutes * 60
