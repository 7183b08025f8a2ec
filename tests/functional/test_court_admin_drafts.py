"""Two administrators and one draft; versions that begin later; rules applied to people who are in the program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from app.cases.models import Enrollment
from app.core import clock
from app.core.models import AuditDetail, AuditEvent, Outbox
from app.core.outbox import run_job
from app.court_admin import running
from app.court_admin.models import RulesDraft
from app.court_admin.running import JOBS
from app.permissions.identity import Role
from config import Settings
from tenants import rules
from tenants.database import SET_COURT, session, transaction
from tenants.models import ProgramRules
from tenants.program import Codes
from tenants.rules import rules_of
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.rules_editor import (
    DRAFT,
    PREVIEW,
    PUBLISH,
    SAVE,
    administrator,
    begin,
    change,
    changed_rules,
    in_force,
    part,
    publish,
)

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def differences(page: Page) -> set[str]:
    return {" ".join(" ".join(row.itertext()).split()) for row in page.tree.xpath("//tbody/tr")}


def actions(court: TestCourt) -> list[str]:
    with court.app.app_context(), court.acting():
        query = select(AuditEvent.action).where(AuditEvent.action.like("court_admin.%")).order_by(AuditEvent.id)
        return [action.removeprefix("court_admin.") for action in session().scalars(query)]


# --- two at once -----------------------------------------------------------------------------------------------------


def test_of_two_who_change_one_part_the_second_sees_both_and_loses_nothing(court: TestCourt):
    first, second = (part(court, begin(court, name), "course") for name in ("First Admin", "Second Admin"))
    first.submit(SAVE, pass_percent="90")
    page = second.submit(SAVE, pass_percent="70", deadline_days="120")
    assert page.status == 409
    assert "Somebody else changed this part" in page.text
    assert "First Admin" in page.text
    assert "Lessons: Score to pass a quiz, in percent 90% 70%" in differences(page)
    assert "Lessons: Days to finish the lessons 90 days 120 days" in differences(page)
    assert page.form(SAVE).values()["deadline_days"] == "120"
    assert part(court, administrator(court), "course").form(SAVE).values()["pass_percent"] == "90"
    page = page.submit(SAVE)
    assert "saved in the draft" in page.text, "sent again from the page that showed both: knowingly"
    assert part(court, administrator(court), "course").form(SAVE).values()["pass_percent"] == "70"


def test_two_who_change_different_parts_do_not_meet(court: TestCourt):
    first, second = (begin(court, name) for name in ("First Admin", "Second Admin"))
    one, other = part(court, first, "course"), part(court, second, "codes")
    assert "saved in the draft" in one.submit(SAVE, pass_percent="90").text
    assert "saved in the draft" in other.submit(SAVE, valid_days="45").text
    publish(court, first)
    rules = in_force(court)[1]
    assert (rules.coursework.pass_percent, rules.codes.valid_days) == (90, 45)


def test_what_was_typed_survives_that_the_draft_is_published_meanwhile(court: TestCourt):
    first, second = (begin(court, name) for name in ("First Admin", "Second Admin"))
    page = part(court, second, "course")
    change(court, first, "course", pass_percent="90")
    publish(court, first)
    page = page.submit(SAVE, pass_percent="70")
    assert page.status == 409
    assert "The draft was published or discarded while you were writing" in page.text
    assert "Lessons: Score to pass a quiz, in percent 90% 70%" in differences(page)
    assert "saved in the draft" in page.submit(SAVE).text
    assert "Compared with version 2" in second.get(court.url(DRAFT)).text


def test_only_what_was_previewed_is_published(court: TestCourt):
    first, second = (begin(court, name) for name in ("First Admin", "Second Admin"))
    change(court, first, "course", pass_percent="90")
    page = first.get(court.url(PREVIEW))
    change(court, second, "fees", **{"components-0-amount_cents": "900"})
    page = page.submit(PUBLISH, reason="Stricter")
    assert page.status == 409
    assert "The draft was changed after you opened this page" in page.text
    assert "Second Admin" in page.text
    assert "$900.00" in page.text
    assert page.form(PUBLISH).values()["reason"] == "Stricter"
    assert in_force(court)[0] == 1
    assert "Version 2 is in force" in page.submit(PUBLISH).text


def test_a_version_published_past_the_draft_is_told_before_the_draft_goes_over_it(court: TestCourt):
    browser = begin(court)
    change(court, browser, "course", pass_percent="90")
    page = browser.get(court.url(PREVIEW))
    with court.app.app_context(), court.acting():
        document = in_force(court)[1].model_copy(update={"codes": Codes(valid_days=20)})
        rules.publish(document, by=None, reason="From the command line", at=clock.now())
    page = page.submit(PUBLISH, reason="Stricter")
    assert page.status == 409
    assert "Somebody else published version 2 while you were writing" in page.text
    assert "From the command line" in page.text
    assert "Enrollment codes: Days that a code is good for 20 days 60 days" in differences(page)
    assert in_force(court)[1].codes.valid_days == 20


def test_a_draft_is_discarded_after_a_question_and_not_when_it_moved(court: TestCourt):
    browser = begin(court)
    page = browser.get(court.url(f"{DRAFT}/discard"))
    change(court, begin(court, "Second Admin"), "course", pass_percent="90")
    page = page.submit("Discard the draft")
    assert page.status == 409
    assert "Second Admin" in page.text
    page = page.submit("Discard the draft")
    assert "The draft is discarded" in page.text
    assert "There is no draft" in browser.get(court.url(DRAFT)).text
    assert actions(court) == ["start_draft", "save_draft", "discard_draft"]
    assert in_force(court)[0] == 1


def test_an_old_version_becomes_a_new_draft(court: TestCourt):
    changed_rules(court, "course", pass_percent="95")
    browser = administrator(court)
    page = browser.get(court.url("program-rules/1")).submit("Begin a draft from this version")
    assert page.url.endswith(DRAFT)
    page = browser.get(court.url(PREVIEW))
    assert "Lessons: Score to pass a quiz, in percent 95% 80%" in differences(page)
    page.submit(PUBLISH, reason="Back to what we had")
    version, document = in_force(court)
    assert (version, document.coursework.pass_percent) == (3, 80)
    begin(court)
    assert "There is a draft already" in browser.get(court.url("program-rules/1")).text


# --- later -----------------------------------------------------------------------------------------------------------


def later(days: int) -> dict[str, str]:
    day = clock.now().astimezone(ZONE).date() + timedelta(days=days)
    return {
        "when": "later",
        "begins_on-month": str(day.month),
        "begins_on-day": str(day.day),
        "begins_on-year": str(day.year),
    }


def first_instant(days: int) -> datetime:
    day = clock.now().astimezone(ZONE).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def test_a_version_begins_with_the_first_minute_of_its_day_court_time(court: TestCourt):
    browser = begin(court)
    change(court, browser, "course", pass_percent="90")
    page = publish(court, browser, "From next month on", **later(10))
    assert "Version 2 begins later" in page.text
    _learner, before = make_learner(court)
    begin_at = first_instant(10)
    for at, version in ((clock.now(), 1), (begin_at - timedelta(seconds=1), 1), (begin_at, 2)):
        with clock.moved_to(at):
            assert in_force(court)[0] == version
    with clock.moved_to(begin_at + timedelta(hours=1)):
        assert "Version 2 is in force" in administrator(court, "Later").get(court.url("program-rules")).text
        _learner, after = make_learner(court)
    with court.app.app_context(), court.acting():
        pins = {
            row.id: rules_of(row.rules_id).coursework.pass_percent
            for row in session().scalars(select(Enrollment).where(Enrollment.id.in_([before, after])))
        }
    assert pins == {before: 80, after: 90}


@pytest.mark.parametrize("days", [0, -1, 800])
def test_a_version_can_not_begin_in_the_past_today_or_in_a_far_future(court: TestCourt, days: int):
    browser = begin(court)
    change(court, browser, "course", pass_percent="90")
    page = publish(court, browser, "Then", **later(days))
    assert page.status == 422
    assert any("Choose a day after today" in error for error in page.errors())
    assert page.form(PUBLISH).values()["reason"] == "Then"
    page = publish(court, browser, "When?", when="later")
    assert any("Enter a date" in error for error in page.errors())


def test_a_version_that_waits_can_be_canceled_and_drafted_again(court: TestCourt):
    browser = begin(court)
    change(court, browser, "course", pass_percent="90")
    publish(court, browser, "Later", **later(10))
    change(court, begin(court), "codes", valid_days="30")
    page = publish(court, browser, "Now")
    assert page.status == 422
    assert any("Version 2 waits for its day" in error for error in page.errors())
    browser.get(court.url(f"{DRAFT}/discard")).submit("Discard the draft")
    page = browser.get(court.url("program-rules")).click("Cancel it").submit("Cancel this version")
    assert "Version 2 is canceled" in page.text
    with clock.moved_to(first_instant(11)):
        assert in_force(court)[0] == 1
    page = browser.get(court.url("program-rules/2"))
    assert "canceled before it began" in page.text
    page.submit("Begin a draft from this version")
    publish(court, browser, "After all")
    version, document = in_force(court)
    assert (version, document.coursework.pass_percent) == (3, 90)
    assert actions(court)[-4:] == ["discard_draft", "cancel_rules", "start_draft", "publish_rules"]


def test_a_version_that_has_begun_can_not_be_canceled(court: TestCourt):
    browser = begin(court)
    change(court, browser, "course", pass_percent="90")
    publish(court, browser, "Later", **later(3))
    page = browser.get(court.url("program-rules/2/cancel"))
    with clock.moved_to(first_instant(4)):
        page = administrator(court, "Later").get(court.url("program-rules/2/cancel")).submit("Cancel this version")
        assert "in force already" in page.text
        assert in_force(court)[0] == 2
    assert "Cancel" not in browser.get(court.url("program-rules/1/cancel")).text


@pytest.mark.proves("AC-4")
@pytest.mark.parametrize("column", ["document", "version", "state", "reason", "published_at", "begins_at", "amends_id"])
def test_a_published_version_can_not_change(settings: Settings, court: TestCourt, column: str):
    engine = sa.create_engine(settings.database_url)
    row = ProgramRules.__table__
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(SET_COURT, (str(court.id),))
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(sa.update(row).values({column: row.c[column]}))
    finally:
        engine.dispose()


# --- people who are in the program -----------------------------------------------------------------------------------


def pinned(court: TestCourt, enrollment_id: UUID) -> tuple[int, int, int]:
    """Number of the version, misses allowed, pass mark."""
    with court.app.app_context(), court.acting():
        row = (
            session()
            .scalars(
                select(ProgramRules)
                .join(Enrollment, Enrollment.rules_id == ProgramRules.id)
                .where(Enrollment.id == enrollment_id)
            )
            .one()
        )
        document = rules_of(row.id)
        return row.version, document.accountability.misses_allowed, document.coursework.pass_percent


def put(court: TestCourt, enrollment_id: UUID, state: str, held_from: str | None = None) -> None:
    """Straight into a state: how somebody came there is no matter here."""
    with court.app.app_context(), court.acting(), transaction() as current:
        row = current.scalars(select(Enrollment).where(Enrollment.id == enrollment_id)).one()
        row.state, row.held_from = state, held_from


def apply_all(court: TestCourt, *, newest_first: bool = False) -> list[str]:
    """Run the jobs that are due."""
    with court.app.app_context(), court.acting(), court.app.test_request_context():
        query = select(Outbox.id).where(Outbox.kind == running.APPLY, Outbox.done_at.is_(None))
        due = list(session().scalars(query.where(Outbox.due_at <= clock.now()).order_by(Outbox.id)))
        return [run_job(job_id, JOBS) for job_id in (due[::-1] if newest_first else due)]


@pytest.mark.proves("AD-1")
def test_what_may_be_applied_to_running_cases_is_and_nothing_else(court: TestCourt, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(running, "AT_ONCE", 2)  # so that a handful of people takes several transactions
    people = [make_learner(court)[1] for _person in range(5)]
    finished = make_learner(court)[1]
    put(court, finished, "completed")
    make_referral(court)
    browser = begin(court)
    change(court, browser, "accountability", misses_allowed="3")
    change(court, browser, "course", pass_percent="95")
    page = browser.get(court.url(PREVIEW))
    assert "1 person was referred and has not enrolled yet" in page.text
    listed = page.click("See the 5 people concerned")
    assert listed.text.count("Missed check-ins before the court is told") == 5
    publish(court, browser, "More patience", for_running="y")
    assert {pinned(court, one) for one in people} == {(1, 1, 80)}, "nothing happens before the job"
    assert apply_all(court) == ["done"]
    assert {pinned(court, one) for one in people} == {(3, 3, 80)}, "the pass mark stays what was promised"
    assert pinned(court, finished) == (1, 1, 80)
    with court.app.app_context(), court.acting():
        written = (
            session()
            .execute(
                select(AuditEvent, AuditDetail)
                .join(AuditDetail, AuditDetail.id == AuditEvent.id)
                .where(AuditEvent.action == "court_admin.amend_rules")
            )
            .all()
        )
    assert {event.subject_id for event, _detail in written} == set(people)
    assert len(written) == 5
    for event, detail in written:
        assert event.actor_id == court.member(Role.ADMINISTRATOR).id
        assert event.case_id is not None
        assert detail.old["accountability.misses_allowed"] == 1
        assert detail.new["accountability.misses_allowed"] == 3
        assert detail.new["reason"] == "More patience"
        assert "coursework.pass_percent" not in detail.new
    assert in_force(court)[0] == 2, "an amended version is never the one in force"
    assert "for people enrolled under version 1" in browser.get(court.url("program-rules")).text
    assert "the same rules, with the parts of version 2" in browser.get(court.url("program-rules/3")).text
    assert apply_all(court) == []


def test_without_the_box_nobody_in_the_program_is_touched(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    changed_rules(court, "accountability", misses_allowed="3")
    assert apply_all(court) == []
    assert pinned(court, enrollment_id) == (1, 1, 80)


def test_a_rule_concerns_only_those_whom_it_can_still_reach(court: TestCourt):
    early, late, held = (make_learner(court)[1] for _person in range(3))
    put(court, late, "accountability")
    put(court, held, "on_hold", "coursework")
    browser = begin(court)
    change(court, browser, "accountability", grace_days="5")
    assert "See the 2 people concerned" in browser.get(court.url(PREVIEW)).text, "dates are set once check-ins begin"
    publish(court, browser, "More time", for_running="y")
    apply_all(court)
    assert [pinned(court, one)[0] for one in (early, late, held)] == [3, 1, 3]


def test_a_later_version_is_applied_when_it_begins_and_never_when_it_is_canceled(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    browser = begin(court)
    change(court, browser, "accountability", misses_allowed="3")
    publish(court, browser, "Later", for_running="y", **later(5))
    assert apply_all(court) == []
    browser.get(court.url("program-rules/2/cancel")).submit("Cancel this version")
    with clock.moved_to(first_instant(6)):
        assert apply_all(court) == ["done"]
    assert pinned(court, enrollment_id) == (1, 1, 80)
    change(court, begin(court), "accountability", misses_allowed="4")
    publish(court, browser, "Again later", for_running="y", **later(5))
    with clock.moved_to(first_instant(6)):
        assert apply_all(court) == ["done"]
    assert pinned(court, enrollment_id) == (4, 4, 80)


def test_an_older_change_does_not_come_after_a_newer_one(court: TestCourt):
    """The first job is late: the second version's was applied before it."""
    _learner, enrollment_id = make_learner(court)
    for misses in ("3", "5"):
        browser = begin(court)
        change(court, browser, "accountability", misses_allowed=misses)
        publish(court, browser, "Patience", for_running="y")
    assert apply_all(court, newest_first=True) == ["done", "done"]
    assert pinned(court, enrollment_id)[1] == 5


def test_a_draft_is_one_courts_own(app: Flask, court: TestCourt):
    other = make_court(app)
    begin(court)
    begin(other)
    for one in (court, other):
        with app.app_context(), one.acting():
            assert len(session().scalars(select(RulesDraft)).all()) == 1
