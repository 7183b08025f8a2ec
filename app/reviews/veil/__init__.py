"""Which texts get a veil: a plain list of words for each language, and a reader's own choice to look."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


def _plain(text: str) -> str:
    """Lower case without accents, white space folded: people write as they write."""
    marked = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in marked if not unicodedata.combining(c)).split())


@cache
def _pattern() -> re.Pattern[str]:
    """All lists in one pattern: people mix languages."""
    words = set()
    for file in sorted(FOLDER.glob("*.txt")):
        lines = (line.strip() for line in file.read_text("utf-8").splitlines())
        words |= {_plain(line) for line in lines if line and not line.startswith("#")}
    parts = (re.escape(word).replace(r"\*", r"\w*") for word in sorted(words))
    return re.compile(rf"\b(?:{'|'.join(parts)})\b")


def is_harsh(text: str) -> bool:
    """Whether `text` holds a word of the lists: hostile or graphic. It says nothing about who wrote it."""
    return _pattern().search(_plain(text)) is not None
