"""The suite's own reader of pages gives html5lib's trees and finds html5lib's faults."""

from __future__ import annotations

from typing import Any

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests import html

WORDS = st.sampled_from(
    """<p>|</p>|<p class="a b" id="x">|<P>|<p CLASS="a">|<p class=a>|<p class='a'>|<p a="1" a="2">|<p a="1"b="2">
    |<br>|<br/>|<br />|<p/>|</br>|</p >|</p class="a">|<p hidden>|<p hidden/>|<p title="a &amp; b">
    |<p title="a & b">|<p title="<">|<p title="\n">|<p\n id="y">|<p\tid="y">|<p |<|</|<!|<!-- a -->
    |<!-- a -- b -->|&amp;|&nosuch;|&|text|a  b|\0|\r\n|é|<table>|<tr>|<td>|</td>|</tr>|</table>|<tbody>|<thead>
    |<caption>|<ul>|<li>|</ul>|<svg>|<svg viewBox="0 0 1 1">|<svg viewbox="0 0 1 1">|<path d="M0"/>
    |<use href="#a"/>|</svg>|<math>|</math>|<select>|<option>|<option selected>|</select>|<form>|</form>|<input>
    |<input disabled>|<button>|</button>|<a href="/x?y=1">|</a>|<b>|</b>|<h1>|</h1>|<title>|</title>|<textarea>
    |</textarea>|<script>|</script>|<script src="/a.js">|<style>|</style>|<noscript>|</noscript>|<template>
    |</template>|<head>|<body>|<body lang="en">|<html lang="en">|</body>|</html>|<!doctype html>|<o:p>
    |<p xml:lang="en">|<my-tag>|</my-tag>|<p data-a="1" aria-b="2">|<meta charset="utf-8">|<p x-1="">|<p =a>
    |<p "a">|</1>|<1>|<?php?>""".replace("\n    |", "|").split("|")
)


def plainly(text: str) -> tuple[Any, list[Any]]:
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("lxml"), namespaceHTMLElements=False)
    return parser.parse(text), parser.errors


@pytest.mark.filterwarnings("ignore::html5lib.constants.DataLossWarning")
@given(words=st.lists(WORDS, max_size=14), whole=st.booleans())
def test_the_quick_reader_agrees_with_html5lib(words: list[str], whole: bool):
    text = "".join(words)
    if whole:
        text = f'<!doctype html><html lang="en"><head><title>a - b</title></head><body>{text}</body></html>'
    tree, faults = html.parse(text)
    wanted, wanted_faults = plainly(text)
    assert etree.tostring(tree) == etree.tostring(wanted)
    assert faults == wanted_faults


def test_one_page_leaves_nothing_for_the_next():
    broken = "<p><table><b>"
    assert html.parse(broken)[1]
    assert html.parse('<!doctype html><html lang="en"><head><title>a</title></head><body></body></html>')[1] == []
