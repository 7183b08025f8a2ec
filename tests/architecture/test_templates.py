"""Templates compile, carry nothing inline that the content security policy would have to allow, and ask nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT

FOLDER = ROOT / "templates"
# Reports and mails are not pages: no browser of ours applies a policy to them.
PAGES = sorted(
    p.relative_to(FOLDER).as_posix()
    for p in FOLDER.rglob("*.html")
    if p.relative_to(FOLDER).parts[0] not in ("reports", "email")
)
COMMENT = re.compile(r"\{#.*?#\}", re.S)

INLINE = {
    "inline style": re.compile(r"<style\b|\sstyle\s*=\s*[\"']", re.I),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.I),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "javascript: address": re.compile(r"javascript:", re.I),
}
THIRD_PARTY = re.compile(
    r"""(?:src|srcset|action|data|poster)\s*=\s*["']\s*(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//""", re.I
)
LINKED = re.compile(r"""<link\b[^>]*href\s*=\s*["']\s*(?:https?:)?//""", re.I)

# Where markup is handed through unescaped, and why it is safe. Nothing that a person typed may be on this list.
SAFE = {
    "learning/lesson.html": "lesson text rendered by app/curriculum/render.py, which escapes all HTML of its source",
}
UNESCAPED = re.compile(r"\|\s*safe\b|\bMarkup\(|\{%-?\s*autoescape\s+false")


def source(name: str) -> str:
    return COMMENT.sub("", (FOLDER / name).read_text())


def inline(text: str) -> list[str]:
    return [words for words, pattern in INLINE.items() if pattern.search(text)]


def test_every_template_compiles(app: Flask):
    names = app.jinja_env.list_templates(extensions=["html", "txt", "css", "xml"])
    assert len(names) > 20
    for name in names:
        app.jinja_env.get_template(name)


@pytest.mark.proves("WE-1")
def test_nothing_inline():
    assert {name: found for name in PAGES if (found := inline(source(name)))} == {}
    assert inline('<p style="color:red">') == ["inline style"]
    assert inline("<script>alert(1)</script>") == ["inline script"]
    assert inline('<a onclick="x()">') == ["inline handler"]
    assert inline('<script src="/assets/x.js"></script>') == []


@pytest.mark.proves("WE-5")
def test_no_page_and_no_style_sheet_names_another_site():
    assert [name for name in PAGES if THIRD_PARTY.search(source(name)) or LINKED.search(source(name))] == []
    ours = [p for p in (ROOT / "app" / "web" / "static").rglob("*") if p.suffix in (".css", ".js")]
    assert ours
    assert [p.name for p in ours if THIRD_PARTY.search(p.read_text()) or re.search(r"https?://", p.read_text())] == []
    assert THIRD_PARTY.search('<img src="https://cdn.example/x.png">')
    assert LINKED.search('<link rel="stylesheet" href="//fonts.example/x.css">')


def test_built_style_sheets_load_only_what_lies_beside_them(settings):
    folder = settings.assets_folder / (settings.assets_folder / "current").read_text().strip()
    sheets = list(Path(folder).rglob("*.css"))
    assert sheets
    outside = re.compile(r"url\(\s*[\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//")
    assert [p.name for p in sheets if outside.search(p.read_text())] == []


def test_unescaped_output_stands_on_a_list():
    found = {name for name in PAGES if UNESCAPED.search(source(name))}
    assert found <= set(SAFE), f"{found - set(SAFE)}: unescaped output without a reason on the list"


# What a component draws, and the templates that have a reason to draw it themselves.
DRAWN = {
    'class="portal-timeline"': (),
    'class="portal-summary"': (),
    'class="portal-steps"': (),
    'class="portal-empty"': (),
    'class="portal-next"': (),
    'class="portal-status': (),
    'class="usa-breadcrumb': (),
    'class="usa-alert ': (),
    'class="report-legend"': (),
    "hx-trigger=": (
        # They say no more than once what was read aloud already, or stand in a cell.
        *("reports_pages/pending.html", "reports_pages/_waiting.html", "reports_pages/_list_state.html"),
    ),
    "<progress": ("caseload/_rows.html",),  # a row a person, hundreds on a page: drawn with as little as it can be
    # The same; rows that other pages lead back to; a map of roles that folds differently.
    "<table": ("caseload/_rows.html", "caseload/today.html", "accounts/permissions.html"),
    'type="date"': (),
    "<h1": (),
}


def test_a_pattern_is_drawn_by_its_component_alone():
    found = {
        (mark, name)
        for name in PAGES
        if not name.startswith("components/") and not name.startswith("layout")
        for mark, allowed in DRAWN.items()
        if mark in source(name) and name not in allowed
    }
    assert found == set()


def test_every_component_is_on_the_living_page():
    living = source("components/_living_page.html")
    components = [name for name in PAGES if name.startswith("components/") and "/_" not in name]
    assert len(components) > 15
    assert [name for name in components if f'"{name}"' not in living] == []


def test_every_visible_word_can_be_translated():
    """Text between tags goes through gettext: a template with bare English words shows them to Spanish readers."""
    bare = re.compile(r">\s*([A-Z][a-z]+(?:\s+[a-z]+)+)[.!?:]?\s*<")
    stripped = {name: re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source(name), flags=re.S) for name in PAGES}
    found = {
        name: words
        for name, text in stripped.items()
        if not name.startswith("components/_") and (words := bare.findall(text))
    }
    assert found == {}
