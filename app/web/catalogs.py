"""Translation catalogs: `python -m app.web.catalogs update` takes new strings in, `compile` makes what is read."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.core import i18n
from app.core.i18n import LOCALES, PSEUDO
from config import ROOT

FOLDER = ROOT / "app" / "web" / "translations"
SOURCES = ("app", "tenants", "templates")
# The page of samples is seen by developers only.
METHODS = [("components/_living_page.html", "ignore"), ("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
# A template that can not be read is an error, not a page left in English.
OPTIONS = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "_lazy": None, "lazy_gettext": None}
LANGUAGES = tuple(code for code in i18n.LANGUAGES if code != "en")

# The two lines a reader of the catalog needs; dates, names and tools would only make every update a change.
HEADER = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""


KEPT = re.compile(r"(%\(\w+\)[sd]|%%|<[^<>]*>|\{[^{}]*\}|&\w+;)")
ACCENTS = dict(zip("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ", strict=True))
VOWEL = re.compile("[aeiouyAEIOUY]")


def catalog_file(language: str) -> Path:
    """Where the translations into `language` (two letters) are written."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def extract() -> Catalog:
    """Every string of the code and the templates, without translations."""
    strings = Catalog(charset="utf-8")
    for folder in SOURCES:
        found = extract_from_dir(
            ROOT / folder, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
        )
        for _file, _line, text, comments, context in found:
            strings.add(text, auto_comments=comments, context=context)
    return strings


def load(language: str) -> Catalog:
    """The translations into `language` as they stand; empty where there are none yet."""
    path = catalog_file(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as source:
        return read_po(source, locale=language, charset="utf-8", abort_invalid=True)


def save(language: str, catalog: Catalog) -> None:
    """Write a catalog in one order, with no dates, so that only a changed string is a changed line."""
    path = catalog_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as target:
        target.write(f"{catalog.header_comment.strip()}{HEADER}".encode())
        write_po(target, catalog, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    unfinished.replace(path)


def update() -> None:
    """Extract every string and merge it into each language's catalog; new ones are empty, gone ones are dropped."""
    strings = extract()
    for language in LANGUAGES:
        catalog = load(language)
        catalog.update(strings, no_fuzzy_matching=True, update_header_comment=False)
        save(language, catalog)


def pseudo(text: str) -> str:
    """A text as the pseudo-language has it: every vowel twice, with an accent. Placeholders and markup stay."""
    pieces = re.split(KEPT, text)
    return "".join(piece if number % 2 else _accented(piece) for number, piece in enumerate(pieces))


def _accented(text: str) -> str:
    return VOWEL.sub(lambda found: ACCENTS[found[0]] + ACCENTS[found[0].lower()], text)


def _in_pseudo(catalog: Catalog) -> Catalog:
    made = Catalog(charset="utf-8")
    for message in catalog:
        if message.id:
            words = message.id
            made.add(words, pseudo(words) if isinstance(words, str) else tuple(pseudo(each) for each in words))
    return made


def compile_all() -> None:
    """Compile every catalog that is newer than what was compiled from it, and the pseudo-language from the Spanish."""
    for path in FOLDER.glob("*/LC_MESSAGES/messages.po"):
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
            catalog = load(path.parent.parent.name)
            _write(compiled, catalog)
            if path == catalog_file("es"):
                _write(catalog_file(LOCALES[PSEUDO]).with_suffix(".mo"), _in_pseudo(catalog))


def _write(compiled: Path, catalog: Catalog) -> None:
    compiled.parent.mkdir(parents=True, exist_ok=True)
    unfinished = compiled.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as target:
        write_mo(target, catalog)
    unfinished.replace(compiled)


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
