"""What the court sees, and "this is not right": from the participant's page to the answer and the reports."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accountability.models import CheckIn
from app.cases.models import Enrollment
from app.cases.moving.services import arrange_cover
from app.core import clock
from app.core.errors import NotFound, Refused
from app.disputes import services
from app.disputes.lookups import disputes_of, how_many_wait
from app.disputes.models import Dispute
from app.disputes.rules import Fact, Verdict
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from app.reports.court_kinds.wording import BenchWording
from app.reports.layout import Layout
from app.reports.outputs.files import csv_of, json_of
from app.reports.outputs.published import published
from app.reports.snapshot import Snapshot
from app.reports.wording import Wording
from tenants.database import session, transaction
from tests.client import Page
from tests.curriculum import publish
from tests.factories import TestCourt, make_learner
from tests.functional.learning_steps import counted_statements
from tests.functional.lived_in_lists import picture
from tests.functional.violation_steps import told, two_missed
from tests.reports import ask, file_bytes, report_of, run_renders, text_of

WRONG = "I sent it on the last day, and the page said thank you."
ANSWER = "The mail of that day shows it. The check-in is excused."
Missed = tuple[TestCourt, Identity, UUID, Identity]


@pytest.fixture(scope="module", autouse=True)
def published_lessons(app: Flask) -> None:
    publish(app)


@pytest.fixture
def missed(app: Flask) -> Iterator[Missed]:
    yield from two_missed(app)


def found(court: TestCourt, enrollment_id: UUID) -> list[Dispute]:
    with court.app.app_context(), court.acting():
        return list(disputes_of(enrollment_id))


def dispute(court: TestCourt, learner: Identity, label: str, reason: str = WRONG) -> Page:
    """Say on the own page that the fact of this label is not right."""
    page = court.client(learner).get(court.url("my-record"))
    (link,) = page.tree.xpath(f'//dt[starts-with(normalize-space(.), "{label}")]/..//a[starts-with(., "This is not")]')
    return page.client.get(link.get("href")).submit("Send", reason=reason)


def answered(court: TestCourt, who: Identity, row: Dispute, **answers: str) -> Page:
    given = {"verdict": "corrected", "done": "y", "reason": ANSWER, **answers}
    return court.client(who).get(court.url(f"cases/disputes/{row.id}")).submit("Save the answer", **given)


def in_all_forms(court: TestCourt, report_id: UUID) -> list[str]:
    """A report's paper, page, table and data as text."""
    run_renders(court)
    report = report_of(court, report_id)
    snapshot = Snapshot.model_validate(report.snapshot)
    say = Wording(snapshot, str)
    data = published(snapshot, say, Layout(snapshot, say, str), public_url="https://portal.example.gov")
    page = court.staff_client(Role.JUDGE).get(court.url(f"reports/{report_id}"))
    return [text_of(file_bytes(court, report)), page.text, csv_of(data).decode(), json_of(data).decode()]


@pytest.mark.proves("CD-11")
def test_from_this_is_not_right_to_the_answer_and_every_report_says_so(missed: Missed):
    court, learner, enrollment_id, officer = missed
    page = dispute(court, learner, "Check-in 2")
    assert "A person at the court looks at it" in page.text
    (row,) = found(court, enrollment_id)
    assert (row.fact, row.state, WRONG in page.text) == ("check_in", "open", True)
    assert told(court, "dispute_raised") == 1
    record = page.client.get(court.url("my-record"))
    assert "Disputed on" in record.text

    before = {kind: ask(court, enrollment_id, kind).id for kind in ("bench_card", "progress")}
    for report_id in before.values():
        for text in in_all_forms(court, report_id):
            assert "Check-in 2, due on" in text
            assert (
                "not yet answered" in text.lower() or '"outcome": "open"' in text or "disputes,1,outcome,open" in text
            )
            assert WRONG not in text, "no report shows what somebody wrote"

    queue = court.client(officer).get(court.url("disputes"))
    page = queue.click("Robin Missing")
    assert WRONG in page.text
    page = answered(court, officer, row, done="")
    assert page.status == 422
    assert "Correct the record on its own page first" in page.text
    assert ANSWER in str(page.data, "utf-8"), "what was typed is kept"
    assert "The answer is saved" in answered(court, officer, row).text
    assert told(court, "dispute_answered") == 1
    assert ANSWER in court.client(learner).get(court.url(f"my-record/disputes/{row.id}")).text

    for kind, report_id in before.items():
        assert "Not yet answered" in in_all_forms(court, report_id)[0], "a report stays as it was"
        later = in_all_forms(court, ask(court, enrollment_id, kind).id)
        assert all("the record was corrected" in text for text in later[:2])
        assert "disputes,1,outcome,corrected" in later[2]
        assert '"outcome": "corrected"' in later[3]
        assert not any(ANSWER in text for text in later)


def test_the_record_says_fact_by_fact_what_the_bench_card_says(missed: Missed):
    court, learner, enrollment_id, _officer = missed
    snapshot = Snapshot.model_validate(ask(court, enrollment_id, "bench_card").snapshot)
    say = Wording(snapshot, str)
    bench = BenchWording(say)
    client = court.client(learner)
    with counted_statements(court.app) as statements:
        page = client.get(court.url("my-record"))
    assert len(statements) <= 12, statements
    shown = {
        "".join(row.xpath("./dt")[0].itertext()).strip(): "".join(row.xpath("./dd[1]")[0].itertext()).strip()
        for row in page.tree.xpath('//dl[@class="portal-record"]/div')
    }
    card = {
        **dict(say.facts()),
        **{label: meaning if at == "—" else f"{at} ({meaning})" for label, at, meaning in bench.figures()},
        "Stage": snapshot.program.stage,
        **{f"Check-in {n}, due on {due}": state for n, due, state, _sent in say.check_in_rows()},
        **{what: f"{happened}. {outcome}" for what, happened, outcome, _decided, _told in bench.violation_rows()},
        **{what: day for day, what, _by in bench.step_rows()},
    }
    assert {label: shown.get(label) for label in card} == card
    for line in (*bench.missing(), *bench.fee()):
        assert line in page.text, line
    for module in snapshot.modules:
        assert say.module_state(module) in shown[module.title]
    every_fact = page.tree.xpath('//dl[@class="portal-record"]/div')
    assert len(every_fact) == len(page.tree.xpath('//a[starts-with(., "This is not right")]')), "beside each"


def test_who_answers_is_who_keeps_that_part_of_the_record(missed: Missed, app: Flask):
    court, learner, enrollment_id, officer = missed
    dispute(court, learner, "Case number")
    (row,) = found(court, enrollment_id)
    page = court.client(officer).get(court.url(f"cases/disputes/{row.id}"))
    assert "The clerk's office answers this one" in page.text
    others = [court.member(Role.OFFICER, "Somebody Else"), court.member(Role.JUDGE)]
    for who in others:
        assert court.client(who).get(court.url(f"cases/disputes/{row.id}")).status == 404
    for who in (officer, *others, learner):
        with app.app_context(), app.test_request_context(), court.acting(), pytest.raises(NotFound):
            services.answer(row.id, Verdict.STANDS, "No.", done=False, actor=who)
    with app.app_context(), court.acting():
        today = row.answer_by + timedelta(days=1)
        assert how_many_wait(court.member(Role.CLERK), row.answer_by) == (1, 0)
        assert how_many_wait(court.member(Role.CLERK), today) == (1, 1)
        assert how_many_wait(officer, today) == (0, 0), "not the officer's to answer"
    assert "The answer is saved" in answered(court, court.member(Role.CLERK), row, verdict="stands", done="").text
    again = court.client(court.member(Role.CLERK)).get(court.url(f"cases/disputes/{row.id}"))
    assert "Save the answer" not in again.text
    stranger, _other = make_learner(court)
    assert court.client(stranger).get(court.url(f"my-record/disputes/{row.id}")).status == 404


@pytest.mark.proves("AD-1")
def test_somebody_else_than_who_recorded_it_answers_where_the_court_has_one(missed: Missed, app: Flask):
    court, learner, enrollment_id, officer = missed
    dispute(court, learner, "Case number")
    (row,) = found(court, enrollment_id)
    clerk = court.member(Role.CLERK)
    assert row.recorded_by == clerk.id, "who referred has entered it"
    address = court.url(f"cases/disputes/{row.id}")
    assert "Save the answer" in court.client(clerk).get(address).text, "nobody else may: a dispute is never stuck"
    second = court.member(Role.CLERK, "Second Clerk")
    assert "You recorded this yourself" in court.client(clerk).get(address).text
    assert "Somebody else: you recorded it" in court.client(clerk).get(court.url("disputes")).text
    with app.app_context(), app.test_request_context(), court.acting(), pytest.raises(Refused, match="yourself"):
        services.answer(row.id, Verdict.STANDS, "No.", done=False, actor=clerk)
    assert "The answer is saved" in answered(court, second, row, verdict="stands", done="").text

    mailed = told(court, "dispute_raised")
    with app.app_context(), court.acting(), transaction() as current:
        sent = current.scalars(select(CheckIn).where(CheckIn.enrollment_id == enrollment_id, CheckIn.number == 2)).one()
        sent.state, sent.decided_by, sent.decided_at = "excused", officer.id, clock.now()
    dispute(court, learner, "Check-in 2")
    row = found(court, enrollment_id)[-1]
    assert row.recorded_by == officer.id
    assert told(court, "dispute_raised") == mailed + 2, "both clerks, not the officer"
    assert "You recorded this yourself" in court.client(officer).get(court.url(f"cases/disputes/{row.id}")).text
    assert "The answer is saved" in answered(court, court.member(Role.SUPERVISOR), row).text


@pytest.mark.proves("AC-3")
def test_who_stands_in_is_told_and_answers_and_the_history_says_so(missed: Missed, app: Flask):
    court, learner, enrollment_id, officer = missed
    cover = court.member(Role.OFFICER, "Stand In")
    assert officer.id
    assert cover.id
    with app.test_request_context(), court.acting():
        today = clock.today("America/Los_Angeles")
        arrange_cover(officer.id, cover.id, today, today, time_zone="America/Los_Angeles", actor=officer)
    dispute(court, learner, "Check-in 1")
    (row,) = found(court, enrollment_id)
    with app.app_context(), court.acting():
        mailed = session().scalars(select(Notice.recipient_id).where(Notice.template == "dispute_raised")).all()
    assert set(mailed) == {officer.id, cover.id}
    assert "The answer is saved" in answered(court, cover, row).text
    history = court.client(officer).get(court.url(f"cases/{enrollment_id}/history?part=disputes"))
    entries = [
        " ".join("".join(one.itertext()).split())
        for one in history.tree.xpath('//main//ol[contains(@class, "timeline")]/li')
    ]
    assert len(entries) == 2, entries
    assert "Disputed record: Corrected" in entries[0]
    assert "Stand In" in entries[0]
    assert "Record disputed" in entries[1]
    assert history.link("Record disputed").endswith(f"/cases/{enrollment_id}/disputes")


def test_a_dispute_of_a_case_that_is_over_is_not_forgotten(missed: Missed, app: Flask):
    court, learner, enrollment_id, officer = missed
    dispute(court, learner, "Check-in 1")
    today = court.client(officer).get(court.url("today"))
    assert "case that is over" not in today.text
    with app.app_context(), court.acting(), transaction() as current:
        current.execute(update(Enrollment).where(Enrollment.id == enrollment_id).values(state="completed"))
    for who in (officer, court.member(Role.CLERK)):
        today = court.client(who).get(court.url("today"))
        page = today.click("1 disputed record of a case that is over waits for an answer")
        assert "The case is over: Completed" in page.text
    assert "case that is over" not in court.client(court.member(Role.OFFICER, "No Cases")).get(court.url("today")).text


def test_one_at_a_time_for_each_fact_and_taken_back_before_the_answer(missed: Missed, app: Flask):
    court, learner, enrollment_id, _officer = missed
    page = court.client(learner).get(court.url("my-record/not-right/check_in/not-there"))
    assert page.status == 404
    page = court.client(learner).get(court.url("my-record/not-right/person/name"))
    assert "Do not describe your arrest or any crime here" in page.text
    empty = page.submit("Send", reason=" ")
    assert empty.status == 422
    wrong_file = page.submit("Send", reason=WRONG, file=(io.BytesIO(b"no picture"), "x.txt"))
    assert wrong_file.status == 422
    assert WRONG in wrong_file.text
    sent = page.submit("Send", reason=WRONG, file=(io.BytesIO(picture()), "x.png"))
    assert page.client.http.get(sent.link("The file that you sent")).mimetype == "image/png"
    (row,) = found(court, enrollment_id)
    about = services.Disputed(Fact.PERSON, "name", "Name: x")
    with app.app_context(), app.test_request_context(), court.acting(), pytest.raises(Refused, match="already"):
        services.raise_dispute(enrollment_id, about, WRONG, actor=learner)
    assert "It is taken back" in sent.submit("Take it back").text
    report = ask(court, enrollment_id, "bench_card")
    assert report.snapshot["disputes"] == []
    with app.app_context(), app.test_request_context(), court.acting(), pytest.raises(Refused, match="taken back"):
        services.answer(row.id, Verdict.STANDS, "No.", done=False, actor=court.member(Role.CLERK))
