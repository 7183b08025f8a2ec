"""Whatever a writer types, the page gets safe HTML with its headings in place."""

from __future__ import annotations

import re

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.curriculum.render import markdown_problems, plain_text, render_markdown

ALLOWED = {
    *(
        "p",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "em",
        "strong",
        "a",
        "code",
        "pre",
        "blockquote",
        "br",
        "hr",
    ),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
LINKS = ("[a](javascript:b)", "[a](http://c.d)", "[a](https://c.d)", "<https://e.f>", "![i](https://c.d)")
HTML = ("<script>", "</p>", "<img src=x onerror=y>", "&lt;", '"', "'", "\\")
BLOCKS = ("# ", "## ", "\n\n", "\n", "**", "*", "`", "> ", "- ", "| a | b |\n|---|---|\n")
PIECES = st.sampled_from((*LINKS, *HTML, *BLOCKS))


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join))
def test_nothing_but_known_tags_and_https_links_comes_out(text: str) -> None:
    tree = html5lib.parseFragment(str(render_markdown(text)), namespaceHTMLElements=False)
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert element.tag in ALLOWED
        assert set(element.attrib) <= {"class", "rel", "href", "title", "start"}
        assert element.attrib.get("href", "https://").startswith("https://")


def test_headings_begin_at_h2_and_keep_their_order() -> None:
    page = render_markdown("# One\n\n## Two\n\n# Three")
    assert re.findall(r"<(h\d)>", page) == ["h2", "h3", "h2"]


def test_a_link_shows_its_site() -> None:
    page = render_markdown("See [the law](https://www.law.cornell.edu/uscode/text/22/7102).")
    assert page.endswith(">the law</a> (law.cornell.edu).</p>\n")


def test_a_link_to_elsewhere_becomes_plain_words() -> None:
    assert render_markdown("[click](/away) [here](http://example.org)") == "<p>click here</p>\n"
    assert "<a" not in render_markdown("[click](javascript:alert(1)) <javascript:alert(1)> [x](data:text/html,y)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a <b>bold</b> word", "raw HTML"),
        ("![a](https://example.org/a.png)", "picture"),
        ("[a](http://example.org)", "https"),
        ("[a](/local)", "https"),
        ("[a](https://user:word@example.org)", "https"),
        ("## One\n\n#### Two", "skips"),
        ("### One\n\n## Two", "lower heading"),
    ],
)
def test_problems_are_said_in_words(text: str, words: str) -> None:
    assert any(words in problem for problem in markdown_problems(text))


def test_good_markdown_has_no_problem() -> None:
    assert markdown_problems("## A\n\nText, *so* [far](https://example.org/a).\n\n### B\n\n1. one") == []


def test_plain_text_keeps_words_apart() -> None:
    assert plain_text("## A *b*\n\none\ntwo [three](https://example.org)\n\n- four").split() == [
        "A",
        "b",
        "one",
        "two",
        "three",
        "four",
    ]
