"""Delivering reports: to whom, by which ways, once each, and what is seen when it does not work."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Membership
from app.core.models import Outbox
from app.core.runtime import runtime
from app.notices.models import Notice
from app.notices.wishes import Wishes, choose
from app.permissions.identity import Identity, Role
from app.reports.correcting.services import revoke_report
from app.reports.delivering import services
from app.reports.models import Report
from tenants.database import session, transaction
from tenants.report_delivery import KindDelivery, Receiver, Way
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import (
    ask,
    deliveries_of,
    file_bytes,
    report_of,
    rules_that_deliver,
    run_deliveries,
    run_kind,
    run_renders,
)

TO_BOTH = (Receiver.OFFICER, Receiver.JUDGES)


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish(app)


def court_with(app: Flask, *ways: Way, to: tuple[Receiver, ...] = TO_BOTH) -> TestCourt:
    return make_court(app, document=rules_that_deliver(progress=KindDelivery(ways=ways, to=to)))


def assigned(court: TestCourt, officer: Identity) -> Report:
    """A progress report of a case of this officer, asked for by the clerk and issued."""
    _learner, enrollment_id = make_learner(court, officer_id=officer.id)
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    return report_of(court, report.id)


def test_the_officer_and_the_judge_find_it_in_their_inbox_once(app: Flask, published: None) -> None:
    court = court_with(app, Way.INBOX)
    officer, judge = court.member(Role.OFFICER), court.member(Role.JUDGE)
    court.member(Role.SUPERVISOR)
    report = assigned(court, officer)
    assert report.state == "ready"
    run_deliveries(court)
    rows = deliveries_of(court, report.id)
    assert {(row.recipient_id, row.way, row.state) for row in rows} == {
        (officer.id, "inbox", "delivered"),
        (judge.id, "inbox", "delivered"),
    }
    assert report_of(court, report.id).state == "delivered"
    with app.app_context(), court.acting():
        services.lay_out(report.id)  # the job runs a second time
    assert len(deliveries_of(court, report.id)) == 2


def test_whoever_asked_for_it_gets_no_second_one(app: Flask, published: None) -> None:
    court = court_with(app, Way.INBOX, to=(Receiver.CLERKS, Receiver.JUDGES))
    judge = court.member(Role.JUDGE)
    report = assigned(court, court.member(Role.OFFICER))
    run_deliveries(court)
    assert [row.recipient_id for row in deliveries_of(court, report.id)] == [judge.id]


def test_a_case_without_an_officer_goes_to_the_clerks(app: Flask, published: None) -> None:
    court = court_with(app, Way.INBOX, to=(Receiver.OFFICER,))
    court.member(Role.CLERK)
    other = court.member(Role.CLERK, "Another Clerk")
    _learner, enrollment_id = make_learner(court)
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    run_deliveries(court)
    assert [row.recipient_id for row in deliveries_of(court, report.id)] == [other.id]


def test_nobody_who_left_the_staff_gets_anything(app: Flask, published: None) -> None:
    court = court_with(app, Way.INBOX, Way.MAIL)
    officer, judge = court.member(Role.OFFICER), court.member(Role.JUDGE)
    report = assigned(court, officer)
    with app.app_context(), court.acting(), transaction() as current:
        current.execute(update(Membership).where(Membership.id == judge.id).values(state="deactivated"))
    run_deliveries(court)
    assert {row.recipient_id for row in deliveries_of(court, report.id)} == {officer.id}


def notices_of(court: TestCourt, template: str) -> list[Notice]:
    with court.app.app_context(), court.acting():
        return list(session().scalars(select(Notice).where(Notice.template == template).order_by(Notice.id)))


def test_the_mail_carries_a_link_and_neither_file_nor_name(app: Flask, published: None) -> None:
    court = court_with(app, Way.MAIL, to=(Receiver.OFFICER,))
    officer = court.member(Role.OFFICER)
    report = assigned(court, officer)
    run_kind(court, services.HAND_OVER, services.DELIVER)
    (row,) = deliveries_of(court, report.id)
    assert (row.state, report_of(court, report.id).state) == ("on_its_way", "ready")
    run_deliveries(court)
    (row,) = deliveries_of(court, report.id)
    assert (row.state, report_of(court, report.id).state) == ("delivered", "delivered")
    (notice,) = notices_of(court, "report_ready")
    assert notice.recipient_id == officer.id
    assert set(notice.context) == {"link"}
    assert notice.context["link"].endswith(f"/{court.slug}/reports/{report.id}")


def test_who_wants_one_mail_a_day_finds_it_among_the_messages(app: Flask, published: None) -> None:
    court = court_with(app, Way.MAIL, to=(Receiver.OFFICER,))
    officer = court.member(Role.OFFICER)
    with app.app_context(), court.acting():
        choose(Wishes(once_a_day=True), actor=officer)
    report = assigned(court, officer)
    run_deliveries(court)
    (row,) = deliveries_of(court, report.id)
    assert row.state == "delivered"
    (notice,) = notices_of(court, "report_ready")
    assert notice.state == "kept"


@pytest.mark.proves("FA-5")
def test_a_mail_that_does_not_go_out_is_seen_and_tried_again(app: Flask, published: None) -> None:
    court = court_with(app, Way.MAIL, to=(Receiver.OFFICER,))
    report = assigned(court, court.member(Role.OFFICER))
    run_kind(court, services.HAND_OVER, services.DELIVER)
    (notice,) = notices_of(court, "report_ready")
    with app.app_context(), court.acting(), transaction() as current:
        job = current.scalars(select(Outbox).where(Outbox.subject_id == notice.id)).one()
        job.attempt = 99  # every process that tried was lost
        job_id = job.id
    with app.app_context(), court.acting():
        assert services.outbox.run_job(job_id, runtime().registry.jobs) == "failed"
    (row,) = deliveries_of(court, report.id)
    assert (row.state, row.error) == ("failed", "mail_came_back")
    with app.app_context(), court.app.test_request_context(), court.acting():
        services.retry(row.id, actor=court.member(Role.CLERK))
        services.retry(row.id, actor=court.member(Role.CLERK))
    run_deliveries(court)
    (row,) = deliveries_of(court, report.id)
    assert (row.state, row.error) == ("delivered", "")


@pytest.fixture
def drops(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """The file that names the courts' folders; empty."""
    file = tmp_path / "drops.toml"
    file.write_text("")
    kept = app.extensions["portal"]
    app.extensions["portal"] = dataclasses.replace(kept, settings=dataclasses.replace(kept.settings, drops_file=file))
    yield file
    app.extensions["portal"] = kept


def test_the_folder_gets_the_very_file_and_its_hash_beside_it(app: Flask, published: None, drops: Path) -> None:
    court = court_with(app, Way.FOLDER)
    folder = drops.parent / "incoming"
    folder.mkdir()
    drops.write_text(f'[{court.slug}]\nurl = "file://{folder}"\n')
    report = assigned(court, court.member(Role.OFFICER))
    run_deliveries(court)
    (row,) = deliveries_of(court, report.id)
    assert (row.state, row.attempts, row.recipient_id) == ("delivered", 1, None)
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{report.number}_progress.json",
        f"{report.number}_progress.pdf",
    ]
    content = (folder / row.file_name).read_bytes()
    assert content == file_bytes(court, report)
    beside = json.loads((folder / f"{report.number}_progress.json").read_text())
    assert beside["sha256"] == hashlib.sha256(content).hexdigest()
    assert beside["number"] == report.number
    assert "name" not in beside


@pytest.mark.proves("FA-5")
@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("", "no_folder"),
        ('[{slug}]\nurl = "file:///nowhere/at/all"', "not_reached"),
        ('[{slug}]\nurl = "ftp://x"', "no_folder"),
        ('[{slug}]\nurl = "s3+http://elsewhere.example/bucket"', "no_folder"),
        ('[{slug}]\nurl = "s3+http://127.0.0.1:9/bucket"\naccess_key = "a"\nsecret_key = "b"', "not_reached"),
    ],
)
def test_a_folder_that_can_not_be_reached_is_a_failure_in_words_with_a_retry(
    app: Flask, published: None, drops: Path, entry: str, code: str
) -> None:
    court = court_with(app, Way.FOLDER)
    drops.write_text(entry.replace("{slug}", court.slug))
    report = assigned(court, court.member(Role.OFFICER))
    assert run_deliveries(court)[-1] == "retry"
    assert deliveries_of(court, report.id)[0].state == "waiting"
    assert fail_for_good(court, report) == code
    folder = drops.parent / "found"
    folder.mkdir()
    drops.write_text(f'[{court.slug}]\nurl = "file://{folder}"\n')
    (row,) = deliveries_of(court, report.id)
    with app.app_context(), court.app.test_request_context(), court.acting():
        services.retry(row.id, actor=court.member(Role.CLERK))
    run_deliveries(court)
    assert deliveries_of(court, report.id)[0].state == "delivered"
    assert len(list(folder.iterdir())) == 2


def fail_for_good(court: TestCourt, report: Report) -> str:
    """The last attempt of the only delivery; the code of the failure."""
    (row,) = deliveries_of(court, report.id)
    assert row.job_id is not None
    with court.app.app_context(), court.acting():
        with transaction() as current:
            current.execute(update(Outbox).where(Outbox.id == row.job_id).values(attempt=6))
        assert services.outbox.run_job(row.job_id, runtime().registry.jobs) == "failed"
    (row,) = deliveries_of(court, report.id)
    assert (row.state, row.attempts) == ("failed", 6)
    return row.error


def test_what_is_taken_back_before_it_was_delivered_goes_nowhere(app: Flask, published: None, drops: Path) -> None:
    court = court_with(app, Way.FOLDER, Way.MAIL, Way.PRINT)
    folder = drops.parent / "incoming"
    folder.mkdir()
    drops.write_text(f'[{court.slug}]\nurl = "file://{folder}"\n')
    report = assigned(court, court.member(Role.OFFICER))
    run_kind(court, services.HAND_OVER)
    with app.app_context(), court.app.test_request_context(), court.acting():
        revoke_report(report.id, reason="wrong person", actor=court.member(Role.CLERK))
    run_deliveries(court)
    assert {row.state for row in deliveries_of(court, report.id)} == {"stopped"}
    assert list(folder.iterdir()) == []
    assert notices_of(court, "report_ready") == []


def test_a_report_is_received_by_its_own_reader_only_and_once(app: Flask, published: None) -> None:
    court = court_with(app, Way.INBOX)
    officer, judge = court.member(Role.OFFICER), court.member(Role.JUDGE)
    report = assigned(court, officer)
    run_deliveries(court)
    ids = [row.id for row in deliveries_of(court, report.id)]
    with app.app_context(), court.app.test_request_context(), court.acting():
        assert services.acknowledge(ids, actor=court.member(Role.CLERK)) == 0
        assert services.acknowledge(ids, actor=judge) == 1
        assert services.acknowledge(ids, actor=judge) == 0
    states = {row.recipient_id: row.state for row in deliveries_of(court, report.id)}
    assert states == {officer.id: "delivered", judge.id: "acknowledged"}
    assert report_of(court, report.id).state == "acknowledged"
