"""A list of people as a file, from sending it to the result, as the court's staff meet it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.imports import services
from app.cases.imports.lookups import IMPORT
from app.cases.imports.models import ReferralImport, ReferralImportRow
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.core import clock
from app.core.models import AuditDetail, AuditEvent, Outbox, StoredFile
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.permissions.identity import Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.import_steps import TODAY, bring_in, count, file_of, person, result_of, send, work


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.moved_to(TODAY):
        yield


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def test_a_whole_list_is_referred_row_by_row(court: TestCourt):
    officer = court.member(Role.OFFICER, "Officer Reyes")
    rows = [person(number) for number in range(8)]
    rows.append(
        person(
            8,
            **{
                "Case number": "26-IM-A; 26-IM-B",
                "Deadline": "2026-09-30",
                "Hearing date": "10/5/2026",
                "Hearing time": "9:30 AM",
                "Officer": "officer reyes",
                "Language": "Spanish",
                "Email": "nine@mail.example",
                "Phone": "(555) 201-4477",
            },
        )
    )
    preview = send(court, file_of(rows))
    assert preview.heading == "Look at the rows"
    assert "Nothing is saved yet." in preview.text
    assert "Will be referred 9" in preview.text
    assert count(court, Person) == count(court, Referral) == count(court, ReferralImportRow) == 0
    running = preview.submit("Refer 9 people")
    assert "Being brought in" in running.text
    assert count(court, Referral) == 0
    assert work(court) == ["done"]
    page = running.client.get(running.url)
    assert "Done" in page.text
    assert "Referred 9" in page.text
    with court.app.app_context(), court.acting():
        assert session().scalar(select(func.count()).select_from(Enrollment).where(Enrollment.state == "referred")) == 9
        one = session().scalars(select(Person).where(Person.email == "nine@mail.example")).one()
        referral = session().scalars(select(Referral).where(Referral.person_id == one.id)).one()
        enrollment = session().scalars(select(Enrollment).where(Enrollment.referral_id == referral.id)).one()
        hearing = session().scalars(select(Hearing)).one()
        numbers = session().scalars(
            select(CaseNumber.number).where(CaseNumber.referral_id == referral.id).order_by(CaseNumber.position)
        )
        assert list(numbers) == ["26-IM-A", "26-IM-B"]
    assert (one.language, one.phone, referral.deadline) == ("es", "(555) 201-4477", date(2026, 9, 30))
    assert (hearing.on_date, str(hearing.at_time)) == (date(2026, 10, 5), "09:30:00")
    assert (enrollment.officer_id, referral.referred_by) == (officer.id, court.member(Role.CLERK).id)


def test_each_referral_has_its_audit_row_and_the_file_its_own(court: TestCourt):
    bring_in(court, [person(number) for number in range(3)])
    with court.app.app_context(), court.acting():
        deeds = list(
            session().execute(
                select(AuditEvent.action, AuditEvent.actor_id, AuditEvent.case_id, AuditDetail.new)
                .join(AuditDetail, AuditDetail.id == AuditEvent.id)
                .order_by(AuditEvent.id)
            )
        )
    clerk = court.member(Role.CLERK).id
    referred = [row for row in deeds if row.action == "cases.refer"]
    assert len(referred) == len({row.case_id for row in referred}) == 3
    assert {row.actor_id for row in referred} == {clerk}
    assert {row.new["birth_date"] for row in referred} == {"1970-01-01", "1970-01-02", "1970-01-03"}
    told = {row.action: row.new for row in deeds}
    assert told["cases.confirm_import"]["rows"] == 3
    assert told["cases.finish_import"] == {"made": 3}


FAULTS = [
    ({"Given names": ""}, "Given names: Nothing is written here."),
    ({"Birth date": "28/4/1986"}, "Birth date: There is no such day."),
    ({"Birth date": "4/28/86"}, "Birth date: Write the year with four digits"),
    ({"Birth date": "6/9/2008"}, "Birth date: The program is for people who were 18"),
    ({"Order date": "6/11/2026"}, "Date of the order: This can not be in the future."),
    ({"Deadline": "6/8/2026"}, "Deadline for the lessons: The deadline must be after"),
    ({"Case ends on": "6/8/2026"}, "The case ends on: The end of the case must be after"),
    ({"Hearing date": "6/9/2026"}, "Date of the next hearing: The next hearing must be today or later."),
    ({"Hearing time": "9:30 AM"}, "Time of the next hearing: Write the date of the hearing too."),
    ({"Officer": "Nobody Known"}, "Officer: Nobody with this name or email"),
    ({"Language": "Klingon"}, "Language: Write English or Spanish."),
    ({"Email": "no address"}, "Email: Write an email address"),
    ({"Phone": "123"}, "Phone: Write a phone number"),
    ({"Case number pending": "yes"}, "Case number: Write the case number, or say that it is pending, not both."),
    ({"Case number": "", "Case number pending": "no"}, "Case number: The case number is missing"),
    ({"Case number": "9" * 61}, "Case number: This is too long."),
    ({"Case number": "26-A; 26-B; 26-C; 26-D; 26-E"}, "Case number: A row has room for four case numbers."),
    ({"Given names": "x" * 81}, "Given names: This is too long."),
    ({"Family names": "Nu\ufffdez"}, "Family names: Some letters were lost"),
]


@pytest.mark.proves("IO-3")
def test_every_fault_is_named_by_row_and_column_and_the_sound_rows_come_in(court: TestCourt):
    rows = [person(number, **fault) for number, (fault, _words) in enumerate(FAULTS)] + [person(99)]
    preview = send(court, file_of(rows))
    for _fault, words in FAULTS:
        assert words in preview.text
    assert f"Left out: to be corrected {len(FAULTS)}" in preview.text
    lines = preview.tree.xpath("//tbody/tr")
    assert [line.xpath("string(./th)").strip() for line in lines] == [str(n + 2) for n in range(len(FAULTS))]
    preview.submit("Refer 1 person")
    work(court)
    assert count(court, Referral) == 1


def test_several_faults_of_a_row_are_told_at_once(court: TestCourt):
    preview = send(court, file_of([person(1, **{"Email": "x", "Phone": "1", "Birth date": "soon"}), person(2)]))
    (line,) = preview.tree.xpath("//tbody/tr")
    said = " ".join(line.xpath("string()").split())
    assert [word in said for word in ("Email:", "Phone:", "Birth date:")] == [True] * 3


def test_the_same_file_twice_makes_nothing_twice(court: TestCourt):
    rows = [person(number) for number in range(5)]
    bring_in(court, rows)
    again = send(court, file_of(rows))
    assert "This very file was sent before" in again.text
    assert "Will be referred 0" in again.text
    assert "referred before, or twice in the file 5" in again.text
    assert "No row can be brought in" in again.text
    assert count(court, Referral) == 5


def test_two_files_with_the_same_people_at_once_make_each_once(court: TestCourt):
    """Both were looked at before either was brought in."""
    first, second = send(court, file_of([person(1), person(2)])), send(court, file_of([person(2), person(3)]))
    first, second = first.submit("Refer 2 people"), second.submit("Refer 2 people")
    work(court)
    assert count(court, Referral) == 3
    page = second.client.get(second.url)
    assert "Referred 1" in page.text
    assert "This court has referred this person before." in page.text


def test_the_job_of_a_stretch_run_twice_has_one_effect(court: TestCourt):
    send(court, file_of([person(1), person(2)])).submit("Refer 2 people")
    with court.app.app_context(), court.acting():
        job_id = session().scalars(select(Outbox.id).where(Outbox.kind == services.BATCH_JOB)).one()
        assert run_job(job_id, runtime().registry.jobs) == "done"
        assert run_job(job_id, runtime().registry.jobs) == "gone"
        with transaction() as current:
            row = current.scalars(select(Outbox).where(Outbox.id == job_id).with_for_update()).one()
            row.done_at = None  # as if its end had been lost
        assert run_job(job_id, runtime().registry.jobs) == "done"
    assert count(court, Referral) == 2


def test_a_form_of_confirmation_sent_twice_has_one_effect(court: TestCourt):
    form = send(court, file_of([person(1), person(2)])).form("Refer 2 people")
    first, second = form.submit(), form.submit()
    assert first.url == second.url
    work(court)
    assert count(court, Referral) == 2


def test_repeats_within_the_file_say_which_row_they_repeat(court: TestCourt):
    rows = [
        person(1),
        person(1, **{"Case number": "26-IM-X"}),  # the same person
        person(2, **{"Case number": "26 im 00001"}),  # the number of somebody else
        person(3),
    ]
    preview = send(court, file_of(rows))
    assert "The same person or case number stands in row 2." in preview.text
    assert "Case number: The same person or case number stands in row 2." in preview.text
    assert "twice in the file 2" in preview.text
    preview.submit("Refer 2 people")
    work(court)
    assert count(court, Referral) == 2


def test_people_who_are_only_like_somebody_come_in_when_the_clerk_says_so(court: TestCourt):
    make_referral(
        court, given_names="Jordan", family_names="Example", birth_date=date(1986, 4, 28), case_numbers=("26-CR-1",)
    )
    rows = [
        person(1, **{"Given names": "Jordan", "Family names": "Exampel", "Birth date": "4/28/1986"}),
        person(2, **{"Case number": "26-cr-1"}),
        person(3, **{"Given names": "JORDAN", "Family names": "EXAMPLE", "Birth date": "4/28/1986"}),
        person(4),
    ]
    preview = send(court, file_of(rows))
    assert "almost the same name" in preview.text
    assert "a referral with this case number" in preview.text
    assert "2 rows have almost the name, or the case number" in preview.text
    assert preview.click("Look at it").heading == "Jordan Example"
    preview.submit("Refer 1 person", with_look_alikes="y")
    work(court)
    assert count(court, Referral) == 4  # never the same person again
    assert count(court, Person, Person.family_names == "EXAMPLE") == 0


@pytest.mark.proves("CO-7")
def test_another_courts_people_are_no_duplicates_and_its_files_look_like_none(app: Flask, court: TestCourt):
    other = make_court(app)
    theirs = bring_in(other, [person(1)])
    preview = send(court, file_of([person(1)]))
    assert "Will be referred 1" in preview.text
    assert "sent before" not in preview.text
    browser = court.staff_client(Role.CLERK)
    their_id = theirs.url.rpartition("/")[2]
    for path in ("", "/columns", "/preview", "/cancel", "/progress", "/result.csv"):
        assert browser.get(court.url(f"referrals/import/{their_id}{path}")).status == 404
        assert browser.get(court.url(f"referrals/import/{uuid4()}{path}")).status == 404


@pytest.mark.proves("AC-2")
def test_who_may_refer_may_bring_in_and_a_prosecutor_sees_own_files_only(app: Flask, court: TestCourt):
    for role in (Role.OFFICER, Role.JUDGE, Role.FACILITATOR):
        assert court.staff_client(role).get(court.url("referrals/import")).status == 404
    asked = court.staff_client(Role.PROSECUTOR).get(court.url("referrals/import"))
    assert "do not let your office refer people" in asked.text
    diversion = make_court(app, preset="county_diversion")
    mine = bring_in(diversion, [person(1)], role=Role.PROSECUTOR)
    assert "Referred 1" in mine.text
    admin = make_court(app, preset="county_diversion")
    page = bring_in(admin, [person(1)], role=Role.PROSECUTOR)
    other = admin.staff_client(Role.PROSECUTOR, "Another Prosecutor")
    assert other.get(page.url).status == 404
    assert "Files sent so far" not in other.get(admin.url("referrals/import")).text


def test_columns_are_asked_for_once_and_remembered(court: TestCourt):
    headings = ("Defendant", "Born", "Sentence day", "Shoe size")
    rows = [{"Defendant": "Example, Jordan", "Born": "4/28/1986", "Sentence day": "6/8/2026", "Shoe size": "11"}]
    asked = send(court, file_of(rows, headings))
    assert asked.heading == "Which column is which"
    assert "Example, Jordan" in asked.text
    refused = asked.submit("Look at the rows", order_date="Shoe size", birth_date="Shoe size")
    assert refused.status == 422
    assert "This column is chosen twice." in " ".join(refused.errors())
    assert refused.form("Look at the rows").values()["full_name"] == "Defendant"
    preview = refused.submit("Look at the rows", birth_date="Born", order_date="Sentence day")
    assert "Will be referred 1" in preview.text
    assert "Without a case number yet: saved as pending 1" in preview.text
    rows[0]["Defendant"] = "Other, Lee"
    assert send(court, file_of(rows, headings)).heading == "Look at the rows"  # nobody is asked again


def test_every_missing_column_is_named_at_once(court: TestCourt):
    asked = send(court, file_of([{"A": "x", "B": "y"}], ("A", "B")))
    refused = asked.submit("Look at the rows")
    said = " ".join(refused.errors())
    for words in ("column with the names", "column with the birth date", "column with the date of the order"):
        assert words in said


@pytest.mark.proves("IO-3", "IO-5")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04", "Excel workbook"),
        (b"\x89PNG\r\n\x1a\n\x00", "not a CSV file"),
        (b"Name\n" + b"A\n" * 5001, "more than 5,000 rows"),
        (b"Name\n" + b"A" * 5 * 1024 * 1024, "larger than 5 MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_at_its_box_and_nothing_is_kept(court: TestCourt, content: bytes, words: str):
    page = send(court, content)
    assert page.status == 422
    assert words in " ".join(page.errors())
    assert count(court, StoredFile, StoredFile.purpose == IMPORT) == count(court, ReferralImport) == 0


def test_no_file_at_all(court: TestCourt):
    form = court.staff_client(Role.CLERK).get(court.url("referrals/import"))
    assert "Choose a file." in form.submit("Send the file", kind="numbers").errors()


@pytest.mark.proves("IO-3")
def test_the_name_of_a_file_is_never_a_path(court: TestCourt):
    page = bring_in(court, [person(1)], name="../../etc/passwd.csv")
    assert page.heading == "passwd.csv"
    answer = page.client.http.get(page.link("Download the result"))
    assert "passwd" not in answer.headers["Content-Disposition"]


@pytest.mark.proves("IO-1")
def test_the_result_says_what_became_of_each_row_and_runs_nothing(court: TestCourt):
    evil = {"Given names": "=HYPERLINK(1)Robin", "Family names": "+Plus", "Phone": "+1 555 201 4477"}
    page = bring_in(court, [person(1, **evil), person(2, **{"Birth date": "@soon"}), person(1, **evil)])
    rows = result_of(page)
    assert [row["Row"] for row in rows] == ["2", "3", "4"]
    assert [row["Result"] for row in rows] == [
        "Referred",
        "Left out: please correct",
        "Left out: referred before, or twice in the file",
    ]
    assert rows[0]["Given names"] == "'=HYPERLINK(1)Robin"
    assert rows[0]["Phone"] == "'+1 555 201 4477"
    assert "Birth date: Write a date" in rows[1]["What to look at"]
    assert "row 2" in rows[2]["What to look at"]
    with court.app.app_context(), court.acting():
        made = session().scalars(select(Referral.id)).one()
        # what a person typed stands in the portal as it was typed
        assert session().scalars(select(Person.given_names)).one() == "=HYPERLINK(1)Robin"
        read = session().scalar(select(func.count()).where(AuditEvent.action == "cases.read_import_result"))
    assert UUID(rows[0]["Portal reference"]) == made
    assert read == 1
