"""No template writes words of its own: all go through the catalog, so that every language has them."""

from __future__ import annotations

import re
from pathlib import Path

from config import ROOT

TEMPLATES = ROOT / "templates"
# In English only: the operator's console, and the page of samples that developers look at.
ENGLISH_ONLY = ("operator/", "components/_living_page.html")
# The same in every language.
NAMES = {"JaneSchool", "ADA", "PDF", "CSV", "JSON", "QR", "ID", "Stripe", "px", "pt"}
# What macros put together for attributes.
PIECES = {"components/forms.html": {"month"}}
_CLASSES = re.compile(r"\{%-? block (?:width|frame_class) %\}.*?\{% endblock %\}", re.DOTALL)
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_CODE = re.compile(r"<(style|script)\b.*?</\1>|<!--.*?-->|<!doctype[^>]*>|&#?\w+;", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>", re.DOTALL)
_SPOKEN = re.compile(r'\b(?:alt|aria-label|title|placeholder)="([^"]*)"')
_WORD = re.compile(r"[A-Za-z]{2,}")


def words_of(source: str) -> set[str]:
    """The words that a template writes itself, in its text or in what is read aloud."""
    plain = _CODE.sub(" ", _JINJA.sub("", _CLASSES.sub("", source)))
    spoken = " ".join(_SPOKEN.findall(plain))
    return set(_WORD.findall(f"{_TAG.sub(' ', plain)} {spoken}")) - NAMES


def pages() -> list[Path]:
    files = [*TEMPLATES.rglob("*.html"), *(TEMPLATES / "email").glob("*.txt")]
    return [file for file in files if not str(file.relative_to(TEMPLATES)).startswith(ENGLISH_ONLY)]


def test_no_template_writes_words_of_its_own():
    names = {str(file.relative_to(TEMPLATES)): file for file in pages()}
    found = {name: words_of(file.read_text()) - PIECES.get(name, set()) for name, file in names.items()}
    assert len(found) > 200
    assert not any(found.values()), {name: words for name, words in found.items() if words}


def test_the_detector_sees_what_is_written():
    assert words_of("<p>{{ _('Fee') }} Total</p>") == {"Total"}
    assert words_of('<img alt="Map"><a title="{{ _(\'x\') }}">{# note #}</a>') == {"Map"}
    assert (
        words_of("{% if a > b %}<b class='word'>{{ x|join('>') }}</b>{% endif %}<style>p {top: 1px}</style>") == set()
    )
