"""What the printed page and the web page of a report say, and what they never say."""

import itertools
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports import fonts
from app.reports.charts import Mark, progress_strips, strip_svg
from app.reports.html import render_html, render_page
from app.reports.snapshot import Person, ReportKind
from tests.functional.report_samples import plain, sample, spanish

VOID = {"meta", "img", "br", "rect", "line"}


class Reading(HTMLParser):
    """The text, tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID and not tag.startswith("pdf:"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


@pytest.mark.parametrize("kind", list(ReportKind))
@pytest.mark.parametrize("render", [render_html, render_page])
def test_pages_are_well_formed_and_discreet(kind: ReportKind, render: object) -> None:
    assert callable(render)
    page = Reading(render(sample(kind), plain))
    assert page.open == []
    assert page.tags.count("h1") == 1
    for word in ("offender", "john ", "prostitut", "sex", "solicit", "arrest", "crime", "defendant"):
        assert word not in page.text.lower()


@pytest.mark.parametrize("kind", [k for k in ReportKind if k is not ReportKind.ENROLLMENT_SLIP])
def test_the_web_page_says_what_the_paper_says(kind: ReportKind) -> None:
    snapshot = sample(kind)
    paper, page = Reading(render_html(snapshot, plain)).text, Reading(render_page(snapshot, plain)).text
    facts = [snapshot.person.name, snapshot.number, snapshot.generated_on, snapshot.court.name, "January 26, 2026"]
    if kind in (ReportKind.PROGRESS, ReportKind.FINAL):
        facts += [m.title for m in snapshot.modules] + ["Enrollment fee", "$350.00", "Version 2026-1"]
    for fact in facts:
        assert fact in paper
        assert fact in page


def test_the_web_page_passes_a_strict_content_policy() -> None:
    page = Reading(render_page(sample("progress"), plain))
    assert not {"style", "script", "link", "iframe"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name == "style" or name.startswith("on")]
    assert "data:" not in render_page(sample("progress"), plain)


@pytest.mark.proves("CD-4")
def test_a_balance_is_never_called_a_failure() -> None:
    text = Reading(render_html(sample("progress"), plain)).text
    assert "$100.00" in text
    assert "Not being able to pay is not, by itself, a violation." in text
    assert "A fee waiver request filed on July 10, 2026 is under review." in text
    for word in ("overdue", "delinquent", "noncompliant", "non-compliant", "failure", "failed", "unpaid"):
        assert word not in text.lower()


def test_a_settled_account_carries_no_remark_about_paying() -> None:
    assert "Not being able to pay" not in render_html(sample("final"), plain)


def test_the_slip_hands_over_the_code_and_points_the_camera_at_the_address_alone() -> None:
    html = render_html(sample("enrollment_slip"), plain)
    text = Reading(html).text
    assert "RIV - 7KQM - X2WP - 94TD - H" in text
    assert "https://portal.example.gov/enroll" in text
    assert "It does not count against you." in text
    assert not re.search(r"RIF-2026|1989|verify", text)


def test_a_report_speaks_its_language() -> None:
    text = Reading(render_html(sample("progress", language="es"), spanish)).text
    assert "Informe de progreso" in text
    assert "Datos del caso" in text
    assert "26 de enero de 2026" in text
    assert 'lang="es-US"' in render_html(sample("progress", language="es"), spanish)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_nothing_typed_becomes_markup(typed: str) -> None:
    name = f"<img src=x onerror=y>&amp;'\"{typed}"
    for render in (render_html, render_page):
        before = Reading(render(sample("certificate", person=Person(name="A")), plain))
        after = Reading(render(sample("certificate", person=Person(name=name)), plain))
        # One more paragraph may say what the stand-in for an undrawable character means.
        extra = ["p"] if fonts.STAND_IN in after.text else []
        assert sorted(after.tags) == sorted(before.tags + extra)
        assert "<img src=x" in after.text


@settings(deadline=None)
@given(st.text(min_size=1, max_size=80))
def test_the_paper_holds_only_characters_that_are_drawn(typed: str) -> None:
    page = Reading(render_html(sample("certificate", person=Person(name=typed)), plain)).text
    assert not {c for c in page if not c.isspace() and ord(c) not in fonts.drawable()}


def test_an_undrawable_character_is_marked_and_explained_and_the_rest_kept() -> None:
    html = Reading(render_html(sample("progress", person=Person(name="Li 李 e\u0301 Ña")), plain)).text
    assert f"Li {fonts.STAND_IN} é Ña" in html
    assert "stands for a character that this document cannot print" in html
    assert "李" in render_page(sample("progress", person=Person(name="Li 李")), plain)
    assert "cannot print" not in render_html(sample("progress", person=Person(name="Jose\u0301")), plain)


marks: st.SearchStrategy[Mark] = st.sampled_from(["done", "part", "todo", "missed", "excused"])


@given(st.lists(marks, min_size=1, max_size=60))
def test_a_strip_has_one_box_a_mark_inside_its_frame(row: list[Mark]) -> None:
    svg = strip_svg(row)
    frames = re.findall(r'<rect x="([\d.]+)" y="1" width="([\d.]+)" height="12" fill="#\w+" stroke=', svg)
    assert len(frames) == len(row)
    edges = [(float(x), float(x) + float(width)) for x, width in frames]
    assert all(left < right <= 300 for left, right in edges)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(edges))


def test_the_chart_counts_required_modules_and_check_ins() -> None:
    modules, check_ins = progress_strips(sample("progress"), plain)
    assert (modules.done, modules.total, modules.words) == (5, 7, "5 of 7")
    assert (check_ins.done, check_ins.total) == (2, 6)
    assert progress_strips(sample("progress", modules=(), check_ins=()), plain) == []


def test_words_cut_short_on_a_bench_card_end_behind_a_word_and_in_one_mark() -> None:
    title = "Understanding how people come to be bought, and sold to others"
    module = sample("bench_card").modules[0].model_copy(update={"title": title, "state": "locked", "required": True})
    text = Reading(render_html(sample("bench_card", modules=(module,)), plain)).text
    assert "Modules: Understanding how people come to be bought, and… " in f"{' '.join(text.split())} "
    assert "…." not in text
