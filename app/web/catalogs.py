"""Translation catalogs: `python -m app.web.catalogs update` takes new strings in, `compile` makes what the portal reads."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

from config import ROOT

FOLDER = ROOT / "app" / "web" / "translations"
MAPPING = ROOT / "app" / "web" / "babel.cfg"
TEMPLATE = ROOT / "var" / "messages.pot"
KEYWORDS = ("_l", "lazy_gettext", "_lazy")


def _babel(*arguments: str | Path) -> None:
    CommandLineInterface().run(["pybabel", "--quiet", *map(str, arguments)])


def update() -> None:
    """Extract every string and merge it into each language's catalog."""
    TEMPLATE.parent.mkdir(exist_ok=True)
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    _babel("extract", "-F", MAPPING, *keywords, "--no-location", "--sort-output", "-o", TEMPLATE, ROOT)
    for catalog in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po")):
        language = catalog.parent.parent.name
        _babel("update", "-i", TEMPLATE, "-o", catalog, "-l", language, "--no-fuzzy-matching", "--omit-header")


def compile_all() -> None:
    """Compile every catalog that is newer than what was compiled from it."""
    for catalog in FOLDER.glob("*/LC_MESSAGES/messages.po"):
        compiled = catalog.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < catalog.stat().st_mtime:
            _babel("compile", "-i", catalog, "-o", compiled, "-l", catalog.parent.parent.name)


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
