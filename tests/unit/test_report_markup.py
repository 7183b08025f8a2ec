"""The quick reader of reports gives the tree that a browser's rules give, or steps aside."""

from __future__ import annotations

import re
from typing import Any
from xml.dom.minidom import Node

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.html import render_html
from app.reports.markup import NotPlainError, read
from app.reports.snapshot import Person, ReportKind
from tests.functional.report_samples import plain, sample, spanish

Tree = list[Any]


def shape(node: Any) -> Tree:
    """Tags, attributes and texts from `body` or `head` down; neighboring texts are one."""
    found: Tree = []
    for child in node.childNodes:
        if child.nodeType == Node.ELEMENT_NODE:
            found.append((child.tagName, dict(child.attributes.items()), shape(child)))
        elif child.nodeType == Node.TEXT_NODE and found and isinstance(found[-1], str):
            found[-1] += child.data
        elif child.nodeType == Node.TEXT_NODE:
            found.append(child.data)
    return found


def parts(document: Any) -> dict[str, Tree]:
    """Both parts of a page; the white space between the head's elements and after the page is no part of either."""
    head, body = (document.getElementsByTagName(name)[0] for name in ("head", "body"))
    inside = shape(body)
    if isinstance(inside[-1], str):
        inside[-1] = inside[-1].rstrip()
    return {"head": [part for part in shape(head) if not isinstance(part, str)], "body": [p for p in inside if p]}


def as_a_browser(page: str) -> Any:
    # HTML knows no empty element of a name of our own, so its end is written out for this reading.
    closed = re.sub(r"<(pdf:\w+)/>", r"<\1></\1>", page)
    return html5lib.HTMLParser(tree=html5lib.getTreeBuilder("dom")).parse(closed)


@pytest.mark.parametrize("kind", list(ReportKind))
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_report_is_well_formed_and_read_as_a_browser_reads_it(kind: ReportKind, language: str) -> None:
    page = render_html(sample(kind, language=language), spanish if language == "es" else plain)
    assert parts(read(page.encode())) == parts(as_a_browser(page))


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=80), st.sampled_from(list(ReportKind)))
def test_whatever_is_typed_reads_the_same(typed: str, kind: ReportKind) -> None:
    page = render_html(sample(kind, person=Person(name=typed)), plain)
    assert parts(read(page.encode())) == parts(as_a_browser(page))


@pytest.mark.parametrize(
    "page",
    [
        "<p>a part</p>",
        "<html><body><p>never closed</body></html>",
        "<html><body><br></body></html>",
        "<html><body>&nbsp;</body></html>",
        "<html>words<body></body></html>",
        '<!DOCTYPE html [<!ENTITY a "b">]><html><body>&a;</body></html>',
        '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><html><body>&a;</body></html>',
        "<html><body><![CDATA[a]]></body></html>",
        "<html><body><?php a ?></body></html>",
        "",
    ],
)
def test_anything_else_is_left_to_the_library(page: str) -> None:
    with pytest.raises(NotPlainError):
        read(page.encode())
