"""The participant's lawyer: admitted and removed by the participant, reads what they see, and nothing else."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email import policy
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from app.accountability.terminating.lookups import terminations_of
from app.accountability.terminating.services import approve
from app.accounts import second_factor
from app.cases.holding import return_to_court, withdraw
from app.core import clock
from app.core.actor import ActorKind
from app.core.runtime import runtime
from app.counsel import services
from app.counsel.lookups import admissions_of, email_of
from app.counsel.models import CounselAdmission
from app.permissions.identity import Identity, Role
from tests.client import Page, PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.accounts_people import PASSWORD, audited, members, run_jobs
from tests.functional.test_terminating import REASONS
from tests.functional.violation_steps import told, two_missed
from tests.reports import ask, run_renders

LAWYER = "Dana Park"


@pytest.fixture(scope="module", autouse=True)
def published_lessons(app: Flask) -> None:
    publish(app)


@pytest.fixture
def case(app: Flask) -> Iterator[tuple[TestCourt, Identity, UUID, Identity]]:
    yield from two_missed(app)


def admit(court: TestCourt, learner: Identity, address: str, **answers: str) -> Page:
    page = court.client(learner).get(court.url("my-program")).click("Let your lawyer see your case")
    return page.submit("Let this person see my case", name=LAWYER, email=address, **{"sure": "y", **answers})


def mails(court: TestCourt, address: str) -> list[email.message.EmailMessage]:
    run_jobs(court, "notices.send")
    with court.app.app_context():
        folder = Path(runtime().settings.mail_url.removeprefix("file://"))
    found = [
        email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(folder.glob("*.eml"))
    ]
    return [one for one in found if one["To"] == address]


def link_in(mail: email.message.EmailMessage) -> str:
    found = re.search(r"http://localhost(/\S+)", mail.get_body(("plain",)).get_content())
    assert found is not None
    return found.group(1)


def joined(browser: PageClient, link: str) -> Page:
    """The lawyer sets up the sign-in with its second step, and comes to the first page."""
    page = browser.get(link).submit("Continue", password=PASSWORD, again=PASSWORD)
    secret = re.search(r"((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})", page.text)
    assert secret is not None
    code = second_factor.code_at(secret.group(1).replace(" ", ""), clock.now())
    page.submit("Finish", code=code)
    return browser.get(page.url.partition("/staff/")[0] + "/")


def open_ones(court: TestCourt, enrollment_id: UUID) -> list[CounselAdmission]:
    with court.app.app_context(), court.acting():
        return list(admissions_of(enrollment_id))


def let_in(court: TestCourt, learner: Identity, enrollment_id: UUID, lawyer: Identity) -> None:
    """`lawyer`, who has a sign-in here, sees the case from now on."""
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        assert lawyer.id is not None
        services.admit(
            enrollment_id, name=LAWYER, email=email_of(lawyer.id) or "", sees_messages=False, sure=True, actor=learner
        )


@pytest.mark.proves("AC-2")
def test_admitted_by_the_client_reads_and_is_removed_at_once(case, app: Flask):
    court, learner, enrollment_id, _officer = case
    address = f"dana-{court.slug}@law.example"
    assert "Tick the box" in " ".join(admit(court, learner, address, sure="").errors())
    page = admit(court, learner, address)
    assert "Has not opened the link yet" in page.text
    (mail,) = mails(court, address)
    everything = mail.as_string()
    for secret in ("Robin", "Missing", "26-CR"):
        assert secret not in everything, "a mail names no client"
    assert mail["Subject"] == "Court program: a client lets you see a case"
    report = ask(court, enrollment_id, "progress")
    run_renders(court)

    browser = PageClient(app)
    home = joined(browser, link_in(mail))
    assert home.heading == "Your clients"
    seen = home.click("Robin Missing")
    for words in ("Missed", "Progress report", "Where you stand", "Hearings"):
        assert words in seen.text, words
    assert "This is not right" not in seen.text, "a lawyer disputes nothing in the client's name"
    mine = court.client(learner).get(court.url("my-record"))
    facts = "//dl[@class='portal-record']/div/dt"
    assert ["".join(e.itertext()) for e in seen.tree.xpath(facts)] == [
        "".join(e.itertext()) for e in mine.tree.xpath(facts)
    ]
    pdf = browser.http.get(court.url(f"clients/{enrollment_id}/reports/{report.id}"))
    assert (pdf.status_code, pdf.mimetype) == (200, "application/pdf")
    for path in ("cases/{0}", "my-record", "my-program", "staff", "disputes", "caseload", "dashboard", "audit"):
        assert browser.get(court.url(path.format(enrollment_id))).status == 404, path
    assert audited(court, "counsel.read") == [("staff", "done")]
    who = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"cases/{enrollment_id}"))
    seen_by = who.click("Who has seen this case")
    assert LAWYER in seen_by.text

    page = court.client(learner).get(court.url("my-lawyer"))
    assert "Can see your case" in page.text
    assert "Removed." in page.submit(f"Remove {LAWYER}").text
    gone = browser.http.get(court.url(f"clients/{enrollment_id}"))
    assert gone.status_code == 302, "the sign-in has ended"
    assert "sign-in" in gone.headers["Location"]
    (member,) = [one for one in members(court) if one.display_name == LAWYER]
    again = court.client(Identity(kind=ActorKind.STAFF, id=member.id, role=Role.COUNSEL, court_id=court.id))
    assert again.get(court.url("clients")).heading == "Your clients"
    for path in (f"clients/{enrollment_id}", f"clients/{enrollment_id}/reports/{report.id}"):
        assert again.get(court.url(path)).status == 404, "a new sign-in opens nothing either"


@pytest.mark.proves("AC-2", "CO-1")
def test_two_clients_one_sign_in_and_nobody_elses_case(case, app: Flask):
    court, learner, enrollment_id, officer = case
    second, second_id = make_learner(court, family_names="Second")
    third, third_id = make_learner(court, family_names="Third")
    lawyer = court.member(Role.COUNSEL)
    let_in(court, learner, enrollment_id, lawyer)
    let_in(court, second, second_id, lawyer)
    let_in(court, third, third_id, court.member(Role.COUNSEL, "Their own lawyer"))
    browser = court.client(lawyer)
    assert browser.get(court.url("clients")).text.count("Robin") == 2
    assert browser.get(court.url(f"clients/{third_id}")).status == 404
    other = make_court(app)
    stranger, foreign_id = make_learner(other)
    let_in(other, stranger, foreign_id, other.member(Role.COUNSEL))
    assert browser.get(court.url(f"clients/{foreign_id}")).status == 404
    their_report = ask(court, third_id, "progress")
    run_renders(court)
    for mine in (enrollment_id, second_id):
        assert browser.get(court.url(f"clients/{mine}/reports/{their_report.id}")).status == 404
    (admission,) = open_ones(court, second_id)
    refused = court.client(third).http.post(court.url(f"my-lawyer/{admission.id}/remove"))
    assert refused.status_code in (400, 404, 302)
    assert open_ones(court, second_id), "only one's own lawyer"

    with app.app_context(), app.test_request_context(), court.acting():
        return_to_court(enrollment_id, actor=officer, reason="No contact.")
    proposal = court.client(officer).get(court.url(f"cases/{enrollment_id}/termination/new"))
    assert f"{LAWYER}, by mail from this portal" in proposal.data.decode()
    proposal.submit("Propose it", reasons=REASONS, not_money="y")
    with app.app_context(), app.test_request_context(), court.acting():
        approve(terminations_of(enrollment_id)[0].id, actor=court.member(Role.SUPERVISOR))
    assert told(court, "counsel_notice") == 1
    page = court.client(lawyer).get(court.url(f"clients/{enrollment_id}"))
    assert REASONS in page.text

    with app.app_context(), app.test_request_context(), court.acting():
        withdraw(second_id, reason="Dismissed.", actor=court.member(Role.CLERK))
    assert open_ones(court, second_id) == [], "with the case the look at it ends"
    assert court.client(lawyer).get(court.url("clients")).text.count("Robin") == 1


def test_whom_one_cannot_admit_and_a_link_that_is_dead(case, app: Flask):
    court, learner, _enrollment_id, _officer = case
    with app.app_context(), court.acting():
        clerk = email_of(court.member(Role.CLERK).id)
    assert "can not be added with this address" in " ".join(admit(court, learner, clerk or "").errors())
    address = f"x-{court.slug}@law.example"
    admit(court, learner, address)
    assert "can see your case already" in " ".join(admit(court, learner, address.upper()).errors())
    second, second_id = make_learner(court, family_names="Second")
    admit(court, second, address)
    first_link, second_link = (link_in(mail) for mail in mails(court, address))
    assert PageClient(app).get(first_link).status == 404, "a newer link replaces the one before"
    court.client(learner).get(court.url("my-lawyer")).submit(f"Remove {LAWYER}")
    assert PageClient(app).get(second_link).status == 200, "another client still waits"
    court.client(second).get(court.url("my-lawyer")).submit(f"Remove {LAWYER}")
    assert PageClient(app).get(second_link).status == 410
    assert open_ones(court, second_id) == []
