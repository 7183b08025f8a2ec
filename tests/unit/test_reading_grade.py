"""What learners read is plain: grade 6 is the goal, 8 the limit of any page, mail or lesson."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_file

from app.web import catalogs
from config import ROOT
from tests.reading_grade import TERMS, grade, sentences, syllables

GOAL, LIMIT = 6.0, 8.0
LONGEST = 25  # words of one sentence
FEWEST = 15  # words in whole sentences, below which a grade says nothing

# Whatever a learner may open, and the pages of staff that lie in the same folders.
FOLDERS = (
    "templates/accountability",
    "templates/accounts",
    "templates/case_messages",
    "templates/components",
    "templates/concerns",
    "templates/disputes",
    "templates/email",
    "templates/errors",
    "templates/front",
    "templates/learning",
    "templates/my_program",
    "templates/notices",
    "templates/payments",
    "templates/reports_pages",
    "app/accountability",
    "app/learning",
    "app/my_program",
    "app/notices",
)
FILES = (
    "templates/layout.html",
    "templates/cases/find_court.html",
    "templates/transfers/mine.html",
    "app/cases/rules.py",
    "app/cases/enroll_forms.py",
)
CONTENT = ROOT / "app" / "curriculum" / "content"


def strings(path: Path) -> list[str]:
    """The English texts that a template or module shows."""
    method = "python" if path.suffix == ".py" else "jinja2"
    found = extract_from_file(method, path, keywords=catalogs.KEYWORDS)
    return [text if isinstance(text, str) else text[0] for _line, text, _comments, _context in found]


def in_english(value: Any) -> Iterator[str]:
    """Every text under a key `en` of a lesson's data."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "en" and isinstance(inner, str):
                yield inner
            else:
                yield from in_english(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from in_english(inner)


def texts() -> dict[str, list[str]]:
    """By file, what somebody reads there; enrolling is the first thing that a learner reads at all."""
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*"))]
    files += [ROOT / name for name in FILES] + sorted((ROOT / "templates" / "cases").glob("enroll_*.html"))
    found = {str(file): strings(file) for file in files if file.suffix in (".html", ".txt", ".py")}
    for lesson in sorted(CONTENT.rglob("en/*.md")):
        paragraphs = lesson.read_text().split("\n\n")
        found[str(lesson)] = [text for text in paragraphs if not text.startswith("#")]
    for lesson in sorted(CONTENT.rglob("*.toml")):
        found[str(lesson)] = list(in_english(tomllib.loads(lesson.read_text())))
    return found


@pytest.mark.proves("CD-2")
def test_what_learners_read_is_plain():
    read, hard, long = 0, [], []
    weighed = 0.0
    for file, found in texts().items():
        split = sentences(found)
        words = sum(map(len, split))
        if words >= FEWEST:
            level = grade(found)
            read, weighed = read + words, weighed + words * level
            hard += [f"{level:.1f} {file}"] if level > LIMIT else []
        if "/content/" not in file:
            long += [f"{file}: {' '.join(one)}" for one in split if len(one) > LONGEST]
    assert not hard, "\n".join(hard)
    assert not long, "\n".join(long)
    assert read > 20_000, "most of what there is was not read"
    assert weighed / read <= GOAL


def test_the_thermometer_reads_what_is_known():
    for word, number in {
        "court": 1,
        "needed": 2,
        "asked": 1,
        "people": 2,
        "program": 2,
        "changes": 2,
        "decided": 3,
        "experience": 4,
        "period": 3,
        "previous": 3,
        "usually": 4,
        "little": 2,
    }.items():
        assert syllables(word) == number, word
    # Lincoln at Gettysburg, whose grade by this formula is published as 10.9 to 11.3 for the whole speech.
    lincoln = (
        "Four score and seven years ago our fathers brought forth on this continent a new nation, conceived in "
        "liberty, and dedicated to the proposition that all men are created equal. Now we are engaged in a great "
        "civil war, testing whether that nation, or any nation so conceived and so dedicated, can long endure."
    )
    assert 11 < grade([lincoln]) < 15
    assert grade(["You missed Monday. You can still do it until Thursday."]) < 4
    legalese = "Noncompliance with the aforementioned stipulations necessitates immediate administrative termination."
    assert grade([legalese]) > LIMIT


def test_terms_are_left_out_and_labels_do_not_count():
    assert grade(["The participation agreement is here."]) == grade(["The term is here."])
    assert sentences(["Fee waiver", "%(num)s days left"]) == []
    assert len(set(TERMS)) == len(TERMS)
