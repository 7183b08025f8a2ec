"""What a version changed, lesson by lesson, in words that people read. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from app.core.i18n import LANGUAGES
from app.curriculum.schema import ModuleContent


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Passage:
    """A stretch of text that differs, in one language: as it was and as it is; one of them may be empty."""

    language: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """What became of one lesson, or of the module around its lessons (`slug` empty)."""

    slug: str
    kind: Kind
    passages: tuple[Passage, ...] = ()


def changes(before: ModuleContent, after: ModuleContent) -> list[Change]:
    """The lessons that differ, in the order of the newer version, those that are gone last."""
    old = {lesson.slug: lesson for lesson in before.lessons}
    new = {lesson.slug: lesson for lesson in after.lessons}
    stayed = [slug for slug in old if slug in new]
    moved = set(stayed) - _in_place(stayed, [slug for slug in new if slug in old])
    found: list[Change] = []
    around = _passages(_around(before), _around(after))
    if around:
        found.append(Change("", Kind.CHANGED, around))
    for slug, lesson in new.items():
        if slug not in old:
            found.append(Change(slug, Kind.ADDED, _passages({}, lesson.model_dump(mode="json"))))
        elif old[slug] != lesson:
            passages = _passages(old[slug].model_dump(mode="json"), lesson.model_dump(mode="json"))
            found.append(Change(slug, Kind.CHANGED, passages))
        elif slug in moved:
            found.append(Change(slug, Kind.MOVED))
    gone = (lesson for slug, lesson in old.items() if slug not in new)
    found += [Change(lesson.slug, Kind.REMOVED, _passages(lesson.model_dump(mode="json"), {})) for lesson in gone]
    return found


def _in_place(one: list[str], two: list[str]) -> set[str]:
    blocks = SequenceMatcher(a=one, b=two, autojunk=False).get_matching_blocks()
    return {slug for block in blocks for slug in one[block.a : block.a + block.size]}


def _around(module: ModuleContent) -> dict[str, Any]:
    return module.model_dump(mode="json", exclude={"lessons", "reviewed_by"})


def _passages(before: dict[str, Any], after: dict[str, Any]) -> tuple[Passage, ...]:
    """Every stretch of words that differs, by language; figures and names count as words of every language."""
    old, new = list(_words(before)), list(_words(after))
    languages = sorted({language for language, _text in (*old, *new) if language})
    found = []
    for language in languages or [""]:
        one = [text for spoken, text in old if spoken in (language, "")]
        two = [text for spoken, text in new if spoken in (language, "")]
        for tag, a, b, c, d in SequenceMatcher(a=one, b=two, autojunk=False).get_opcodes():
            if tag != "equal":
                found.append(Passage(language, tuple(one[a:b]), tuple(two[c:d])))
    return tuple(found)


def _words(value: Any, language: str = "") -> Iterator[tuple[str, str]]:
    """(language, paragraph) of everything in a part of a module, in its order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _words(inner, key if key in LANGUAGES else language)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner, language)
    elif value is not None:
        for paragraph in str(value).split("\n\n"):
            if paragraph.strip():
                yield language, paragraph.strip()
