"""The list of the day: what stands on it and why, what is put aside and comes back, and for whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.accountability.models import CheckIn
from app.caseload.attention.lookups import Choice, Whose, day_list, how_many_by_officer
from app.caseload.attention.services import mark_done, take_up_again
from app.caseload.lookups import CourtDay
from app.cases.models import Enrollment, Hearing
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.models import AuditEvent
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tests.caseloads import fill, give_history, statements
from tests.client import Page
from tests.factories import TestCourt, make_court, make_referral

ZONE = "America/Los_Angeles"


def text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def people(page: Page) -> list[str]:
    return [text(one) for one in page.tree.xpath("//ol[@class='portal-day']/li//h3")]


def why(page: Page, name: str) -> list[str]:
    line = page.tree.xpath(f"//ol[@class='portal-day']/li[.//h3[contains(., '{name}')]]")[0]
    return [text(one) for one in line.xpath(".//ul/li/a")]


def act(page: Page, action: str, **values: str) -> Page:
    """Press the first button of a form whose address ends so."""
    form = next(one for one in page.tree.xpath("//form") if action in (one.get("action") or ""))
    sent = {one.get("name"): one.get("value") or "" for one in form.xpath(".//input[@name]")} | values
    return page.client.post(form.get("action"), sent)


def missed(court: TestCourt, enrollment_id: UUID, number: int, days_ago: int, *, others: str = "excused") -> None:
    """Somebody in check-ins missed one; the ones before it are as `others` says."""
    with court.app.app_context(), court.acting(), transaction() as current:
        now = clock.now()
        due, due_on = now - timedelta(days=days_ago), clock.today(ZONE) - timedelta(days=days_ago)
        current.execute(update(Enrollment).where(Enrollment.id == enrollment_id).values(state="accountability"))
        current.execute(update(CheckIn).where(CheckIn.enrollment_id == enrollment_id).values(state=others))
        current.add(
            CheckIn(
                enrollment_id=enrollment_id,
                number=number,
                opens_at=due - timedelta(days=7),
                due_on=due_on,
                closes_at=due,
                grace_until=due,
                state="missed",
                answers={},
            )
        )


def officer_with_one_miss(app) -> tuple[TestCourt, Identity, UUID]:
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    enrollment_id = fill(court, officer, 2)[1]
    with app.app_context(), court.acting(), transaction() as current:
        current.execute(update(Hearing).values(on_date=clock.today(ZONE) + timedelta(days=90)))
    missed(court, enrollment_id, 1, 3)
    return court, officer, enrollment_id


def test_what_is_put_aside_stays_away_until_its_day_or_until_it_happens_anew(app):
    court, officer, enrollment_id = officer_with_one_miss(app)
    browser = court.client(officer)
    page = browser.get(court.url("today"))
    assert page.status == 200
    assert people(page) == ["Pat Number001"]
    assert why(page, "Number001") == ["Check-in missed 3 days ago"]

    # Later: with a reason and a day, or not at all.
    ask = page.click("Later")
    assert "Check-in missed 3 days ago" in ask.text
    refused = ask.submit("Put aside", when="3", reason=" ")
    assert refused.status == 422
    assert "Write why it can wait. Colleagues read it." in refused.errors()
    refused = refused.submit("Put aside", when="day", reason="In the hospital")
    assert "Choose a day after today, within half a year." in refused.errors()
    assert "In the hospital" in refused.text
    page = refused.submit("Put aside", when="3", reason="In the hospital until Friday")
    assert "Put aside until" in page.text
    assert people(page) == []
    assert "Nothing needs you today" in page.text

    # Undone at once, put aside again, and taken back from the list of what is aside.
    page = act(page, "/undo")
    assert people(page) == ["Pat Number001"]
    page = page.click("Later").submit("Put aside", when="3", reason="In the hospital until Friday")
    aside = page.click("is put aside")
    assert "In the hospital until Friday" in aside.text
    assert people(act(aside, "/undo")) == ["Pat Number001"]
    page = browser.get(court.url("today")).click("Later").submit("Put aside", when="3", reason="Hospital")
    case = browser.get(court.url(f"cases/{enrollment_id}"))
    assert "Put aside until" in case.text
    assert "Hospital" in case.text

    # It comes back on its day, not a day before.
    with clock.moved_to(clock.now() + timedelta(days=2)):
        assert people(court.client(officer).get(court.url("today"))) == []
    with clock.moved_to(clock.now() + timedelta(days=3)):
        assert why(court.client(officer).get(court.url("today")), "Number001") == ["Check-in missed 6 days ago"]
    # And at once when another one is missed.
    missed(court, enrollment_id, 2, 1)
    page = browser.get(court.url("today"))
    assert why(page, "Number001") == ["Check-in missed 1 day ago"]
    page = act(page, "/done")
    assert people(page) == []
    assert "Marked as done: Check-in missed." in page.text
    missed(court, enrollment_id, 3, 0)
    assert people(browser.get(court.url("today"))) == ["Pat Number001"]
    with app.app_context(), court.acting():
        actions = session().scalars(
            select(AuditEvent.action).where(AuditEvent.action.startswith("caseload.")).order_by(AuditEvent.at)
        )
        assert [one for one in actions if "read" not in one] == [
            "caseload.put_aside",
            "caseload.take_up_again",
            "caseload.put_aside",
            "caseload.take_up_again",
            "caseload.put_aside",
            "caseload.put_aside",
        ]


@pytest.mark.proves("AC-3", "CO-7")
def test_nobody_handles_the_list_of_another_officer_or_court_and_a_mark_stays_with_its_case(app):
    court, officer, enrollment_id = officer_with_one_miss(app)
    other, supervisor = court.member(Role.OFFICER, "Another"), court.member(Role.SUPERVISOR)
    foreign = make_court(app)
    stranger = foreign.member(Role.OFFICER)
    page = court.client(officer).get(court.url("today"))
    form = next(one for one in page.tree.xpath("//form") if "/done" in one.get("action"))
    sent = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    for who, place in ((other, court), (stranger, foreign)):
        browser = place.client(who)
        empty = browser.get(place.url("today"))
        assert people(empty) == []
        token = empty.tree.xpath("//input[@name='csrf_token']/@value")[0]
        for path in (f"today/{enrollment_id}/done", f"today/{enrollment_id}/put-aside?kind=missed"):
            assert browser.post(place.url(path), sent | {"csrf_token": token}).status == 404, path
        assert browser.get(place.url(f"today/{enrollment_id}/put-aside?kind=missed")).status == 404
    with app.test_request_context():
        day = CourtDay(clock.today(ZONE), ZONE)
        with court.acting():
            (listed,) = day_list(officer, day, Choice(Whose.OFFICER)).cases
            (item,) = listed.items
            assert how_many_by_officer(day) == {officer.id: 1}
            with pytest.raises(NotFound):
                mark_done(enrollment_id, item.kind, item.occasion, day=day, actor=other)
            with pytest.raises(Refused, match="has changed"):
                mark_done(enrollment_id, item.kind, "another", day=day, actor=officer)
            mark_id = mark_done(enrollment_id, item.kind, item.occasion, "Called", day=day, actor=officer).id
            with pytest.raises(NotFound):
                take_up_again(mark_id, actor=other)
        with foreign.acting(), pytest.raises(NotFound):
            take_up_again(mark_id, actor=stranger)
        with court.acting():
            assert how_many_by_officer(day) == {}  # what is put aside is not in the morning's mail either
        # The case goes to a colleague, who is not asked again; the supervisor chooses whose list to see.
        with court.acting(), transaction() as current:
            current.execute(update(Enrollment).where(Enrollment.id == enrollment_id).values(officer_id=other.id))
    assert people(court.client(other).get(court.url("today"))) == []
    assert "Called" in court.client(other).get(court.url("today/put-aside")).text
    missed(court, enrollment_id, 2, 1)
    assert people(court.client(other).get(court.url("today"))) == ["Pat Number001"]
    assert people(court.client(officer).get(court.url("today"))) == []
    browser = court.client(supervisor)
    assert people(browser.get(court.url("today"))) == ["Pat Number001"]
    assert people(browser.get(court.url(f"today?officer={officer.id}"))) == []
    assert people(browser.get(court.url(f"today?officer={other.id}"))) == ["Pat Number001"]
    for role in (Role.JUDGE, Role.FACILITATOR, Role.PROSECUTOR):
        assert court.staff_client(role).get(court.url("today")).status == 404


def test_cases_without_an_officer_wait_at_the_court_and_are_assigned_in_place(app):
    court = make_court(app)
    make_referral(court, family_names="Unclaimed")
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url("today"))
    assert people(page) == ["Robin Unclaimed"]
    assert "There is nobody yet to whom a case can be assigned." in page.text
    officer = court.member(Role.OFFICER)
    page = clerk.get(court.url("today"))
    assert "Choose an officer" in act(page, "/assign").text
    assert "Choose an officer" in act(page, "/assign", officer=str(court.member(Role.JUDGE).id)).text
    own, colleague = court.client(officer), court.member(Role.OFFICER, "Colleague")
    assert "Unclaimed" not in own.get(court.url("caseload")).text
    seen_before = clerk.get(court.url("today"))
    page = act(clerk.get(court.url("today")), "/assign", officer=str(officer.id))
    late = act(seen_before, "/assign", officer=str(colleague.id))
    assert "Somebody else is responsible for this case by now." in late.text
    assert "Unclaimed" not in court.client(colleague).get(court.url("caseload")).text
    assert "The case is assigned." in page.text
    assert "Every case has an officer" in page.text
    assert "Unclaimed" in own.get(court.url("caseload")).text


def test_hearings_come_first_with_what_changed_and_how_the_packet_stands(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    first, second, _third, fourth = fill(court, officer, 4)
    today = clock.today(ZONE)
    with app.app_context(), court.acting(), transaction() as current:
        referrals = dict(current.execute(select(Enrollment.id, Enrollment.referral_id)).all())
        current.execute(update(Hearing).values(on_date=today + timedelta(days=90)))
        for enrollment_id, days in ((second, 0), (fourth, 1), (second, -20), (first, 2)):
            current.add(Hearing(referral_id=referrals[enrollment_id], on_date=today + timedelta(days=days)))
    missed(court, second, 1, 30)
    missed(court, second, 2, 4, others="missed")
    page = court.client(officer).get(court.url("today"))
    days = page.tree.xpath("//section[starts-with(@aria-labelledby, 'hearings')]")
    assert [[text(one) for one in day.xpath(".//tbody//th//a")] for day in days] == [
        ["Pat Number001"],
        ["Pat Number003"],
    ]
    assert "1 check-in missed" in text(days[0])  # the one before the last hearing is known
    assert "There is no packet for this day yet." in text(days[0])
    assert "Not enrolled yet." in text(days[1]) or "First hearing." in text(days[1])


def test_the_page_costs_the_same_statements_for_five_and_for_fifty_people(app):
    counts = []
    for many in (5, 50):
        court = make_court(app)
        officer = court.member(Role.OFFICER)
        ids = fill(court, officer, many, days_apart=20)
        give_history(court, ids)
        with app.app_context(), court.acting(), transaction() as current:
            today = clock.today(ZONE)
            current.execute(update(Enrollment).values(state="coursework"))
            referrals = current.scalars(select(Enrollment.referral_id).where(Enrollment.id.in_(ids))).all()
            for at, referral_id in enumerate(referrals):
                current.add(Hearing(referral_id=referral_id, on_date=today + timedelta(days=at % 2)))
        browser = court.client(officer)
        browser.get(court.url("today"))
        with statements(app) as seen:
            page = browser.get(court.url("today"))
        assert len(people(page)) == min(25, many)
        counts.append(len(seen))
        if many == 50:
            assert "25 of 50 shown" in page.text
            assert len(people(page.click("Show more"))) == 50
    assert counts[0] == counts[1] <= 12, (counts, seen)
    supervisor = court.staff_client(Role.SUPERVISOR)
    supervisor.get(court.url("today"))
    with statements(app) as seen:
        assert len(people(supervisor.get(court.url(f"today?officer={officer.id}")))) == 25
    assert len(seen) <= 12, seen


def test_what_is_put_aside_is_aside_on_the_caseload_too(app):
    """One source of truth: the tab, its count, the reason in the row, what is found and the file leave it out."""
    court, officer, enrollment_id = officer_with_one_miss(app)
    browser = court.client(officer)
    miss = "Check-in missed 3 days ago"

    def caseload(query: str = "") -> Page:
        return browser.get(court.url(f"caseload{query}"))

    def found() -> str:
        return caseload().submit("Find", words="Number001").text

    def file() -> str:
        return caseload().submit("Download as a spreadsheet (CSV)").data.decode()

    tab = caseload("?tab=attention")
    assert "Needs attention (1)" in tab.text
    assert miss in tab.text
    assert miss in found()
    assert miss in file()
    act(browser.get(court.url("today")), "/done")
    for page in (caseload(), caseload("?tab=attention")):
        assert "Needs attention (0)" in page.text
        assert miss not in page.text
    assert miss not in found()
    assert miss not in file()
    aside = caseload("?tab=attention").click("1 reason is put aside")
    assert miss in aside.text
    # The clerk sees it at everybody's, with the way back; the judge, who puts nothing aside, no link.
    clerk = court.staff_client(Role.CLERK).get(court.url(f"caseload?tab=attention&officer={officer.id}"))
    assert miss in clerk.click("1 reason is put aside").text
    judge = court.staff_client(Role.JUDGE).get(court.url("caseload?tab=attention"))
    assert "1 reason is put aside" in judge.text
    assert not judge.tree.xpath("//a[contains(., 'put aside')]")
    missed(court, enrollment_id, 2, 1)  # it happens anew
    assert "Needs attention (1)" in caseload().text
    assert "Check-in missed 1 day ago" in caseload("?tab=attention").text
