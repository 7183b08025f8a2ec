"""One thing for several people: who is in it, what would happen, what became of each; and what it survives."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts.models import Membership
from app.caseload.acting import services
from app.caseload.acting.models import CaseAction, CaseActionItem
from app.caseload.acting.rules import Details, What, Why
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.errors import NotFound
from app.core.models import AuditEvent
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from app.reports.models import Report
from tenants.database import session, transaction
from tests.caseloads import fill
from tests.client import Page
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.batch_steps import run_jobs
from tests.functional.test_caseload_everyone import begin

NOW = datetime(2027, 2, 10, 18, 0, tzinfo=UTC)
TODAY = date(2027, 2, 10)


def choose(page: Page, what: str, *people: UUID, scope: str = "chosen") -> Page:
    return page.submit("See what would happen", what=what, scope=scope, case=[str(one) for one in people])


def table(page: Page, caption: str) -> list[list[str]]:
    rows = page.tree.xpath(f"//table[caption[normalize-space()='{caption}']]/tbody/tr")
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in rows]


def states(court: TestCourt, action: CaseAction) -> dict[UUID, tuple[str, str]]:
    with court.app.app_context(), court.acting():
        rows = session().scalars(select(CaseActionItem).where(CaseActionItem.action_id == action.id))
        return {row.enrollment_id: (row.state, row.why) for row in rows}


def prepared(court: TestCourt, what: What, people: list[UUID], actor: Identity, details: Details | None) -> CaseAction:
    with court.app.test_request_context(), court.acting(), transaction():
        action = services.prepare(what, people, actor=actor)
        if details is not None:
            services.set_details(action, details, actor=actor)
        return action


def do(court: TestCourt, action: CaseAction, actor: Identity) -> None:
    with court.app.test_request_context(), court.acting():
        services.start(action, actor=actor)
        services.go_on(action.id, actor=actor)


def test_looked_at_first_then_done_for_each_and_told(app):
    """More time for two of four: one is not enrolled, one has more time already; and a second press does nothing."""
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        ana, ben = (
            begin(court, family_names=name, officer_id=officer.id, deadline=TODAY + timedelta(days=9))
            for name in ("Ana", "Ben")
        )
        late = begin(court, family_names="Late", officer_id=officer.id, deadline=TODAY + timedelta(days=90))
        new = make_referral(court, family_names="New", officer_id=officer.id)
        browser = court.client(officer)
        page = browser.get(court.url("caseload"))
        assert "Give to another officer" not in page.text  # not an officer's to do
        nobody = choose(page, "extend")
        assert "Choose at least one person." in nobody.text
        details = choose(page, "extend", ana, ben, late, new)
        assert "4 people are chosen." in details.text
        assert (
            "Write who gave the order."
            in details.submit(
                "See what would happen",
                reason="Sick",
                ordered_on__month="2",
                ordered_on__day="9",
                ordered_on__year="2027",
            ).errors()
        )
        assert "Enter a date." in " ".join(details.submit("See what would happen", reason="Sick").errors())
        until = TODAY + timedelta(days=30)
        longer = {"until__month": str(until.month), "until__day": str(until.day), "until__year": str(until.year)}
        unordered = details.submit("See what would happen", reason="Ill for two weeks", **longer)
        assert dict(table(unordered, "Who is left out"))["Robin Ana"].startswith("By the rules of this court")
        preview = details.submit(
            "See what would happen",
            reason="Ill for two weeks",
            **longer,
            ordered_on__month="2",
            ordered_on__day="9",
            ordered_on__year="2027",
            ordered_by="Judge Okafor",
        )
        assert [row[0] for row in table(preview, "For whom it is done")] == ["Robin Ana", "Robin Ben"]
        assert "The deadline moves from February 19, 2027 to March 12, 2027." in preview.text
        assert dict(table(preview, "Who is left out")) == {
            "Robin Late": "The deadline is not earlier than that day.",
            "Robin New": "The lessons are over, or have not begun.",
        }
        with app.app_context(), court.acting():
            assert the_enrollment(ana).referral.deadline == TODAY + timedelta(days=9)  # nothing has happened yet
        result = preview.submit("Do it for 2 people")
        assert "2 done, 0 not done, 2 left out before." in result.text
        assert [row[1] for row in table(result, "What became of it")] == ["Done", "Done", "Left out", "Left out"]
        again = preview.submit("Do it for 2 people")
        assert "2 done, 0 not done" in again.text
        assert [row[0] for row in table(again.click("Show only what was not done"), "What became of it")] == [
            "Robin Late",
            "Robin New",
        ]
    with app.app_context(), court.acting():
        assert [the_enrollment(one).referral.deadline for one in (ana, ben)] == [until, until]
        told = session().scalars(select(Notice.template).where(Notice.template == "program_changed")).all()
        assert len(told) == 2
        actions = session().scalars(select(AuditEvent.action).where(AuditEvent.action.like("caseload.%_action"))).all()
        assert sorted(actions) == ["caseload.end_action", "caseload.start_action"]


def test_each_kind_of_thing_is_done_by_its_own_service_and_right(app):
    court = make_court(app)
    officer, other, clerk = court.member(Role.OFFICER), court.member(Role.OFFICER, "Ben"), court.member(Role.CLERK)
    with clock.moved_to(NOW):
        ana = begin(court, family_names="Ana", officer_id=officer.id, email="ana@mail.example")
        ben = begin(court, family_names="Ben", officer_id=officer.id)
        new = make_referral(court, family_names="New", officer_id=officer.id)
        report = prepared(court, What.REPORT, [ana, new], officer, None)
        do(court, report, officer)
        assert states(court, report) == {ana: ("done", ""), new: ("left_out", Why.NOT_ENROLLED)}
        for outcome in (("done", ""), ("not_done", Why.REMINDED)):  # once a day
            remind = prepared(court, What.REMIND, [ana], officer, None)
            do(court, remind, officer)
            assert states(court, remind) == {ana: outcome}
        back = prepared(court, What.RETURN, [ben, new], officer, Details(reason="Moved away"))
        do(court, back, officer)
        assert states(court, back)[ben] == ("done", "")
        move = prepared(court, What.REASSIGN, [ana, new], clerk, Details(reason="Leave", officer_id=other.id))
        do(court, move, clerk)
        assert set(states(court, move).values()) == {("done", "")}
        with app.test_request_context(), court.acting():
            assert the_enrollment(ben).state == "returned_to_court"
            assert {the_enrollment(one).officer_id for one in (ana, new)} == {other.id}
            assert session().scalars(select(Report).where(Report.kind == "progress")).one().enrollment_id == ana
            assert session().scalars(select(Notice.template).where(Notice.template == "coursework_due")).all() != []
            with pytest.raises(NotFound):  # an officer gives nobody away
                services.prepare(What.REASSIGN, [ana], actor=other)


def test_whoever_changed_since_the_preview_is_told_and_left_as_they_are(app):
    court = make_court(app)
    officer, supervisor = court.member(Role.OFFICER), court.member(Role.SUPERVISOR)
    with clock.moved_to(NOW):
        ana, ben, cay = (begin(court, family_names=name, officer_id=officer.id) for name in ("Ana", "Ben", "Cay"))
        action = prepared(court, What.RETURN, [ana, ben, cay], officer, Details(reason="No contact"))
        single = prepared(court, What.RETURN, [ana], supervisor, Details(reason="Other reason"))
        do(court, single, supervisor)  # somebody else was faster
        with app.app_context(), court.acting(), transaction():
            the_enrollment(ben, lock=True).officer_id = supervisor.id  # not the officer's any more
        do(court, action, officer)
    assert states(court, action) == {
        ana: ("not_done", Why.CHANGED),
        ben: ("not_done", Why.NOT_SEEN),
        cay: ("done", ""),
    }


@pytest.mark.proves("AC-3", "CO-7")
def test_nobody_acts_on_another_officers_or_another_courts_case(app):
    """Ids that were written into the form by hand are as if they were not there; so is somebody else's action."""
    court, elsewhere = make_court(app), make_court(app)
    anna, ben = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    with clock.moved_to(NOW):
        mine = begin(court, family_names="Mine", officer_id=anna.id)
        theirs = begin(court, family_names="Theirscanary", officer_id=ben.id)
        foreign = begin(elsewhere, family_names="Foreigncanary")
        browser = court.client(anna)
        page = browser.get(court.url("caseload"))
        preview = choose(page, "report", mine, theirs, foreign)
        assert [row[0] for row in table(preview, "For whom it is done")] == ["Robin Mine"]
        assert "canary" not in preview.data.decode()
        result = preview.submit("Do it for 1 person")
        assert "canary" not in result.data.decode()
        only = choose(page, "report", theirs, foreign)
        assert "Choose at least one person." in only.text
        address = result.url
        for client in (court.client(ben), court.staff_client(Role.SUPERVISOR)):
            assert client.get(address).status == client.get(f"{address}/progress").status == 404
    with app.app_context(), court.acting():
        assert {row.enrollment_id for row in session().scalars(select(Report)).all() if row.kind == "progress"} == {
            mine
        }


def test_many_are_left_to_the_worker_who_stops_for_no_fault_and_does_each_once(app, monkeypatch):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    enrolled = set(fill(court, officer, 30)[1::2])
    faults: list[UUID] = []

    def unlucky(enrollment_id: UUID, *_args: object, **_options: object) -> object:
        if not faults:
            faults.append(enrollment_id)
            raise RuntimeError("no")
        return Report(id=enrollment_id)

    monkeypatch.setattr(services, "request_report", unlucky)
    monkeypatch.setattr(services, "HERE_AT_MOST", 10)
    page = court.client(officer).get(court.url("caseload"))
    preview = choose(page, "report", scope="all")
    started = preview.submit("Do it for 15 people")
    assert re.search(r"15 still to do", started.text)
    address = started.url
    assert run_jobs(court, services.STEP) == 1
    done = court.client(officer).get(address)
    assert "14 done, 1 not done, 15 left out before." in done.text
    assert "Something went wrong on our side." in done.text
    with app.app_context(), court.acting():
        action = session().scalars(select(CaseAction)).one()
        assert action.state == "done"
        items = session().scalars(select(CaseActionItem).where(CaseActionItem.state == "done")).all()
        assert {item.enrollment_id for item in items} == enrolled - set(faults)
        services.go_on(action.id)  # again: nothing is left
        assert not services.start(action, actor=officer)


def test_the_worker_ends_what_a_page_began_with_the_rights_of_then(app):
    """The page was stopped between two people; meanwhile the officer was deactivated: nothing more is done."""
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        people = [begin(court, family_names=name, officer_id=officer.id) for name in ("Ana", "Ben")]
        action = prepared(court, What.RETURN, people, officer, Details(reason="No contact"))
        with app.test_request_context(), court.acting():
            services.start(action, actor=officer)
            services._do_next(action.id, officer)
        with app.app_context(), court.acting(), transaction() as current:
            current.scalars(select(Membership).where(Membership.id == officer.id)).one().state = "deactivated"
        with clock.moved_to(NOW + timedelta(minutes=2)):
            run_jobs(court, services.STEP)
    assert sorted(states(court, action).values()) == [("done", ""), ("not_done", Why.NOT_ALLOWED)]
