"""Many reports at once: what it comes to, how it goes, that one fault stops no other."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.batches import lookups, services
from app.batches.lookups import Subject, Wanted
from app.batches.models import ReportBatchItem
from app.batches.rules import MOST_IN_FLIGHT, What
from app.cases.lookups import the_enrollment
from app.core.models import Outbox
from app.core.runtime import runtime
from app.permissions.identity import Role
from app.reports.lookups import ISSUED, RENDER, RENDER_LATER, ahead_in_queue
from app.reports.models import Report
from app.reports.services import request_report
from tenants.database import session, transaction
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.batch_steps import clerk, lists_of, run_jobs
from tests.reports import ask, file_bytes, in_accountability, text_of


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    return make_court(app)


def progress(court: TestCourt, batch_id: object) -> lookups.Progress:
    with court.app.app_context(), court.acting():
        return lookups.progress_of([batch_id])[batch_id]  # type: ignore[list-item,index]


def test_a_batch_is_looked_at_started_and_finished_by_its_page(court: TestCourt) -> None:
    people = [make_learner(court, family_names=f"Many{n}")[1] for n in ("Alder", "Birch", "Cedar")]
    browser = court.staff_client(Role.CLERK)
    preview = browser.get(court.url("batches/new")).submit("See what it comes to", what="progress")
    assert "3 reports" in preview.text
    assert "Robin ManyAlder" in preview.text
    with court.app.app_context(), court.acting():
        assert session().scalar(select(func.count()).select_from(Report).where(Report.kind == "progress")) == 0
    page = preview.submit("Make 3 reports")
    assert "0 made" in page.text
    run_jobs(court)
    page = browser.get(page.url)
    assert "Finished" in page.text
    assert "3 made, 0 being made, 0 waiting, 0 to look at" in page.text
    with court.app.app_context(), court.acting():
        made = session().scalars(select(Report).where(Report.kind == "progress")).all()
    assert sorted(one.enrollment_id for one in made) == sorted(people)
    assert {one.state for one in made} <= set(ISSUED)


def test_a_form_sent_twice_makes_one_batch(court: TestCourt) -> None:
    make_learner(court)
    browser = court.staff_client(Role.CLERK)
    preview = browser.get(court.url("batches/new")).submit("See what it comes to", what="progress")
    first, second = preview.submit("Make 1 report"), preview.submit("Make 1 report")
    assert first.url == second.url


def test_who_left_since_the_preview_is_not_made_a_report_of_unseen(court: TestCourt) -> None:
    make_learner(court)
    browser = court.staff_client(Role.CLERK)
    preview = browser.get(court.url("batches/new")).submit("See what it comes to", what="progress")
    make_learner(court, family_names="Newcomer")
    again = preview.submit("Make 1 report")
    assert again.status == 422
    assert "somebody was added or left" in again.text
    assert "Robin Newcomer" in again.text
    assert "2 made" not in again.submit("Make 2 reports").text


def test_one_that_can_not_be_made_stops_no_other_and_is_tried_again(court: TestCourt) -> None:
    people = [make_learner(court)[1] for _ in range(3)]
    actor = clerk(court)
    with court.app.app_context(), court.acting():
        batch = services.start(What.PROGRESS, [Subject("", enrollment_id=one) for one in people], actor=actor)
        with transaction():
            rules_id = the_enrollment(people[1]).rules_id
            the_enrollment(people[1], lock=True).rules_id = None
    run_jobs(court)
    assert progress(court, batch.id)[:5] == (0, 0, 2, 0, 1)
    page = court.staff_client(Role.CLERK).get(court.url(f"batches/{batch.id}"))
    assert "At this stage of the program no such report can be made." in page.text
    with court.app.app_context(), court.acting(), transaction():
        the_enrollment(people[1], lock=True).rules_id = rules_id
    page.submit("Try 1 again")
    run_jobs(court)
    assert progress(court, batch.id)[:5] == (0, 0, 3, 0, 0)


def test_a_fault_in_the_program_stops_no_other(court: TestCourt, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [make_learner(court)[1] for _ in range(3)]
    with court.app.app_context(), court.acting():
        batch = services.start(What.PROGRESS, [Subject("", enrollment_id=one) for one in people], actor=clerk(court))
    whole = services.request_report

    def broken(enrollment_id: object, *args: object, **options: object) -> object:
        if enrollment_id == people[0]:
            raise RuntimeError("a fault of ours")
        return whole(enrollment_id, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "request_report", broken)
    run_jobs(court)
    assert progress(court, batch.id)[:5] == (0, 0, 2, 0, 1)


def test_pause_go_on_cancel(court: TestCourt) -> None:
    people = [make_learner(court)[1] for _ in range(3)]
    actor = clerk(court)
    with court.app.app_context(), court.acting():
        batch = services.start(What.PROGRESS, [Subject("", enrollment_id=one) for one in people], actor=actor)
        services.pause(batch.id, actor=actor)
    run_jobs(court)
    assert progress(court, batch.id)[:3] == (3, 0, 0)
    with court.app.app_context(), court.acting():
        services.go_on(batch.id, actor=actor)
        services.go_on(batch.id, actor=actor)  # the second does nothing
        assert (
            session().scalar(
                select(func.count()).select_from(Outbox).where(Outbox.kind == services.STEP, Outbox.done_at.is_(None))
            )
            == 1
        )
    page = court.staff_client(Role.CLERK).get(court.url(f"batches/{batch.id}/cancel")).submit("Cancel the rest")
    assert "Canceled" in page.text
    run_jobs(court)
    assert progress(court, batch.id).canceled == 3
    with court.app.app_context(), court.acting():
        assert session().scalar(select(func.count()).select_from(Report).where(Report.kind == "progress")) == 0


@pytest.mark.proves("FA-1")
def test_a_step_that_runs_twice_asks_for_each_report_once(court: TestCourt) -> None:
    people = [make_learner(court)[1] for _ in range(4)]
    with court.app.app_context(), court.acting():
        batch = services.start(What.PROGRESS, [Subject("", enrollment_id=one) for one in people], actor=clerk(court))
        services.step(batch.id)  # a worker that was killed before it could end its job
        services.step(batch.id)
    assert progress(court, batch.id).making == 4  # else the jobs below would go on without end
    run_jobs(court)
    assert progress(court, batch.id).made == 4
    with court.app.app_context(), court.acting():
        assert session().scalar(select(func.count()).select_from(Report).where(Report.kind == "progress")) == 4


def test_a_batch_leaves_room_for_single_requests(court: TestCourt) -> None:
    enrollment_id = make_learner(court)[1]
    about = [Subject("", enrollment_id=enrollment_id)] * (MOST_IN_FLIGHT + 30)
    with court.app.app_context(), court.acting():
        batch = services.start(What.PROGRESS, about, actor=clerk(court))
    for _turn in range(12):
        with court.app.app_context(), court.acting():
            services.step(batch.id)
    assert progress(court, batch.id).making == MOST_IN_FLIGHT  # and no more, however often it looks
    ask(court, enrollment_id, "progress")
    with court.app.app_context():
        jobs = runtime().registry.jobs
    assert (jobs[RENDER].queue, jobs[RENDER_LATER].queue, jobs[services.STEP].queue) == ("default", "bulk", "bulk")
    with court.app.app_context(), court.acting():
        kinds = dict(
            session()
            .execute(select(Outbox.kind, func.count()).where(Outbox.done_at.is_(None)).group_by(Outbox.kind))
            .all()
        )
    assert kinds[RENDER_LATER] == MOST_IN_FLIGHT


@pytest.mark.proves("AC-3")
def test_an_officer_makes_reports_of_the_own_people_only(court: TestCourt) -> None:
    anna, ben = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    mine = make_learner(court, family_names="Annasown", officer_id=anna.id)[1]
    make_learner(court, family_names="Bensown", officer_id=ben.id)
    as_anna = court.client(anna)
    preview = as_anna.get(court.url("batches/new")).submit("See what it comes to", what="progress")
    assert "Robin Annasown" in preview.text
    assert "Bensown" not in preview.text
    page = preview.submit("Make 1 report")
    run_jobs(court)
    with court.app.app_context(), court.acting():
        assert session().scalars(select(ReportBatchItem.enrollment_id)).all() == [mine]
        found = lookups.subjects(anna, Wanted(What.CASELOADS))
        assert [one.officer_id for one in found] == [anna.id]
    assert court.client(ben).get(page.url).status == 404
    with court.app.app_context(), court.acting(), transaction():
        the_enrollment(mine, lock=True).officer_id = ben.id
    assert "Annasown" not in as_anna.get(f"{page.url}?show=all").text


def test_caseload_reports_of_all_officers(court: TestCourt) -> None:
    anna, ben = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    make_learner(court, family_names="Annasown", officer_id=anna.id)
    make_learner(court, family_names="Bensown", officer_id=ben.id)
    preview = (
        court.staff_client(Role.CLERK).get(court.url("batches/new")).submit("See what it comes to", what="caseloads")
    )
    preview.submit("Make 2 reports")
    run_jobs(court)
    lists = {one.officer_id: one for one in lists_of(court)}
    assert {one.state for one in lists.values()} == {"ready"}
    text = text_of(file_bytes(court, lists[anna.id]))  # type: ignore[arg-type]
    assert "Robin Annasown" in text
    assert "Bensown" not in text


def test_certificates_of_a_period(court: TestCourt) -> None:
    _learner, enrollment_id = in_accountability(court)
    browser = court.staff_client(Role.CLERK)
    page = browser.get(court.url("batches/new")).submit("See what it comes to", what="certificate")
    assert page.status == 422
    assert "There is nobody to make this report of." in page.text
    assert enrollment_id


def test_one_of_many_waits_behind_every_single_one(court: TestCourt) -> None:
    enrollment_id = make_learner(court)[1]
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        many = [request_report(enrollment_id, "progress", actor=clerk(court), later=True) for _ in range(2)]
        single = request_report(enrollment_id, "progress", actor=clerk(court))
        proof = 1  # of the enrollment itself, asked for before them all
        assert ahead_in_queue(single) == proof
        assert ahead_in_queue(many[1]) == proof + 2  # the single one, and the first of the many
