"""The editor of formats: a page for each kind, a sample of what is typed, and what comes of it on a report."""

from __future__ import annotations

import pytest
from flask import Flask

from app.reports.snapshot import Snapshot
from tenants.report_formats import KINDS, USUAL, Look
from tests.curriculum import publish as publish_curriculum
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import ask, file_bytes, in_accountability, report_of, run_renders, text_of
from tests.rules_editor import SAVE, begin, change, in_force, part, publish

PROGRESS = "format-progress"
SAMPLE = "Show the sample"


@pytest.fixture(scope="module")
def published(app: Flask) -> None:
    publish_curriculum(app)


@pytest.fixture
def court(app: Flask, published: None) -> TestCourt:
    return make_court(app)


def row(name: str, key: str, kind: str = "progress") -> str:
    """The field of a section's row, while the sections stand in their usual order."""
    return f"sections-{USUAL[kind].index(key)}-{name}"  # type: ignore[arg-type] # any text may be asked for


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_page_with_its_sample(court: TestCourt, kind: str) -> None:
    page = part(court, begin(court), f"format-{kind.replace('_', '-')}")
    assert "Sample Person" in page.text
    assert "See it before you save" in page.text


def test_what_is_typed_is_shown_as_a_sample_and_not_saved(court: TestCourt) -> None:
    browser = begin(court)
    page = part(court, browser, PROGRESS)
    shown = page.submit(
        SAMPLE, show="sample", title_en="Report to the bench", opening_en="For {name}.", opening_es="Para {name}."
    )
    assert shown.status == 200
    assert "Report to the bench" in shown.text
    assert "For Sample Person." in shown.text
    assert "Report to the bench" not in part(court, browser, PROGRESS).text


def test_a_field_that_there_is_not_is_refused_at_its_box_with_the_list(court: TestCourt) -> None:
    browser = begin(court)
    page = part(court, browser, PROGRESS).submit(SAVE, opening_en="Dear {victim}", opening_es="Hola")
    assert page.status == 422
    assert any("{case_numbers}" in error for error in page.errors())
    assert "Dear {victim}" in page.text
    assert "The sample comes back when" in page.text


def test_a_text_is_written_in_each_language(court: TestCourt) -> None:
    page = part(court, begin(court), PROGRESS).submit(SAVE, opening_en="Hello")
    assert page.status == 422
    assert any("in this language too" in error for error in page.errors())


def test_a_ready_made_format_fills_the_form_and_saves_nothing(court: TestCourt) -> None:
    browser = begin(court)
    page = part(court, browser, PROGRESS).submit("Clerk's form", begin_with="clerk", title_en="Kept")
    assert page.status == 200
    assert "Kept" in page.text
    saved = page.submit(SAVE)
    assert saved.status == 200, saved.errors()
    publish(court, browser)
    chosen = in_force(court)[1].reports.formats.progress
    assert chosen.look is Look.CLERK
    assert [one.key for one in chosen.sections][:4] == ["facts", "money", "modules", "check_ins"]
    assert chosen.title == {"en": "Kept"}


def test_saving_without_a_change_changes_nothing(court: TestCourt) -> None:
    browser = begin(court)
    change(court, browser, PROGRESS)
    assert "unchanged" in browser.get(court.url("program-rules/draft")).text
    assert "Nothing is changed yet." in browser.get(court.url("program-rules/draft")).text


def test_the_numbers_put_the_sections_in_order(court: TestCourt) -> None:
    browser = begin(court)
    saved = change(court, browser, PROGRESS, **{row("position", "money"): "0", row("show", "chart"): None})
    assert saved.status == 200, saved.errors()
    publish(court, browser)
    keys = [one.key for one in in_force(court)[1].reports.formats.progress.sections]
    assert keys[0] == "money"
    assert "chart" not in keys
    assert len(keys) == len(USUAL["progress"]) - 1


def test_buttons_move_a_section_without_a_script_and_keep_what_is_typed(court: TestCourt) -> None:
    browser, usual = begin(court), list(USUAL["progress"])
    page = part(court, browser, PROGRESS)
    second = usual[1]
    moved = page.submit(SAVE, move=f"up-{second}", title_en="Progress at a glance", **{row("title_en", second): "Own"})
    assert moved.status == 200
    assert "is moved. Save this part to keep the new order." in moved.text
    shown = list(moved.tree.xpath("//fieldset[starts-with(@id, 'section-')]/@id"))
    assert [key.removeprefix("section-") for key in shown[:2]] == [second, usual[0]]
    assert "unchanged" in browser.get(court.url("program-rules/draft")).text  # a move alone saves nothing
    for nowhere in (f"up-{second}", "down-there", "sideways", f"sideways-{second}"):
        moved = moved.submit(SAVE, move=nowhere)
        assert moved.status == 200
    again = moved.submit(SAVE, move=f"down-{usual[0]}").submit(SAVE, move=f"up-{usual[0]}")
    saved = again.submit(SAVE)
    assert saved.status == 200, saved.errors()
    publish(court, browser)
    format_ = in_force(court)[1].reports.formats.progress
    assert [one.key for one in format_.sections] == [second, usual[0], *usual[2:]]
    assert format_.sections[0].title["en"] == "Own"
    assert format_.title["en"] == "Progress at a glance"


def test_what_a_report_needs_can_not_be_taken_out(court: TestCourt) -> None:
    browser = begin(court)
    page = part(court, browser, PROGRESS).submit(SAVE, **{row("show", "verify"): None})
    assert page.status == 422
    everything = {row("show", key): None for key in USUAL["progress"]}
    assert part(court, browser, PROGRESS).submit(SAVE, **everything).status == 422


def test_the_sample_is_a_pdf_too(court: TestCourt) -> None:
    browser = begin(court)
    answer = part(court, browser, PROGRESS).submit("PDF sample: Español", show="pdf-es", look="large")
    assert answer.status == 200
    assert answer.data.startswith(b"%PDF")
    assert "Informe de progreso" in text_of(answer.data)


def test_a_report_is_made_in_the_format_of_the_rules(court: TestCourt) -> None:
    browser = begin(court)
    page = part(court, browser, PROGRESS).submit("Clerk's form", begin_with="clerk")
    page.submit(
        SAVE,
        title_en="Report to the bench",
        closing_en="{name} may ask the clerk ({report_number}).",
        closing_es="{name} puede preguntar.",
        case_numbers="last_four",
        birth_date="none",
        courtesy="appended",
    )
    publish(court, browser)
    _learner, enrollment_id = in_accountability(court, given_names="Ana", case_numbers=("26-CR-00417",))
    report = ask(court, enrollment_id, "progress", language="en")
    snapshot = Snapshot.model_validate(report.snapshot)
    assert snapshot.schema_version == 2
    assert snapshot.person.birth_date is None
    assert "26-CR" not in str(report.snapshot)
    assert snapshot.courtesy is not None
    assert snapshot.courtesy.language == "es"
    assert snapshot.courtesy.verify_url == snapshot.verify_url
    run_renders(court)
    text = text_of(file_bytes(court, report_of(court, report.id)))
    assert "Report to the bench" in text
    assert f"{snapshot.person.name} may ask the clerk ({report.number})." in text
    assert "ends in 0417" in text
    assert "this text (English) counts" in text
    assert f"{snapshot.person.name} puede preguntar." in text
    assert text.index("Program fees") < text.index("Modules") if "Program fees" in text else True


def test_the_language_of_a_format_is_the_one_when_nobody_chooses(court: TestCourt) -> None:
    browser = begin(court)
    change(court, browser, PROGRESS, language="es")
    publish(court, browser)
    _learner, enrollment_id = make_learner(court)
    assert ask(court, enrollment_id, "progress").language == "es"
    assert ask(court, enrollment_id, "progress", language="en").language == "en"
