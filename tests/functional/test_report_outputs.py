"""A report in its other forms: what they say, who gets them, and that nothing more leaves the portal."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core.csv_files import as_typed
from app.core.runtime import runtime
from app.permissions.identity import Role
from app.reports.layout import Layout
from app.reports.outputs.files import csv_of, files_of, json_of
from app.reports.outputs.published import SCHEMA_PATH, PublishedReport, json_schema, published, schema_file
from app.reports.sign import check
from app.reports.snapshot import Person, Section, Snapshot
from app.reports.wording import Wording
from tenants.report_formats import KINDS
from tests.client import PageClient
from tests.curriculum import publish as publish_curriculum
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.report_samples import plain, sample
from tests.reports import ask, run_renders, text_of
from tests.rules_editor import begin, change
from tests.rules_editor import publish as publish_rules

ROOT = Path(__file__).resolve().parents[2]
URL = "https://portal.example.gov"


@pytest.fixture(scope="module")
def published_course(app: Flask) -> None:
    publish_curriculum(app)


@pytest.fixture
def court(app: Flask, published_course: None) -> TestCourt:
    return make_court(app)


def data_of(snapshot: Snapshot) -> PublishedReport:
    say = Wording(snapshot, plain)
    return published(snapshot, say, Layout(snapshot, say, plain), public_url=URL)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


# --- what they say ---------------------------------------------------------------------------------------------------


def test_the_schema_that_is_kept_is_the_one_that_is_served() -> None:
    kept = ROOT / "docs" / "schemas" / SCHEMA_PATH.rpartition("/")[2]
    assert kept.read_bytes() == schema_file(), "a changed schema is a new version; `make formats` writes it"


def test_the_schema_is_served_to_anybody(app: Flask) -> None:
    answer = app.test_client().get(SCHEMA_PATH)
    assert answer.status_code == 200
    assert answer.mimetype == "application/schema+json"
    assert answer.get_json()["properties"]["$schema"]


def test_every_field_of_the_schema_says_what_it_is_or_has_a_name_of_its_own() -> None:
    assert set(json_schema()["required"]) >= {"$schema", "kind", "number", "person", "case", "verify_url"}
    assert json_schema()["additionalProperties"] is False


@pytest.mark.parametrize("kind", KINDS)
def test_the_data_says_what_the_snapshot_says(kind: str) -> None:
    snapshot = sample(kind)
    told = json.loads(json_of(data_of(snapshot)))
    assert PublishedReport.model_validate(told).number == snapshot.number
    assert told["$schema"] == URL + SCHEMA_PATH
    assert told["person"]["name"] == snapshot.person.name
    assert told["case"]["numbers"] == list(snapshot.case.numbers)
    assert told["verify_url"] == snapshot.verify_url
    assert len(told["modules"]) == (len(snapshot.modules) if Section.MODULES in snapshot.sections else 0)
    if kind == "progress":
        assert told["money"]["balance_cents"] == snapshot.money.balance_cents  # type: ignore[union-attr] # the sample has some
        assert [one["due"] for one in told["check_ins"]] == [one.due.isoformat() for one in snapshot.check_ins]
    if kind == "certificate":
        assert told["case"]["officer"] == ""


@pytest.mark.proves("CD-7")
def test_what_the_paper_does_not_show_is_not_in_the_files() -> None:
    snapshot = sample(
        "progress",
        person=Person(name="Jordan Avery"),
        sections=(Section.FACTS, Section.MODULES, Section.VERIFY),
        format={"module_columns": ("title", "state"), "outputs": ("csv", "json")},
    )
    told = json.loads(json_of(data_of(snapshot)))
    assert told["person"]["birth_date"] is None
    assert told["money"] is None
    assert told["check_ins"] == []
    assert told["agreement"] is None
    assert {one["score_percent"] for one in told["modules"]} == {None}
    text = csv_of(data_of(snapshot)).decode()
    assert "cents" not in text
    assert "score_percent" not in text


def test_a_learners_words_are_in_the_data_only_where_the_rules_let_them_be_quoted() -> None:
    told = json.loads(json_of(data_of(sample("non_compliance"))))
    answers = [event["answer"] for event in told["non_compliance"]["events"]]
    assert answers == [None, "My shift was moved and I had no signal at work."]


def test_the_table_says_what_the_data_says() -> None:
    data = data_of(sample("progress"))
    rows = rows_of(csv_of(data))
    told = {(row["section"], row["row"], row["name"]): as_typed(row["value"]) for row in rows}
    assert len(told) == len(rows)
    assert told["person", "", "name"] == "Jordan A. Avery-Núñez"
    assert told["modules", "1", "title"] == "How this program works"
    assert told["money.lines", "2", "cents"] == "-17500"
    assert told["case.numbers", "2", "numbers"] == "RIF-2026-001902"


@given(st.text(min_size=1, max_size=40))
def test_no_cell_runs_as_a_formula(typed: str) -> None:
    for name in (typed, f"={typed}", f"@{typed}"):
        for row in rows_of(csv_of(data_of(sample("progress", person=Person(name=name))))):
            for cell in row.values():
                assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


# --- who gets them ---------------------------------------------------------------------------------------------------


def issued(court: TestCourt, **format_: Any) -> tuple[Any, Any]:
    """A progress report under a format, and its learner."""
    browser = begin(court)
    saved = change(court, browser, "format-progress", **format_)
    assert saved.status == 200, saved.errors()
    publish_rules(court, browser)
    learner, enrollment_id = make_learner(court, given_names="Ana")
    report = ask(court, enrollment_id, "progress", language="en")
    run_renders(court)
    return report, learner


def test_the_page_offers_the_files_that_the_format_has(court: TestCourt) -> None:
    report, _learner = issued(court, outputs=["csv", "json", "html"])
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"reports/{report.id}"))
    answer = clerk.http.get(page.link("Data (JSON)"))
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={report.number}.json"
    told = PublishedReport.model_validate_json(answer.data)
    assert told.person.name.startswith("Ana ")
    table = clerk.http.get(page.link("Table (CSV)"))
    assert table.data.startswith(b"\xef\xbb\xbfsection,row,name,value")
    kept = clerk.http.get(page.link("Web page (HTML)"))
    assert b"<h1>Progress report</h1>" in kept.data
    assert b"<script" not in kept.data


@pytest.mark.proves("CD-9")
def test_a_courtesy_copy_of_its_own_is_sealed_and_kept_as_the_report_is(court: TestCourt) -> None:
    report, _learner = issued(court, courtesy="own_file")
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url(f"reports/{report.id}"))
    answer = clerk.http.get(page.link("Courtesy copy"))
    assert answer.mimetype == "application/pdf"
    with court.app.app_context():
        assert check(answer.data, [runtime().settings.signing_cert_file.read_bytes()]).ok
    assert clerk.http.get(page.link("Courtesy copy")).data == answer.data, "the very bytes that were issued"
    address = report.snapshot["verify_url"].partition("/verify/")[2]
    for content, words in ((answer.data, "The exact file issued"), (answer.data + b"%", "Not the exact file issued")):
        page = PageClient(court.app).get(court.url(f"verify/{address}"))
        found = page.form("Compare the file").submit(file=(io.BytesIO(content), "copy.pdf"))
        assert words in found.text
    text = text_of(answer.data)
    assert "vale el texto en Inglés" in text
    assert report.number in text


@pytest.mark.proves("CD-7")
def test_a_file_that_the_format_does_not_have_is_not_there(court: TestCourt) -> None:
    report, _learner = issued(court, outputs=["csv"])
    clerk = court.staff_client(Role.CLERK)
    assert "Data (JSON)" not in clerk.get(court.url(f"reports/{report.id}")).text
    for form in ("json", "html", "courtesy", "pdf", "exe"):
        assert clerk.get(court.url(f"reports/{report.id}/files/{form}")).status == 404


@pytest.mark.proves("CD-7")
def test_the_files_are_for_those_who_may_have_the_report(app: Flask, court: TestCourt) -> None:
    report, learner = issued(court, outputs=["csv", "json", "html"])
    path = court.url(f"reports/{report.id}/files/json")
    assert court.client(learner).http.get(path).status_code == 200
    stranger, _enrollment = make_learner(court)
    assert court.client(stranger).http.get(path).status_code == 404
    other = make_court(app)
    assert other.staff_client(Role.CLERK).http.get(other.url(f"reports/{report.id}/files/json")).status_code == 404


def test_a_report_of_before_has_no_further_files() -> None:
    old = sample("progress").model_dump(mode="json") | {"schema_version": 1}
    for added in ("format", "courtesy"):
        old.pop(added)
    assert files_of(Snapshot.model_validate(old)) == ()
