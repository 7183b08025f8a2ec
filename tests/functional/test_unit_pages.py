"""The diversion unit: its own people in facts, and nothing else of a case, wherever its links lead."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.accountability.violations.deciding import ViolationDecision, decide
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.opening import note_by_hand
from app.accountability.violations.rules import Outcome, ViolationKind
from app.caseload.unit.rules import fee_standing
from app.cases.holding import hold
from app.cases.models import CaseNote
from app.core import clock
from app.core.models import AuditEvent
from app.permissions.identity import Identity, Role
from tenants import rules
from tenants.database import session
from tenants.program import ProgramDocument
from tests.caseloads import statements
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.lived_in import lived_in

Unit = tuple[TestCourt, Identity, UUID]
COMPLIANCE = "compliance"
WROTE = "Quillfeather wrote this"


@pytest.mark.parametrize(
    ("balance", "assessed", "waived", "word"),
    [(0, 0, 0, "none"), (1, 100, 0, "owed"), (0, 100, 100, "waived"), (0, 100, 50, "paid"), (-5, 100, 0, "paid")],
)
def test_the_fee_is_one_word(balance: int, assessed: int, waived: int, word: str) -> None:
    assert fee_standing(balance=balance, assessed=assessed, waived=waived) == word


@pytest.fixture
def unit(app: Flask) -> Unit:
    """A court whose unit refers, and somebody whom it referred, who is in lessons."""
    court = make_court(app, preset="county_diversion")
    prosecutor = court.member(Role.PROSECUTOR)
    today = clock.today("America/Los_Angeles")
    enrollment_id = make_referral(
        court, actor=prosecutor, family_names="Ourperson", hearing_on=today + timedelta(days=9)
    )
    make_learner(court, enrollment_id)
    return court, prosecutor, enrollment_id


def _decide_something(court: TestCourt, enrollment_id: UUID) -> None:
    judge, day = court.member(Role.JUDGE), clock.today("America/Los_Angeles")
    with court.app.test_request_context(), court.acting():
        for kind in (ViolationKind.APPOINTMENT, ViolationKind.CONDUCT):
            note_by_hand(enrollment_id, kind, event_on=day, facts=WROTE, not_money=True, actor=judge)
        row = session().scalar(
            select(PossibleViolation.id).where(
                PossibleViolation.enrollment_id == enrollment_id, PossibleViolation.kind == "appointment"
            )
        )
        assert row is not None
        decide(row, ViolationDecision(Outcome.EXCUSED, WROTE), actor=judge)


@pytest.mark.proves("AC-2", "AC-3")
def test_the_unit_reads_facts_of_its_own_people_on_one_page(unit: Unit) -> None:
    court, prosecutor, enrollment_id = unit
    make_referral(court, family_names="Someoneelse")
    _decide_something(court, enrollment_id)
    browser = court.client(prosecutor)
    page = browser.get(court.url())  # where the unit lands
    assert page.heading == "Compliance"
    assert "Robin Ourperson" in page.text
    assert "Someoneelse" not in page.text
    assert "$" not in page.text
    one = page.click("Robin Ourperson")
    for words in ("Modules passed", "Check-ins done", "Did not come to an appointment", "Excused", "Not yet"):
        assert words in one.text, words
    # Undecided, written, or money: none of it.
    for words in ("Something else that the court should know", WROTE, "$", "Fee"):
        assert words not in one.text, words
    with court.app.app_context(), court.acting():
        looks = session().query(AuditEvent).filter_by(action="caseload.read_facts", subject_id=enrollment_id).all()
    assert [look.actor_id for look in looks] == [prosecutor.id]


@pytest.mark.proves("AC-2")
def test_the_rules_of_a_court_may_let_the_unit_know_whether_a_fee_is_settled(unit: Unit) -> None:
    court, prosecutor, enrollment_id = unit
    with court.app.test_request_context(), court.acting():
        values = rules.rules_in_force()[1].to_json()
        values["people"]["unit_sees_fee"] = True
        rules.publish(ProgramDocument.model_validate(values), by=None, reason="for a test", at=clock.now())
    browser = court.client(prosecutor)
    page = browser.get(court.url(f"{COMPLIANCE}/{enrollment_id}"))
    assert "Owed" in page.text
    assert "Not being able to pay is not, by itself, a violation." in page.text
    assert "$" not in page.text
    file = browser.http.get(court.url(f"{COMPLIANCE}/people.csv")).data.decode("utf-8-sig").splitlines()
    assert file[0].endswith("Fee")
    assert file[1].startswith("Robin Ourperson,")
    assert file[1].endswith("Owed")


@pytest.mark.proves("AC-2", "AC-3", "CO-7")
def test_nobody_else_reads_them(unit: Unit) -> None:
    court, _prosecutor, enrollment_id = unit
    other = make_court(court.app, preset="county_diversion")
    colleague = court.member(Role.PROSECUTOR, "Another unit")
    for browser in (court.client(colleague), court.staff_client(Role.OFFICER), court.staff_client(Role.FACILITATOR)):
        assert browser.get(court.url(f"{COMPLIANCE}/{enrollment_id}")).status == 404
    assert "Ourperson" not in court.client(colleague).get(court.url(COMPLIANCE)).text
    assert "Ourperson" not in court.client(colleague).http.get(court.url(f"{COMPLIANCE}/people.csv")).data.decode()
    abroad = other.staff_client(Role.PROSECUTOR)
    assert abroad.get(other.url(f"{COMPLIANCE}/{enrollment_id}")).status == 404
    assert abroad.get(other.url(f"{COMPLIANCE}?after={enrollment_id}")).status == 200


@pytest.mark.proves("AC-2")
def test_a_list_takes_the_same_few_statements_for_few_and_for_many(unit: Unit) -> None:
    court, prosecutor, enrollment_id = unit
    browser = court.client(prosecutor)
    browser.get(court.url(COMPLIANCE))  # the session is new no more
    counts = []
    for more in (0, 12):
        for _ in range(more):
            make_referral(court, actor=prosecutor)
        with statements(court.app) as seen:
            assert browser.get(court.url(COMPLIANCE)).status == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 12
    with statements(court.app) as seen:
        assert browser.get(court.url(f"{COMPLIANCE}/{enrollment_id}")).status == 200
    assert len(seen) <= 12
    ended = browser.get(court.url(f"{COMPLIANCE}?show=ended"))
    assert "Nobody has ended the program yet" in ended.text


# --- The wall --------------------------------------------------------------------------------------------------------


def crawl(browser: PageClient, start: str) -> dict[str, str]:
    """Everything that can be reached by links from `start`, as it came."""
    found: dict[str, str] = {}
    todo = [start]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        answer = browser.http.get(path, follow_redirects=True)
        found[path] = answer.data.decode(errors="replace")
        if answer.status_code != 200 or "text/html" not in answer.content_type:
            continue
        page = browser.get(path)
        links = (str(one).split("#")[0] for one in page.tree.xpath("//a/@href"))
        todo += [one for one in links if one.startswith(start) and "sign-out" not in one]
    return found


@pytest.mark.proves("AC-2", "CD-4")
def test_nothing_that_somebody_wrote_is_reachable_for_the_unit(app: Flask) -> None:
    lived = lived_in(app, "Sycamore")
    court, prosecutor = lived.court, lived.people[Role.PROSECUTOR]
    enrollment_id = lived.ids["enrollment_id"]
    with app.test_request_context(), court.acting():
        hold(enrollment_id, reason="held because Sycamore is ill", actor=lived.people[Role.OFFICER])
        assert session().query(CaseNote).count()
    browser = court.client(prosecutor)
    pages = crawl(browser, court.url())
    assert court.url(f"{COMPLIANCE}/{enrollment_id}") in pages
    assert court.url(f"referrals/{lived.ids['referral_id']}") in pages
    assert len(pages) > 6
    hidden = [
        f"{what} Sycamore"
        for what in (
            *("said", "noted", "own side", "reasons", "lawyer", "answer", "wrote", "asked", "noticed", "feared"),
            *("check", "held because", "because", "back to", "answered", "drafted", "note"),
        )
    ]
    shown = {(path, words) for path, text in pages.items() for words in hidden if words in text}
    assert shown == set()
    assert not any("$" in text for path, text in pages.items() if COMPLIANCE in path)
    # Nor by typing the address of what others read.
    rows = lived.ids
    for path in (
        f"cases/{enrollment_id}",
        f"cases/{enrollment_id}/reports",
        f"cases/{enrollment_id}/fee-papers",
        f"cases/{enrollment_id}/concern",
        f"cases/violations/{rows['violation_id']}",
        f"cases/terminations/{rows['termination_id']}",
        f"waivers/{rows['waiver_id']}",
        f"reports/{rows['report_id']}",
        f"check-ins/review/{rows['check_in_id']}",
        "caseload",
        "hearings",
        "waivers",
        "calendar",
    ):
        assert browser.http.get(court.url(path)).status_code == 404, path
