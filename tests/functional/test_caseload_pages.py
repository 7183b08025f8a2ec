"""The caseload and the case page: who is seen, why they need attention, who may read what, in how many statements."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accountability import services as accountability
from app.accountability.lookups import check_ins_of
from app.cases.holding import hold, withdraw
from app.cases.lookups import the_enrollment
from app.cases.models import CaseNote, Referral
from app.cases.services import finish_coursework, open_coursework
from app.core import clock
from app.core.models import AuditEvent
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tenants.keys import uuid7
from tests.caseloads import fill, statements
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.lived_in import lived_in

NOW = datetime(2027, 2, 10, 18, 0, tzinfo=UTC)


def names(page: Page, heading: str = "People on this list") -> list[str]:
    """The names in one of the page's tables."""
    links = page.tree.xpath(f"//table[caption[normalize-space()='{heading}']]//th[@scope='row']//a")
    return ["".join(one.itertext()) for one in links]


def reasons(page: Page, name: str) -> str:
    cells = page.tree.xpath(f"//table[1]//tr[.//a[contains(., '{name}')]]/td[@data-label='Needs attention']")
    return " ".join("".join(cells[0].itertext()).split()) if cells else ""


def begin_coursework(court: TestCourt, **fields: object) -> tuple[Identity, UUID]:
    learner, enrollment_id = make_learner(court, **fields)
    with court.app.test_request_context(), court.acting():
        open_coursework(enrollment_id)
    return learner, enrollment_id


@pytest.mark.proves("AC-3")
def test_officers_see_their_own_people_and_a_new_officer_sees_them_at_once(app):
    court = make_court(app)
    anna, ben = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    mine = make_referral(court, family_names="Annasown", officer_id=anna.id)
    make_referral(court, family_names="Bensown", officer_id=ben.id)
    make_referral(court, family_names="Nobodys")
    as_anna, as_ben = court.client(anna), court.client(ben)
    assert names(as_anna.get(court.url("caseload"))) == ["Robin Annasown"]
    assert as_ben.get(court.url(f"cases/{mine}")).status == 404
    with app.app_context(), court.acting(), transaction():
        the_enrollment(mine, lock=True).officer_id = ben.id
    assert names(as_anna.get(court.url("caseload"))) == []
    assert as_anna.get(court.url(f"cases/{mine}")).status == 404
    assert set(names(as_ben.get(court.url("caseload")))) == {"Robin Annasown", "Robin Bensown"}
    assert len(names(court.staff_client(Role.SUPERVISOR).get(court.url("caseload")))) == 3


@pytest.mark.proves("CO-7", "AC-2")
def test_another_courts_case_looks_like_a_missing_one(app):
    court, other = make_court(app), make_court(app)
    foreign = make_referral(other, family_names="Foreigncanary")
    for role in (Role.SUPERVISOR, Role.CLERK, Role.JUDGE, Role.ADMINISTRATOR):
        browser = court.staff_client(role)
        there, missing = (browser.get(court.url(f"cases/{one}")) for one in (foreign, uuid7()))
        assert there.status == missing.status == 404
        assert "Foreigncanary" not in browser.get(court.url("caseload")).data.decode()
        found = browser.get(court.url("caseload")).submit("Find", words="Foreigncanary")
        assert "Nobody found" in found.text
    with app.app_context(), court.acting():
        assert session().scalars(select(AuditEvent).where(AuditEvent.action == "caseload.read_case")).all() == []


@pytest.mark.parametrize("role", [Role.LEARNER, Role.FACILITATOR, Role.PROSECUTOR])
def test_roles_without_a_caseload_get_nothing(app, role):
    court = make_court(app)
    who = make_learner(court)[0] if role is Role.LEARNER else court.member(role)
    assert court.client(who).get(court.url("caseload")).status == 404


def test_who_needs_attention_comes_first_with_the_reason_in_words(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    today = clock.local(NOW, "America/Los_Angeles").date()
    with clock.moved_to(NOW - timedelta(days=15)):
        begin_coursework(court, family_names="Quietone", officer_id=officer.id, deadline=today + timedelta(days=60))
    with clock.moved_to(NOW):
        make_referral(court, family_names="Hearingone", officer_id=officer.id, hearing_on=today + timedelta(days=1))
        begin_coursework(court, family_names="Lateone", officer_id=officer.id, deadline=today + timedelta(days=9))
        begin_coursework(court, family_names="Fineone", officer_id=officer.id)
        page = court.client(officer).get(court.url("caseload?tab=attention"))
        everyone = page.click("All (")
    assert names(page, "People who need attention") == ["Robin Hearingone", "Robin Lateone", "Robin Quietone"]
    assert reasons(page, "Hearingone") == "Hearing tomorrow"
    assert reasons(page, "Lateone") == "Deadline in 9 days, 0 of 1 modules done"
    assert reasons(page, "Quietone") == "No activity for 15 days"
    assert "Needs attention (3)" in page.text
    assert len(names(everyone)) == 4


def test_missed_and_sent_check_ins_and_too_many_misses_are_said(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    people: dict[str, tuple[Identity, UUID]] = {}
    with clock.moved_to(NOW):
        for name in ("Missedone", "Sentone", "Toomany"):
            people[name] = begin_coursework(court, family_names=name, officer_id=officer.id)
            with app.test_request_context(), court.acting():
                finish_coursework(people[name][1])
    with app.app_context(), court.acting():
        first, second = check_ins_of(people["Sentone"][1])[:2]
    with clock.moved_to(first.opens_at), app.test_request_context(), court.acting():
        learner, enrollment_id = people["Sentone"]
        accountability.submit(
            enrollment_id, 1, {"going": "well", "support": "none", "statement": "Fine."}, actor=learner
        )
    with clock.moved_to(first.grace_until + timedelta(hours=9)):
        with app.app_context(), court.acting():
            accountability.mark_missed()
        page = court.client(officer).get(court.url("caseload"))
        assert reasons(page, "Missedone").startswith("Check-in missed")
        assert reasons(page, "Sentone").startswith("Check-in to review, for")
    with clock.moved_to(second.grace_until):
        with app.app_context(), court.acting():
            accountability.mark_missed()
        page = court.client(officer).get(court.url("caseload"))
        assert "Possible violation to decide, for 1 day" in reasons(page, "Toomany")
        # The deadline was the lessons': whoever finished them is never past it.
        assert "Past the deadline" not in page.text


def test_pages_of_fifty_hold_everybody_once_in_order_of_activity(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    fill(court, officer, 120)
    browser = court.client(officer)
    page, seen = browser.get(court.url("caseload")), []
    while True:
        found = names(page)
        assert len(found) <= 50
        seen += found
        if "Next page" not in page.text:
            break
        page = page.click("Next page")
    assert seen == [f"Pat Number{n:03d}" for n in range(120)]
    assert names(page.click("First page")) == seen[:50]
    oldest = browser.get(court.url("caseload?sort=activity"))
    assert names(oldest) == seen[:-51:-1]
    assert names(oldest.click("Next page")) == seen[-51:-101:-1]
    only = browser.get(court.url("caseload?state=referred&per=300"))
    assert names(only) == seen[::2]
    assert len(names(browser.get(court.url("caseload?per=300")))) == 120
    assert names(browser.get(court.url("caseload?after=nonsense&state=x&per=7"))) == seen[:50]


def test_three_hundred_rows_in_at_most_twelve_statements(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    fill(court, officer, 300)
    browser = court.client(officer)
    browser.get(court.url("caseload"))
    for address in ("caseload", "caseload?per=300", "caseload?per=300&state=coursework"):
        with statements(app) as seen:
            assert browser.get(court.url(address)).status == 200
        assert len(seen) <= 12, seen
    with statements(app) as seen:
        assert len(names(browser.get(court.url("caseload?per=300")))) == 300
    assert len(seen) <= 12, seen


def test_everybody_who_needs_attention_is_on_one_page(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    fill(court, officer, 80, days_apart=2)
    page = court.client(officer).get(court.url("caseload?tab=attention"))
    shown = names(page, "People who need attention")
    assert len(shown) == int(re.search(r"Needs attention \((\d+)\)", page.text)[1]) > 25


@pytest.mark.proves("WE-2")
def test_search_by_name_or_number_never_stands_in_an_address(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    make_referral(
        court, given_names="María José", family_names="Findable", officer_id=officer.id, case_numbers=("27-CV-9001", "")
    )
    make_referral(court, family_names="Hidden", case_numbers=("27-CV-9002",))
    browser = court.client(officer)
    for words in ("findab", "maría find", "27 cv 9001", "9001"):
        page = browser.get(court.url("caseload")).submit("Find", words=words)
        assert names(page, "People found") == ["María José Findable"], words
        assert "?" not in page.response.request.full_path.rstrip("?")
    for words in ("Hidden", "9002", "100%_", "' or 1=1 --"):
        page = browser.get(court.url("caseload")).submit("Find", words=words)
        assert "Nobody found" in page.text, words
    empty = browser.get(court.url("caseload")).submit("Find", words=" ")
    assert empty.status == 422
    assert "Type a name or a case number." in empty.errors()


def test_the_case_page_shows_everything_so_far_newest_first(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        learner, enrollment_id = begin_coursework(court, family_names="Whole", officer_id=officer.id)
        with app.test_request_context(), court.acting():
            finish_coursework(enrollment_id)
            first = check_ins_of(enrollment_id)[0]
    with clock.moved_to(first.opens_at):
        court.client(learner).get(court.url("check-ins/1")).submit(
            "Send check-in", going="well", support="none", statement="My private words."
        )
        browser = court.client(officer)
        page = browser.get(court.url("caseload")).click("Robin Whole")
        for words in (
            "Referred by the court",
            "Enrollment code issued",
            "Enrolled.",
            "Check-in 1 sent",
            "In check-ins",
        ):
            assert words in page.text, words
        assert "My private words." not in page.text
        page.click("Review").submit("Accept")
        page = browser.get(court.url(f"cases/{enrollment_id}"))
    nodes = page.tree.xpath("//ol[@class='portal-timeline']//*[@class='portal-timeline__title']")
    titles = [" ".join("".join(one.itertext()).split()) for one in nodes]
    assert titles[0] == "Check-in 1: Accepted"
    assert titles[-1] == "Referred by the court"
    with app.app_context(), court.acting():
        case_id = the_enrollment(enrollment_id).referral_id
        looks = session().scalars(select(AuditEvent).where(AuditEvent.action == "caseload.read_case")).all()
    assert [(look.actor_id, look.case_id) for look in looks] == [(officer.id, case_id)] * 2


def test_notes_are_for_staff_unless_shared_and_sent_twice_are_one(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    learner, enrollment_id = begin_coursework(court, officer_id=officer.id)
    browser = court.client(officer)
    page = browser.get(court.url(f"cases/{enrollment_id}"))
    assert "Write the note." in page.submit("Save the note").errors()
    page.submit("Save the note", text="Only for us.")
    page.submit("Save the note", text="Only for us.")
    asked = browser.get(court.url(f"cases/{enrollment_id}")).submit(
        "Save the note", text="Well done so far.", shared="y"
    )
    assert "Show this note to the participant?" in asked.heading
    assert "Well done" not in court.client(learner).get(court.url("my-program")).text
    asked.submit("Yes, show it")
    asked.submit("Yes, show it")
    with app.app_context(), court.acting():
        assert len(session().scalars(select(CaseNote)).all()) == 2
    home = court.client(learner).get(court.url("my-program")).text
    assert "Well done so far." in home
    assert "Only for us." not in home
    judge = court.staff_client(Role.JUDGE)
    page = judge.get(court.url(f"cases/{enrollment_id}"))
    assert "Only for us." not in page.text
    assert "Save the note" not in page.text
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    posted = judge.post(court.url(f"cases/{enrollment_id}/notes"), {"csrf_token": token, "text": "From the bench."})
    assert posted.status == 404


@pytest.mark.proves("CD-4")
def test_prosecutors_see_compliance_and_neither_notes_nor_money(app):
    court = make_court(app)
    prosecutor, officer = court.member(Role.PROSECUTOR), court.member(Role.OFFICER)
    _learner, enrollment_id = begin_coursework(court, officer_id=officer.id)
    with app.app_context(), court.acting(), transaction() as current:
        row = the_enrollment(enrollment_id, lock=True)
        referral = current.scalars(select(Referral).where(Referral.id == row.referral_id)).one()
        referral.referred_by = prosecutor.id
    court.client(officer).get(court.url(f"cases/{enrollment_id}")).submit("Save the note", text="Only for the court.")
    assert court.client(prosecutor).get(court.url(f"cases/{enrollment_id}")).status == 404
    page = court.client(prosecutor).get(court.url(f"compliance/{enrollment_id}"))
    assert "Modules passed" in page.text
    for hidden in ("Only for the court.", "$", "Fee", "waiver", "Save the note"):
        assert hidden not in page.text.split("Need help now?")[0], hidden
    seen = court.client(officer).get(court.url(f"cases/{enrollment_id}"))
    as_officer = "".join(seen.tree.xpath("//main")[0].itertext())
    for words in ("Note a possible violation", "a violation."):
        as_officer = as_officer.replace(words, "")
    assert "violation" not in as_officer


def test_a_referred_person_without_rules_still_has_a_page(app):
    court = make_court(app)
    enrollment_id = make_referral(court)
    page = court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}"))
    assert "Referred" in page.text
    with statements(app) as seen:
        court.staff_client(Role.CLERK).get(court.url(f"cases/{enrollment_id}"))
    assert len(seen) < 45


def test_what_is_next_is_said_also_on_hold_and_after_the_end(app):
    court = make_court(app)
    clerk = court.member(Role.CLERK)
    _learner, held = begin_coursework(court, family_names="Held")
    gone = make_referral(court, family_names="Gone")
    with app.test_request_context(), court.acting():
        hold(held, reason="In hospital", actor=clerk)
        withdraw(gone, reason="Order vacated", actor=clerk)
    page = court.staff_client(Role.SUPERVISOR).get(court.url("caseload"))
    for name, words in (("Robin Held", "On hold"), ("Robin Gone", "Nothing")):
        (cell,) = page.tree.xpath(f"//tr[.//a[.='{name}']]/td[@data-label='Next due']")
        assert "".join(cell.itertext()).strip() == words


def test_the_case_page_and_its_history_in_at_most_twelve_statements(app):
    """With something of every kind in the case, whoever reads it."""
    lived = lived_in(app, "Juniper")
    with app.app_context(), lived.court.acting():
        enrollment_id = session().scalars(select(CaseNote.enrollment_id)).first()
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.CLERK, Role.JUDGE):
        browser = lived.clients[role]
        for address in (f"cases/{enrollment_id}", f"cases/{enrollment_id}/history"):
            browser.get(lived.court.url(address))
            with statements(app) as seen:
                page = browser.get(lived.court.url(address))
            assert page.status == 200
            assert len(seen) <= 12, [sql[:90] for sql, _parameters in seen]
            for said in ("ordered", "told them", "replied", "jotted"):
                shown = f"{said} Juniper" in page.text
                works = role in (Role.OFFICER, Role.SUPERVISOR)
                assert shown == (said == "ordered" or (said == "jotted" and works)), (role, address, said)


def test_the_history_is_filtered_and_each_entry_leads_to_its_record(app):
    lived = lived_in(app, "Larkspur")
    court, browser = lived.court, lived.clients[Role.OFFICER]
    with app.app_context(), court.acting():
        enrollment_id = session().scalars(select(CaseNote.enrollment_id)).first()
    page = browser.get(court.url(f"cases/{enrollment_id}")).click("Everything so far, with filters")
    whole = page.text
    for part in ("The case and decisions", "Hearings", "Lessons", "Check-ins", "Fee and payments", "Reports", "Notes"):
        shown = page.click(f"{part} (")
        assert shown.status == 200
        for node in shown.tree.xpath("//ol[@class='portal-timeline']//*[@class='portal-timeline__title']"):
            assert " ".join("".join(node.itertext()).split()) in whole
    messages = page.click("Messages (2)")
    assert "Message from the participant" in messages.text
    assert "replied Larkspur" not in messages.text
    for node in page.tree.xpath("//ol[@class='portal-timeline']//*[@class='portal-timeline__title']/a/@href"):
        assert browser.get(node.partition("#")[0]).status == 200, node
    assert browser.get(court.url(f"cases/{enrollment_id}/history?part=nonsense&after=never")).text == whole
