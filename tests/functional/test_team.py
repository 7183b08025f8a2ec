"""The supervisor's page: its numbers are as many as the rows behind them, and nobody's of another court."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, update

from app.accountability.models import CheckIn
from app.accountability.violations.models import PossibleViolation
from app.caseload.team.lookups import Asked, loads
from app.caseload.team.rules import Period
from app.cases.lookups import the_enrollment
from app.cases.models import EnrollmentTransition, Referral
from app.core import clock
from app.payments.models import Waiver
from app.permissions.identity import Identity, Role
from tenants.database import transaction
from tests.caseloads import statements
from tests.client import Page
from tests.factories import TestCourt, make_court, make_referral

ZONE = "America/Los_Angeles"
NOW = datetime(2027, 5, 20, 18, 0, tzinfo=UTC)
WAY = {
    "referred": (),
    "coursework": ("enrolled", "coursework"),
    "accountability": ("enrolled", "coursework", "accountability"),
    "returned_to_court": ("enrolled", "coursework", "returned_to_court"),
    "terminated": ("enrolled", "coursework", "returned_to_court", "terminated"),
    "completed": ("enrolled", "coursework", "accountability", "report_due", "completed"),
}
MOST_STATEMENTS = 12


def case(
    court: TestCourt,
    state: str,
    officer: Identity | None,
    *,
    referred: datetime = NOW - timedelta(days=40),
    ended: datetime = NOW - timedelta(days=3),
    deadline: date = date(2027, 8, 1),
) -> UUID:
    """A case that came to `state`: the last step at `ended`."""
    key = make_referral(court)
    with court.app.app_context(), court.acting(), transaction() as current:
        enrollment = the_enrollment(key)
        enrollment.state, enrollment.officer_id = state, officer.id if officer else None
        before, steps = "referred", []
        for number, to in enumerate(reversed(WAY[state])):
            steps.append((to, ended - timedelta(days=number)))
        for to, at in reversed(steps):
            row = {"enrollment_id": key, "from_state": before, "to_state": to, "at": at, "actor_kind": "system"}
            current.execute(insert(EnrollmentTransition), [row])
            before = to
        current.execute(
            update(Referral)
            .where(Referral.id == enrollment.referral_id)
            .values(referred_at=referred, deadline=deadline)
        )
    return key


def add(court: TestCourt, model: Any, enrollment_id: UUID, **values: Any) -> None:
    with court.app.app_context(), court.acting(), transaction() as current:
        current.add(model(enrollment_id=enrollment_id, **values))


def violation(court: TestCourt, key: UUID, event: date, decided: datetime | None) -> None:
    at = datetime(event.year, event.month, event.day, 18, tzinfo=UTC)
    state = "open" if decided is None else "excused"
    values = {"kind": "appointment", "occasion": uuid4().hex, "event_on": event, "opened_at": at, "state": state}
    add(court, PossibleViolation, key, decided_at=decided, **values)


def waiver(court: TestCourt, key: UUID, state: str, days: int | None, *, sent_days_ago: int = 20) -> None:
    sent = NOW - timedelta(days=sent_days_ago)
    decided = None if days is None else sent + timedelta(days=days)
    told = {"household_size": 1, "monthly_income_cents": 0, "benefits": []}
    add(court, Waiver, key, state=state, submitted_at=sent, decided_at=decided, **told)


@dataclass
class Peopled:
    court: TestCourt
    ana: Identity
    ben: Identity

    def page(self, query: str = "span=year", role: Role = Role.SUPERVISOR) -> Page:
        return self.court.staff_client(role).get(self.court.url(f"team?{query}"))


@pytest.fixture(scope="module")
def peopled(app: Flask) -> Peopled:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        court = make_court(app)
        ana, ben = court.member(Role.OFFICER, "Ana Alder"), court.member(Role.OFFICER, "=Ben Birch")
        late = case(court, "coursework", ana, deadline=date(2027, 5, 1))
        case(court, "referred", ana)
        missed = case(court, "accountability", ben)
        back = case(court, "returned_to_court", ben)
        case(court, "terminated", ben, ended=NOW - timedelta(days=35))
        case(court, "completed", ben, referred=NOW - timedelta(days=500))
        case(court, "referred", None)
        due = NOW - timedelta(days=5)
        times = {"opens_at": due, "due_on": due.date(), "closes_at": due, "grace_until": due}
        add(court, CheckIn, missed, number=1, state="missed", answers={}, **times)
        violation(court, missed, date(2027, 5, 10), None)
        violation(court, late, date(2027, 5, 1), datetime(2027, 5, 4, 18, tzinfo=UTC))
        # Ten in the evening of the fifth at the court is the sixth by the world's clock.
        violation(court, late, date(2027, 5, 1), datetime(2027, 5, 6, 5, tzinfo=UTC))
        violation(court, back, date(2026, 11, 1), datetime(2026, 12, 31, 18, tzinfo=UTC))
        for key, state, days in ((late, "granted_full", 2), (missed, "denied", 9), (back, "under_review", None)):
            waiver(court, key, state, days)
        waiver(court, late, "draft", None)
        waiver(court, late, "denied", 1, sent_days_ago=400)
    return Peopled(court, ana, ben)


@pytest.fixture(autouse=True)
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def rows(page: Page, key: str) -> list[list[str]]:
    """The cells of a table."""
    found = page.tree.xpath(f"//section[@aria-labelledby='heading-{key}']//tbody/tr")
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in found]


def test_the_numbers_are_those_of_the_rows_behind_them(peopled: Peopled):
    page = peopled.page()
    # Officer; not enrolled, in lessons, in check-ins, report due, on hold or at the court, all.
    assert rows(page, "loads") == [
        ["=Ben Birch", "0", "0", "1", "0", "1", "2"],
        ["Ana Alder", "1", "1", "0", "0", "0", "2"],
        ["Test Supervisor", *"000000"],
        ["No officer", "1", "0", "0", "0", "0", "1"],
    ]
    # Deadline, last check-in missed, to decide, report due, any: Ben's one case is in two columns and counts once.
    assert [row[:6] for row in rows(page, "late")][:2] == [["=Ben Birch", *"01101"], ["Ana Alder", *"10001"]]
    assert rows(page, "decisions") == [
        ["=Ben Birch", "0", "", "", "1", "May 10, 2027"],
        ["Ana Alder", "2", "3", "4", "0", ""],
        ["All", "2", "3", "4", "1", "May 10, 2027"],
    ]
    assert rows(page, "way") == [
        ["Referred", "6", "100", "0", "0", "2"],
        ["Enrolled", "4", "67", "0", "0", "0"],
        ["Began the lessons", "4", "67", "1", "1", "1"],
        ["Finished the lessons", "1", "17", "0", "0", "1"],
        ["Completed", "0", "0", "", "", ""],
    ]
    # Completed, returned to court, ended by the court, taken back, moved.
    months = {row[0]: row[1:] for row in rows(page, "outcomes")}
    assert list(months) == ["January 2027", "February 2027", "March 2027", "April 2027", "May 2027"]
    assert months["April 2027"] == ["0", "1", "1", "0", "0"]
    assert months["May 2027"] == ["1", "1", "0", "0", "0"]
    assert [row[1:] for row in rows(page, "waivers")] == [
        ["1", "33"], ["0", "0"], ["0", "0"], ["1", "33"], ["0", "0"], ["1", "33"],
    ]  # fmt: skip
    assert "3 requests were sent in this time." in page.text
    assert "5 days in the middle (median), 9 days at the longest" in page.text
    pictures = page.tree.xpath("//*[local-name()='svg'][@role='img']")
    assert len(pictures) == 6
    for picture in pictures:
        named = [page.tree.xpath(f"//*[@id='{name}']")[0] for name in picture.get("aria-labelledby").split()]
        assert all((one.text or "").strip() for one in named)


def test_one_officer_and_one_stretch_of_time(peopled: Peopled):
    page = peopled.page(f"span=month&officer={peopled.ana.id}")
    assert "From May 1, 2027 to May 20, 2027" in page.text
    assert "Whose cases: Ana Alder." in page.text
    assert [row[0] for row in rows(page, "loads")] == ["Ana Alder"]
    assert rows(page, "decisions") == [["Ana Alder", "2", "3", "4", "0", ""]]
    assert rows(page, "outcomes") == []
    assert "Nobody was referred in this time." in page.text
    assert [row[0] for row in rows(peopled.page("officer=none"), "loads")] == ["No officer"]
    own = peopled.page(
        "span=own&begins-month=12&begins-day=31&begins-year=2026&ends-month=12&ends-day=31&ends-year=2026"
    )
    assert rows(own, "decisions")[0][:4] == ["=Ben Birch", "1", "60", "60"]


def test_what_was_chosen_wrongly_is_said_at_its_field_and_kept(peopled: Peopled):
    page = peopled.page("span=own&begins-month=2&begins-day=31&begins-year=2027")
    assert page.status == 422
    assert any("Enter a real date" in error for error in page.errors())
    assert any("Enter the last day." in error for error in page.errors())
    assert page.form("Show").values()["begins-day"] == "31"
    turned = "span=own&begins-month=2&begins-day=1&begins-year=2027&ends-month=1&ends-day=1&ends-year="
    assert "The last day is before the first." in " ".join(peopled.page(f"{turned}2027").errors())
    long = turned.replace("begins-year=2027", "begins-year=2020")
    assert "Choose five years or less." in " ".join(peopled.page(f"{long}2027").errors())


@pytest.mark.proves("AC-3", "CO-7")
def test_officers_and_other_courts_see_none_of_it(peopled: Peopled, app: Flask):
    for role in (Role.OFFICER, Role.JUDGE, Role.PROSECUTOR, Role.CLERK, Role.FACILITATOR):
        assert peopled.page(role=role).status == 404
        assert peopled.court.staff_client(role).get(peopled.court.url("team/loads.csv")).status == 404
    assert peopled.page(role=Role.ADMINISTRATOR).status == 200
    # Whoever asks: an officer's reach is the own caseload.
    asked = Asked(Period(date(2027, 1, 1), date(2027, 5, 20)), ZONE)
    with app.test_request_context(), peopled.court.acting():
        assert [one.officer for one in loads(peopled.ana, asked)] == [peopled.ana.id]
        assert loads(peopled.ana, replace(asked, officer=peopled.ben.id)) == []
    other = make_court(app)
    supervisor = other.staff_client(Role.SUPERVISOR)
    assert supervisor.get(other.url(f"team?officer={peopled.ana.id}")).status == 404
    page = supervisor.get(other.url("team?span=year"))
    assert "Ana Alder" not in page.text
    assert rows(page, "way") == []


def test_a_table_for_a_spreadsheet_runs_no_formula(peopled: Peopled):
    page = peopled.page("span=year")
    address = page.tree.xpath("//section[@aria-labelledby='heading-loads']//a[contains(@href,'.csv')]/@href")[0]
    answer = page.client.http.get(address)
    assert answer.mimetype == "text/csv"
    assert "loads-2027-01-01-2027-05-20.csv" in answer.headers["Content-Disposition"]
    found = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert found[1][0] == "'=Ben Birch"
    assert [row[1:] for row in found[1:]] == [row[1:] for row in rows(page, "loads")]
    for key in ("late", "decisions", "way", "outcomes", "waivers"):
        made = page.client.http.get(peopled.court.url(f"team/{key}.csv?span=year"))
        assert len(list(csv.reader(io.StringIO(made.data.decode("utf-8-sig"))))) == len(rows(page, key)) + 1
    assert page.client.get(peopled.court.url("team/nothing.csv")).status == 404
    assert page.client.get(peopled.court.url("team/loads.csv?span=own")).status == 404


def test_an_empty_court_and_few_statements(peopled: Peopled, app: Flask):
    empty = make_court(app)
    page = empty.staff_client(Role.SUPERVISOR).get(empty.url("team"))
    assert "Nobody was referred in this time." in page.text
    browser = peopled.court.staff_client(Role.SUPERVISOR)
    address = peopled.court.url("team?span=year")
    browser.get(address)
    with statements(app) as seen:
        browser.get(address)
    assert len(seen) <= MOST_STATEMENTS, len(seen)
    assert sum(1 for words, _parameters in seen if "FROM enrollment" in words) <= 5


def test_a_case_that_came_in_late_at_night_counts_on_the_courts_day(peopled: Peopled, app: Flask):
    court = make_court(app)
    with court.app.test_request_context(), court.acting():
        case(court, "referred", None, referred=datetime(2027, 5, 1, 5, tzinfo=UTC))  # April 30 at the court
    browser = court.staff_client(Role.SUPERVISOR)
    assert rows(browser.get(court.url("team?span=month")), "way") == []
    assert rows(browser.get(court.url("team?span=quarter")), "way")[0][1] == "1"
