"""Folders of content to validated modules. Every problem of a folder is reported at once, with its file and field.

A folder `<nn>-<slug>/` holds `module.toml`. A lesson names its `file`: a reading, and a video (its transcript), names a
Markdown file that stands in each language's folder (`en/`, `es/`); every other kind names a TOML file beside
`module.toml`, whose tables join it. A reading's `check` names a TOML file with the questions that follow it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.core.errors import PortalError
from app.curriculum.schema import ModuleContent, ReviewedBy

CONTENT_ROOT = Path(__file__).parent / "content"
MODULE_FILE = "module.toml"
IN_EACH_LANGUAGE = {"reading": "body", "video": "transcript"}  # what the Markdown files of a kind of lesson hold

Loc = tuple[int | str, ...]


@dataclass(frozen=True)
class ContentProblem:
    """One thing to mend: `file` is relative to the content's root, `field` a dotted path or empty (the whole file)."""

    file: str
    field: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.field, self.message) if part)


class ContentError(PortalError):
    """Content that can not be published; `problems` holds all of them."""

    def __init__(self, problems: list[ContentProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass
class _Folder:
    path: Path
    problems: list[ContentProblem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    # Which file a part of the module came from, by the part's place in the whole.
    origins: dict[Loc, str] = field(default_factory=dict)

    def problem(self, file: str, where: str, message: str) -> None:
        self.problems.append(ContentProblem(f"{self.path.name}/{file}", where, message))

    def text(self, file: str) -> str | None:
        self.used.add(file)
        # A content file stays inside its own folder, whatever its name says.
        full = (self.path / file).resolve()
        if not full.is_relative_to(self.path.resolve()) or not full.is_file():
            self.problem(file, "", "file is missing")
            return None
        try:
            return full.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.problem(file, "", "is not UTF-8 text")
            return None

    def toml(self, file: str) -> dict[str, Any]:
        text = self.text(file)
        try:
            return tomllib.loads(text) if text is not None else {}
        except tomllib.TOMLDecodeError as error:
            self.problem(file, "", f"is not valid TOML: {error}")
            return {}


def load_folder(path: Path) -> ModuleContent:
    """The module of one folder. Raises ContentError with every problem found."""
    folder = _Folder(path)
    data = folder.toml(MODULE_FILE)
    if not data:
        folder.problems = folder.problems or [ContentProblem(f"{path.name}/{MODULE_FILE}", "", "is empty")]
        raise ContentError(folder.problems)
    _gather_lessons(folder, data)
    _find_strays(folder)
    module = _validate(folder, data)
    if module is not None and module.reviewed_by != ReviewedBy():
        folder.problem(MODULE_FILE, "reviewed_by", "a file can not sign off: approvers do so in the operator console")
    if module is not None and path.name != f"{module.number:02d}-{module.slug}":
        folder.problem(MODULE_FILE, "slug", f"the folder should be called {module.number:02d}-{module.slug}")
    if module is None or folder.problems:
        raise ContentError(folder.problems)
    return module


def load_all(root: Path = CONTENT_ROOT) -> list[ModuleContent]:
    """All modules in order of their numbers. Raises ContentError with the problems of every folder together."""
    modules: list[ModuleContent] = []
    problems: list[ContentProblem] = []
    for path in sorted(entry for entry in root.iterdir() if entry.is_dir()):
        try:
            modules.append(load_folder(path))
        except ContentError as error:
            problems.extend(error.problems)
    for what in ("number", "slug"):
        counts = Counter(getattr(module, what) for module in modules)
        twice = [value for value, count in counts.items() if count > 1]
        problems.extend(ContentProblem(".", what, f"{value} is used by more than one module") for value in twice)
    if problems:
        raise ContentError(problems)
    return sorted(modules, key=lambda module: module.number)


def content_hash(module: ModuleContent) -> str:
    """SHA-256 (hex) of the module's canonical JSON: keys sorted, no spaces, UTF-8."""
    data = module.model_dump(mode="json")
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _gather_lessons(folder: _Folder, data: dict[str, Any]) -> None:
    lessons = data.get("lessons", [])
    if not isinstance(lessons, list):
        return
    for index, lesson in enumerate(lessons):
        if isinstance(lesson, dict):
            _gather_lesson(folder, data, index, lesson)


def _gather_lesson(folder: _Folder, data: dict[str, Any], index: int, lesson: dict[str, Any]) -> None:
    file = lesson.pop("file", None)
    if not isinstance(file, str):
        folder.problem(MODULE_FILE, f"lessons.{index}.file", "names no file")
        return
    if (words := IN_EACH_LANGUAGE.get(str(lesson.get("kind")))) is not None:
        languages = [code for code in data.get("languages", []) if isinstance(code, str)]
        texts = {code: folder.text(f"{code}/{file}") for code in languages}
        lesson[words] = {code: text for code, text in texts.items() if text is not None}
        folder.origins |= {("lessons", index, words, code): f"{code}/{file}" for code in languages}
        if isinstance(check := lesson.get("check"), str):
            lesson["check"] = folder.toml(check)
            folder.origins[("lessons", index, "check")] = check
        return
    parts = folder.toml(file)
    for name, value in parts.items():
        if name in lesson:
            folder.problem(file, name, f"is also set in {MODULE_FILE}")
        lesson[name] = value
        folder.origins[("lessons", index, name)] = file


def _find_strays(folder: _Folder) -> None:
    for path in sorted(folder.path.rglob("*")):
        name = path.relative_to(folder.path).as_posix()
        if path.is_file() and name not in folder.used:
            folder.problem(name, "", "no lesson names this file")


def _validate(folder: _Folder, data: dict[str, Any]) -> ModuleContent | None:
    try:
        return ModuleContent.read(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            file, where = _place(folder, detail["loc"])
            folder.problem(file, where, detail["msg"].removeprefix("Value error, "))
        return None


def _place(folder: _Folder, loc: Loc) -> tuple[str, str]:
    # pydantic puts the lesson's kind between its index and its field; a writer of content has no such level.
    if loc[:1] == ("lessons",) and len(loc) > 2:
        loc = (*loc[:2], *loc[3:])
    for length in range(len(loc), 0, -1):
        file = folder.origins.get(loc[:length])
        if file is not None:
            rest = loc[length:] if file.endswith(".md") else loc[2:]
            return file, ".".join(str(part) for part in rest)
    return MODULE_FILE, ".".join(str(part) for part in loc)
