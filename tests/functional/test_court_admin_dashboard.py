"""The dashboard: first steps that mark themselves done, and numbers that are as many as the rows behind them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accountability.models import CheckIn
from app.accountability.violations.lookups import how_many_open
from app.accountability.violations.opening import look_for_violations
from app.cases.enrolling import issue_code
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, Referral
from app.core import clock
from app.core.models import AuditEvent
from app.payments.ledger import write_entries
from app.permissions.identity import Role
from app.permissions.permissions import GRANTS, Permission
from app.reports.models import Report
from tenants import rules
from tenants.database import session, transaction
from tenants.program import ProgramDocument
from tests.caseloads import fill, statements
from tests.client import Page
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.reports import run_renders

ZONE = "America/Los_Angeles"


def number(page: Page, label: str) -> str:
    """The number above a label."""
    found = page.tree.xpath(f"//ul[contains(@class,'portal-numbers')]//a[span[normalize-space()='{label}']]/span[1]")
    return "".join(found[0].itertext()) if found else ""


def behind(page: Page, label: str) -> list[str]:
    """The first cell of each row of the list behind a number."""
    listed = page.client.get(page.tree.xpath(f"//main//a[span[normalize-space()='{label}']]/@href")[0])
    return [" ".join("".join(cell.itertext()).split()) for cell in listed.tree.xpath("//tbody//th")]


def steps(page: Page) -> dict[str, bool]:
    """Each first step: is it done?"""
    items = page.tree.xpath("//section[contains(@class,'portal-start')]//li")
    return {
        "".join(item.xpath(".//span[@class='portal-steps__label']")[0].itertext()): "is-done" in item.get("class")
        for item in items
    }


def dashboard(court: TestCourt, role: Role = Role.CLERK) -> Page:
    page = court.staff_client(role).get(court.url("dashboard"))
    assert page.status == 200
    return page


def miss(court: TestCourt, enrollment_id: UUID, times: int) -> None:
    """As many missed check-ins as said."""
    now = clock.now()
    with court.app.app_context(), court.acting(), transaction() as current:
        for n in range(1, times + 1):
            due = now - timedelta(days=40 * n)
            current.add(
                CheckIn(
                    enrollment_id=enrollment_id,
                    number=n,
                    opens_at=due,
                    due_on=due.date(),
                    closes_at=due,
                    grace_until=due,
                    state="missed",
                    answers={},
                )
            )


def move(court: TestCourt, enrollment_id: UUID, state: str, *, deadline_in: int = 90) -> None:
    with court.app.app_context(), court.acting(), transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        enrollment.state = state
        deadline = clock.today(ZONE) + timedelta(days=deadline_in)
        current.execute(update(Referral).where(Referral.id == enrollment.referral_id).values(deadline=deadline))


def enter(court: TestCourt, enrollment_id: UUID, kind: str, cents: int) -> None:
    with court.app.app_context(), court.acting():
        write_entries(
            enrollment_id, [(kind, "", cents, f"{kind}:{enrollment_id}:{cents}")], actor=court.member(Role.CLERK)
        )


def test_administrator_and_clerk_begin_here_and_others_do_not(app: Flask):
    court = make_court(app)
    for role in (Role.ADMINISTRATOR, Role.CLERK):
        home = court.staff_client(role).get(court.url())
        assert home.heading == "Dashboard"
    assert court.staff_client(Role.OFFICER).get(court.url()).heading != "Dashboard"
    for role in (Role.OFFICER, Role.JUDGE, Role.PROSECUTOR, Role.SUPERVISOR, Role.FACILITATOR):
        assert court.staff_client(role).get(court.url("dashboard")).status == 404


def test_a_new_court_finds_a_list_of_first_steps_and_no_row_of_zeros(app: Flask):
    page = dashboard(make_court(app), Role.ADMINISTRATOR)
    found = steps(page)
    assert len(found) == 7
    assert not any(found.values())
    assert page.tree.xpath("//section[contains(@class,'portal-start')]//li//a")
    assert not page.tree.xpath("//ul[contains(@class,'portal-numbers')]")
    for address in page.tree.xpath("//section[contains(@class,'portal-start')]//li//a/@href"):
        assert page.client.get(address).status == 200


def test_each_step_marks_itself_done_and_the_list_goes_when_all_are(app: Flask):
    publish(app)
    court = make_court(app)
    clerk = court.member(Role.CLERK)
    court.member(Role.ADMINISTRATOR)
    enrollment_id = make_referral(court)
    found = steps(dashboard(court))
    assert found["Refer the first person"]
    assert found["Invite your colleagues"]  # two members
    assert not found["Issue the first enrollment code"]
    with app.test_request_context(), court.acting():
        issue_code(the_enrollment(enrollment_id).referral_id, actor=clerk)
    assert steps(dashboard(court))["Issue the first enrollment code"]
    make_learner(court, enrollment_id)
    run_renders(court)
    found = steps(dashboard(court))
    assert found["See the first report"]
    assert not found["See the first payment come in"]
    enter(court, enrollment_id, "paid", 100)
    assert steps(dashboard(court))["See the first payment come in"]
    page = dashboard(court)
    assert number(page, "Active") == "1"
    assert "First steps" in page.text  # rules and emblem are still open
    with app.app_context(), court.acting(), transaction():
        publish_own(court)
    assert "First steps" not in dashboard(court).text


def publish_own(court: TestCourt) -> None:
    """A version of the court's own, with an emblem."""
    values = rules.rules_in_force()[1].to_json()
    values["reports"]["letterhead"]["emblem"] = "0" * 64
    document = ProgramDocument.model_validate(values)
    rules.publish(document, by=court.member(Role.ADMINISTRATOR).id, reason="ours", at=clock.now())


def test_without_fees_nobody_waits_for_a_payment(app: Flask):
    court = make_court(app, preset="pilot_no_fees")
    assert "See the first payment come in" not in steps(dashboard(court))
    learner, _enrollment_id = make_learner(court)
    fee = court.client(learner).get(court.url("fee")).text
    assert "There is no fee." in fee
    assert "Thank you" not in fee


def test_the_list_is_put_away_and_brought_back_once_each(app: Flask):
    court = make_court(app)
    page = dashboard(court, Role.ADMINISTRATOR)
    form = page.form("Put this list away")
    assert "First steps" not in form.submit(away="1").tree.xpath("string(//main)")
    form.submit(away="1")
    assert "First steps" not in dashboard(court, Role.CLERK).text
    assert "Show the first steps again" not in dashboard(court, Role.CLERK).text
    back = dashboard(court, Role.ADMINISTRATOR).form("Show the first steps again").submit(away="0")
    assert steps(back)
    with app.app_context(), court.acting():
        rows = session().scalars(select(AuditEvent.action).where(AuditEvent.action.like("%start_guide"))).all()
    assert sorted(rows) == ["court_admin.bring_back_start_guide", "court_admin.put_away_start_guide"]
    clerk = court.staff_client(Role.CLERK)
    assert clerk.post(court.url("dashboard/first-steps"), {"away": "1"}).status == 404


@pytest.fixture(scope="module")
def lively(app: Flask) -> TestCourt:
    """One of everything that is counted, and a neighbor that must not be."""
    publish(app)
    court = make_court(app)
    waiting = make_referral(court, family_names="Waiting")
    assert waiting
    _learner, active = make_learner(court, family_names="Active")
    _learner, overdue = make_learner(court, family_names="Overdue")
    _learner, violating = make_learner(court, family_names="Violating")
    _learner, due = make_learner(court, family_names="Due")
    _learner, lenient = make_learner(court, family_names="Lenient")
    officer = court.member(Role.OFFICER)
    with clock.moved_to(clock.now() - timedelta(days=10)):
        heard = clock.today(ZONE) + timedelta(days=3)
        make_referral(court, family_names="Heard", officer_id=officer.id, hearing_on=heard)
    move(court, active, "coursework")
    move(court, overdue, "coursework", deadline_in=-1)
    move(court, violating, "accountability", deadline_in=-60)
    move(court, due, "report_due", deadline_in=-60)
    move(court, lenient, "accountability")
    miss(court, violating, 3)
    miss(court, lenient, 1)
    with app.app_context(), court.acting():
        look_for_violations()
    enter(court, active, "paid", 12_345)
    enter(court, active, "waived", 5_000)
    enter(court, active, "refunded", 2_345)
    with app.app_context(), court.acting(), clock.moved_to(clock.now() - timedelta(days=70)):
        write_entries(active, [("paid", "", 99_900, f"old:{active}")], actor=court.member(Role.CLERK))
    other = make_court(app)
    _learner, foreign = make_learner(other, family_names="Foreign")
    move(other, foreign, "coursework", deadline_in=-5)
    miss(other, foreign, 5)
    enter(other, foreign, "paid", 77_700)
    return court


NUMBERS = {
    "Referred, not enrolled yet": ["Heard, Robin", "Waiting, Robin"],
    "Active": ["Active, Robin", "Due, Robin", "Lenient, Robin", "Overdue, Robin", "Violating, Robin"],
    "Past the deadline for the lessons": ["Overdue, Robin"],
    "Possible violations": ["Violating, Robin"],
    "Final report due": ["Due, Robin"],
    "Supervised by nobody": [
        f"{name}, Robin" for name in ("Active", "Due", "Lenient", "Overdue", "Violating", "Waiting")
    ],
    "Hearing without a result, of the last 30 days": ["Heard, Robin"],
}


@pytest.mark.parametrize("label", NUMBERS)
def test_a_number_is_as_many_as_the_cases_behind_it(lively: TestCourt, label: str):
    page = dashboard(lively)
    assert sorted(behind(page, label)) == NUMBERS[label]
    assert number(page, label) == str(len(NUMBERS[label]))


def test_money_is_this_months_and_each_sum_leads_to_its_entries(lively: TestCourt):
    page = dashboard(lively)
    assert number(page, "Paid this month") == "$123.45"
    assert number(page, "Waived this month") == "$50.00"
    assert number(page, "Given back this month") == "$23.45"
    listed = page.client.get(lively.url("dashboard/money/paid"))
    assert ["".join(cell.itertext()).strip() for cell in listed.tree.xpath("//td[@data-label='Amount']")] == ["$123.45"]


def test_reports_are_counted_and_listed(lively: TestCourt):
    page = dashboard(lively)
    waiting = int(number(page, "Reports being made"))
    assert waiting == len(behind(page, "Reports being made")) > 0
    with lively.app.app_context(), lively.acting(), transaction() as current:
        one = current.scalars(select(Report).where(Report.state == "requested").limit(1)).one()
        one.state = "failed"
    page = dashboard(lively)
    assert number(page, "Reports that could not be made") == "1"
    assert int(number(page, "Reports being made")) == waiting - 1


def test_a_clerk_without_the_permission_sees_no_money(lively: TestCourt, monkeypatch: pytest.MonkeyPatch):
    money = {Permission.CASE_MONEY_READ, Permission.REPORT_READ, Permission.WAIVER_READ}
    monkeypatch.setitem(GRANTS, Role.CLERK, GRANTS[Role.CLERK] - money)
    page = dashboard(lively)
    assert "$" not in page.text
    assert "Fee waivers" not in page.text
    assert "Reports being made" not in page.text
    assert page.client.get(lively.url("dashboard/money/paid")).status == 404
    assert page.client.get(lively.url("dashboard/reports/ready")).status == 404
    assert number(page, "Active") == "5"


def test_unknown_numbers_are_missing_pages(lively: TestCourt):
    clerk = lively.staff_client(Role.CLERK)
    for path in ("cases/x", "reports/x", "money/disputed", "cases/ready"):
        assert clerk.get(lively.url(f"dashboard/{path}")).status == 404


def test_a_case_that_went_back_to_the_court_waits_no_longer(lively: TestCourt):
    with lively.app.app_context(), lively.acting():
        assert how_many_open(lively.member(Role.CLERK))[0] == 1
    with lively.app.app_context(), lively.acting():
        violating = session().scalars(select(Enrollment.id).where(Enrollment.state == "accountability")).all()
    for one in violating:
        move(lively, one, "returned_to_court")
    with lively.app.app_context(), lively.acting():
        assert how_many_open(lively.member(Role.CLERK))[0] == 0
    for one in violating:
        move(lively, one, "accountability")


def test_long_lists_go_on_page_by_page_and_the_dashboard_takes_few_statements(app: Flask):
    court = make_court(app)
    fill(court, court.member(Role.OFFICER), 130)
    clerk = court.staff_client(Role.CLERK)
    clerk.get(court.url("dashboard"))
    with statements(app) as seen:
        page = clerk.get(court.url("dashboard"))
    asked = [statement for statement, _parameters in seen if "set_config" not in statement]
    assert len(asked) <= 12, asked
    assert number(page, "Referred, not enrolled yet") == "65"
    with statements(app) as seen:
        listed = clerk.get(court.url("dashboard/cases/waiting"))
    asked = [statement for statement, _parameters in seen if "set_config" not in statement]
    assert len(asked) <= 12, asked
    names = [" ".join("".join(cell.itertext()).split()) for cell in listed.tree.xpath("//tbody//th")]
    assert len(names) == 50
    rest = listed.click("Next")
    names += [" ".join("".join(cell.itertext()).split()) for cell in rest.tree.xpath("//tbody//th")]
    assert len(set(names)) == len(names) == 65
