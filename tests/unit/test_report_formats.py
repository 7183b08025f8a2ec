"""The court's format of a report: what validates, what a report makes of it, and that nothing else changes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.reports import format_snapshot, html
from app.reports.document import make_document
from app.reports.formats import birth_date_words, case_number_words, paper_format, sections_of
from app.reports.html import render_html, render_page
from app.reports.render import Renderer
from app.reports.snapshot import SECTIONS_OF, ReportKind, Snapshot
from tenants import report_formats
from tenants.program import ProgramDocument, Reports, load_preset
from tenants.report_formats import (
    CHECK_IN_COLUMNS,
    FIELDS,
    KINDS,
    MODULE_COLUMNS,
    NEEDED,
    OFFERED,
    USUAL,
    WITH_TABLES,
    WITHOUT_COPY,
    Courtesy,
    Look,
    Paper,
    TablesFormat,
    preset,
)
from tests.functional.report_samples import plain, sample, spanish
from tests.reports import text_of

OWN = ("opening", "closing")
LINES = ("From the bench.", "{name} has until {deadline}.", "{case_numbers} {case_number} {court}", "Número: {officer}")
kinds = st.sampled_from(KINDS)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


def rules(kind: str, **chosen: Any) -> Reports:
    return Reports.model_validate({"formats": {kind: chosen}})


def formatted(kind: str, language: str = "en", /, *, of: Reports | None = None, **chosen: Any) -> Snapshot:
    """The sample of a kind under a format, as it would be frozen."""
    asked = of or rules(kind, **chosen)
    one = ReportKind(kind)
    shown = paper_format(one, asked, language)
    base = sample(one)
    case = base.case.model_copy(update={"numbers": case_number_words(one, asked, base.case.numbers, plain)})
    return sample(one, language=language, format=shown, sections=sections_of(one, asked, shown), case=case)


def with_copy(snapshot: Snapshot) -> Snapshot:
    copy = snapshot.model_copy(
        update={"language": "es", "court": snapshot.court.model_copy(update={"emblem_png": None})}
    )
    return Snapshot.model_validate({**snapshot.model_dump(), "courtesy": copy.model_dump()})


@st.composite
def formats(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Any format of a kind that a court could publish."""
    offered = OFFERED[kind]
    chosen = draw(st.permutations(offered))
    left_out = draw(st.sets(st.sampled_from(offered), max_size=6)) - NEEDED
    title = st.dictionaries(
        st.sampled_from(["en", "es"]), st.text("abc DÉñ&<{", min_size=1, max_size=30).filter(str.strip)
    )
    shown = [{"key": key, "title": draw(title)} for key in chosen if key not in left_out]
    words = st.lists(st.sampled_from(LINES), min_size=1, max_size=4).map("\n".join)

    def columns(all_of_them: tuple[str, ...], first: str) -> st.SearchStrategy[list[str]]:
        subset = st.sets(st.sampled_from(all_of_them)).map(lambda some: [c for c in all_of_them if c in some | {first}])
        return st.one_of(st.just([]), subset)

    tables = {
        "module_columns": draw(columns(MODULE_COLUMNS, "title")),
        "check_in_columns": draw(columns(CHECK_IN_COLUMNS, "due")),
    }
    return (tables if kind in WITH_TABLES else {}) | {
        "look": draw(st.sampled_from(list(Look))),
        "paper": draw(st.sampled_from(list(Paper))),
        "title": draw(title),
        "sections": draw(st.sampled_from([[], shown])),
        "birth_date": draw(st.sampled_from([None, "none", "year", "full"])),
        "case_numbers": draw(st.sampled_from(["all", "first", "last_four"])),
        "signatories": draw(
            st.sampled_from([[], [{"name": "A. Clerk"}], [{"name": "A"}, {"name": "B", "title": "C"}]])
        ),
        "opening": draw(st.one_of(st.just({}), words.map(lambda said: {"en": said}))),
        "closing": draw(st.one_of(st.just({}), words.map(lambda said: {"en": said}))),
        "courtesy": "none" if kind in WITHOUT_COPY else draw(st.sampled_from(list(Courtesy))),
        "outputs": draw(st.lists(st.sampled_from(["html", "csv", "json"]), unique=True)),
    }


# --- the document ----------------------------------------------------------------------------------------------------


def test_the_default_is_what_was_made_before() -> None:
    for kind in KINDS:
        one = ReportKind(kind)
        shown = paper_format(one, Reports(), "en")
        assert shown == format_snapshot.PaperFormat()
        assert sections_of(one, Reports(), shown) == SECTIONS_OF[one]
        assert html.render_html(formatted(kind), plain) == html.render_html(sample(one), plain)


def test_rules_of_before_stay_readable_and_say_the_same() -> None:
    document = load_preset("municipal").to_json()
    del document["reports"]["formats"]
    assert ProgramDocument.model_validate(document).reports.formats == report_formats.Formats()


def test_both_lists_of_columns_are_one() -> None:
    assert format_snapshot.ALL_MODULE_COLUMNS == MODULE_COLUMNS
    assert format_snapshot.ALL_CHECK_IN_COLUMNS == CHECK_IN_COLUMNS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("look", list(Look))
def test_every_preset_is_a_sound_format(kind: str, look: Look) -> None:
    assert rules(kind, **preset(look, kind).model_dump()).formats.of(kind).look is look


@pytest.mark.parametrize(
    ("chosen", "place", "fault"),
    [
        ({"opening": {"en": "Dear {victim}"}}, ("opening", "en"), "unknown_field"),
        ({"closing": {"en": "{{ config }}"}}, ("closing", "en"), "unknown_field"),
        ({"closing": {"en": "an open { brace"}}, ("closing", "en"), "unknown_field"),
        ({"closing": {"en": "{name.__class__}"}}, ("closing", "en"), "unknown_field"),
        ({"sections": [{"key": "facts"}]}, ("sections",), "section_needed"),
        ({"sections": [{"key": "facts"}, {"key": "verify"}, {"key": "facts"}]}, ("sections", 2, "key"), "listed_twice"),
        (
            {"sections": [{"key": "statement"}, {"key": "facts"}, {"key": "verify"}]},
            ("sections", 0, "key"),
            "not_in_this_kind",
        ),
        ({"module_columns": ["score"]}, ("module_columns",), "column_needed"),
        ({"check_in_columns": ["state"]}, ("check_in_columns",), "column_needed"),
        ({"paper": "billboard"}, ("paper",), "enum"),
        ({"css": "p { }"}, ("css",), "extra_forbidden"),
    ],
)
def test_each_fault_stands_at_its_field(chosen: dict[str, Any], place: tuple[Any, ...], fault: str) -> None:
    with pytest.raises(ValidationError) as caught:
        rules("progress", **chosen)
    found = [(error["loc"], error["type"]) for error in caught.value.errors()]
    assert found == [(("formats", "progress", *place), fault)]


def test_own_words_are_there_in_each_language_of_the_agreement() -> None:
    document = load_preset("municipal").to_json()
    assert set(document["agreement"]["text"]) == {"en", "es"}
    document["reports"]["formats"]["final"]["opening"] = {"en": "Hello"}
    with pytest.raises(ValidationError) as caught:
        ProgramDocument.model_validate(document)
    assert [(e["loc"], e["type"]) for e in caught.value.errors()] == [
        (("reports", "formats", "final", "opening", "es"), "other_language_missing")
    ]


# --- identifiers -----------------------------------------------------------------------------------------------------


@pytest.mark.proves("CD-7")
def test_the_birth_date_is_shown_as_this_kind_wants_it() -> None:
    born = sample("progress").generated_at.date().replace(year=1989, month=3, day=14)
    for style, words in (("none", None), ("year", "1989"), ("full", "03/14/1989")):
        assert birth_date_words(ReportKind.PROGRESS, rules("progress", birth_date=style), born) == words
    # A kind that says nothing follows what holds for all papers.
    assert birth_date_words(ReportKind.FINAL, Reports(), born) == "1989"


@pytest.mark.proves("CD-7")
@given(st.lists(st.text("ABC-0123456789/ ", min_size=1, max_size=20), min_size=1, max_size=3))
def test_a_masked_number_shows_four_at_most_and_half_of_it(numbers: list[str]) -> None:
    shown = case_number_words(ReportKind.FINAL, rules("final", case_numbers="last_four"), numbers, plain)
    for number, words in zip(numbers, shown, strict=True):
        kept = words.removeprefix("ends in ")
        assert len(kept) <= 4
        assert len(kept) * 2 <= len([c for c in number if c.isalnum()])
        assert number.replace("-", "").replace("/", "").replace(" ", "").endswith(kept)


def test_a_number_that_is_not_known_is_pending_in_any_style() -> None:
    for style in ("all", "first", "last_four"):
        assert (
            case_number_words(ReportKind.FINAL, rules("final", case_numbers=style), ["", "26-CR-1"], plain)[0]
            == "pending"
        )
    assert case_number_words(ReportKind.FINAL, rules("final", case_numbers="first"), ["26-CR-1", "26-CR-2"], plain) == (
        "26-CR-1",
    )


# --- the report ------------------------------------------------------------------------------------------------------


def test_own_words_say_the_facts_of_the_report() -> None:
    every = " ".join(f"{name}={{{name}}}" for name in FIELDS)
    page = render_page(formatted("progress", opening={"en": every}), plain)
    assert "name=Jordan A. Avery-Núñez" in page
    assert "case_numbers=RIF-2026-001873, RIF-2026-001902" in page
    assert "deadline=November 30, 2026" in page
    assert "report_number=RIV-2026-000123" in page
    assert "completed_on=not set" in page
    assert "{" not in page


@pytest.mark.proves("IO-2")
@given(st.text(max_size=60))
def test_own_words_and_titles_never_become_markup(typed: str) -> None:
    hostile = {"en": f"<img src='file:///etc/passwd'>{typed.replace('{', '').replace('}', '')}"}
    shown = formatted(
        "progress", opening=hostile, title=hostile, sections=[{"key": k, "title": hostile} for k in USUAL["progress"]]
    )
    for page in (render_html(shown, plain), render_page(shown, plain)):
        assert "<img src='file" not in page
        assert "&lt;img src=" in page


def test_own_words_can_have_a_title() -> None:
    titled = [{"key": key, "title": {"en": "A word first"} if key == "opening" else {}} for key in USUAL["progress"]]
    assert "<h2>A word first</h2>" in render_page(
        formatted("progress", sections=titled, opening={"en": "Hello."}), plain
    )
    assert "A word first" not in render_page(formatted("progress", sections=titled), plain)


def test_a_court_of_two_signatories_has_two_lines_to_sign() -> None:
    shown = formatted("final", signatories=[{"name": "Ada Clerk"}, {"name": "Ben Judge", "title": "Presiding"}])
    page = render_html(shown, plain)
    assert page.count('class="line"') == 2
    assert "Ada Clerk" in page
    assert "Presiding" in page
    assert "Patricia" not in page


def test_a_report_with_a_copy_says_which_text_counts() -> None:
    for medium in (render_html, render_page):
        page = medium(with_copy(formatted("progress", courtesy="appended")), spanish)
        assert "this text (English) counts" in page
        assert "the text in English counts" in page
        assert page.count("Jordan A. Avery-Núñez") >= 2
    alone = render_html(with_copy(formatted("progress", courtesy="own_file")), spanish)
    assert "the text in English counts" not in alone
    copy = html.render_courtesy(with_copy(formatted("progress", courtesy="own_file")), spanish)
    assert "the text in English counts" in copy
    assert "Informe de progreso" in copy
    assert 'lang="es-US"' in copy


def test_the_emblem_is_kept_once_and_drawn_on_both() -> None:
    whole = with_copy(formatted("progress", courtesy="appended"))
    assert whole.courtesy is not None
    assert whole.courtesy.court.emblem_png is None
    assert render_html(whole, plain).count("data:image/png") >= 2 + 2  # emblem and code, twice


# --- on paper --------------------------------------------------------------------------------------------------------


@settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
@pytest.mark.proves("CD-9")
def test_any_format_of_any_kind_is_drawn_without_complaint_and_in_order(
    data: st.DataObject, renderer: Renderer
) -> None:
    kind = data.draw(kinds)
    chosen = data.draw(formats(kind))
    shown = formatted(
        kind, of=rules(kind, **{**chosen, "title": {}, "sections": [{**s, "title": {}} for s in chosen["sections"]]})
    )
    named = shown.model_copy(
        update={
            "format": shown.format.model_copy(
                update={"headings": {key: f"Zz{n}zz" for n, key in enumerate(shown.sections)}}
            )
        }
    )
    made = make_document(named, plain, renderer)
    assert made.complaints == ()
    text = text_of(made.pdf)
    marks = [f"Zz{n}zz" for n in range(len(named.sections))]
    places = [text.index(mark) for mark in marks if mark in text]
    assert places == sorted(places)
    assert shown.person.name in text
    if kind == "progress":
        for number, key in enumerate(named.sections):
            drawn = key in (
                *OWN,
                "facts",
                "standing",
                "chart",
                "modules",
                "check_ins",
                "money",
                "agreement",
                "verify",
                "glance",
                "missing",
            )
            assert (f"Zz{number}zz" in text) is drawn, key


@pytest.mark.proves("CD-9")
@pytest.mark.parametrize("paper", list(Paper))
def test_the_paper_has_the_size_that_the_court_uses(paper: Paper, renderer: Renderer) -> None:
    pdf = make_document(formatted("certificate", paper=paper), plain, renderer).pdf
    size = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    points = {"letter": "612 x 792", "a4": "595", "legal": "612 x 1008"}[paper.value]
    assert points in next(line for line in size.splitlines() if line.startswith("Page size"))


def test_a_format_of_today_does_not_touch_a_report_of_yesterday() -> None:
    old = sample("progress").model_dump(mode="json") | {"schema_version": 1}
    for added in ("format", "courtesy"):
        old.pop(added)
    assert Snapshot.model_validate(old).format == format_snapshot.PaperFormat()
    assert render_html(Snapshot.model_validate(old), plain) == render_html(sample("progress"), plain)


def test_every_format_of_a_kind_is_known_to_the_reports() -> None:
    assert set(KINDS) <= {kind.value for kind in ReportKind}
    assert {key for keys in USUAL.values() for key in keys} <= {
        one.value for keys in SECTIONS_OF.values() for one in keys
    } | set(OWN)
    assert TablesFormat() == preset(Look.CLASSIC, "progress")
