"""Markdown of a lesson to safe HTML: no raw HTML, no pictures, links to https only and always with their site shown."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# The page's own title is the one h1.
TOP_HEADING = 2


def _parser(html: bool) -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": html}).enable("table")


def render_markdown(text: str) -> Markup:
    """Safe HTML of one Markdown text. Its highest heading becomes h2; a link that is not https becomes plain text."""
    parser = _parser(html=False).disable("image")
    tokens = parser.parse(text)
    _shift_headings(tokens)
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("class", "usa-table")
        if token.type == "inline" and token.children:
            token.children = list(_safe_links(token.children))
    # markdown-it escapes every text token, and `html: False` leaves no other way in.
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - see the line above


def plain_text(text: str) -> str:
    """The words of a Markdown text alone, blocks parted by new lines: to count words and measure the reading grade."""
    blocks = []
    for token in _parser(html=False).parse(text):
        if token.type == "inline" and token.children:
            blocks.append("".join(_words_of(child) for child in token.children))
    return "\n".join(blocks)


def markdown_problems(text: str) -> list[str]:
    """Why this Markdown may not be published, in words for its writer; empty when it may."""
    problems = []
    tokens = _parser(html=True).parse(text)
    inline = [child for token in tokens for child in token.children or []]
    if any(token.type in ("html_block", "html_inline") for token in [*tokens, *inline]):
        problems.append("holds raw HTML, which would be shown as text")
    if any(token.type == "image" for token in inline):
        problems.append("holds a picture; pictures are not supported in a reading")
    for token in inline:
        if token.type == "link_open" and not _host(token):
            problems.append(f"links to {token.attrGet('href')!r}; only full https addresses are allowed")
    return problems + _heading_problems(tokens)


def _heading_problems(tokens: list[Token]) -> list[str]:
    levels = _levels(tokens)
    if not levels:
        return []
    if levels[0] != min(levels):
        return ["starts with a lower heading than it goes on with"]
    pairs = pairwise(levels)
    return ["skips a heading level"] if any(after > before + 1 for before, after in pairs) else []


def _levels(tokens: list[Token]) -> list[int]:
    return [int(token.tag[1:]) for token in tokens if token.type == "heading_open"]


def _shift_headings(tokens: list[Token]) -> None:
    shift = TOP_HEADING - min(_levels(tokens), default=TOP_HEADING)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + shift, 6)}"


def _host(link: Token) -> str:
    """The site of an https link, or nothing when the link is of any other sort."""
    parts = urlsplit(str(link.attrGet("href") or ""))
    return parts.hostname or "" if parts.scheme == "https" and not parts.username else ""


def _safe_links(tokens: Iterable[Token]) -> Iterable[Token]:
    site = ""
    for token in tokens:
        if token.type == "link_open":
            site = _host(token)
            if site:
                token.attrSet("class", "usa-link")
                token.attrSet("rel", "noopener noreferrer")
                yield token
        elif token.type == "link_close":
            if site:
                yield token
                yield Token("text", "", 0, content=f" ({site.removeprefix('www.')})")
        else:
            yield token


def _words_of(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content
