"""A folder with a video as it is delivered: `video.toml`, the file, captions and a transcript in each language.

Every problem of a folder is reported at once. Nothing is believed that the content does not bear out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from app.core.storage import PIECE
from app.curriculum.lessons import LONGEST_VIDEO, ReadingLesson, has_place_for_video
from app.curriculum.loader import ContentError, ContentProblem
from app.curriculum.media import BadCaptions, NotAVideo, container_of, cues_of
from app.curriculum.parts import Context, Language, Part, Slug, Text, Words
from app.curriculum.render import markdown_problems, plain_text
from app.curriculum.schema import ModuleContent

DELIVERY_FILE = "video.toml"
LARGEST = 400_000_000  # bytes: a quarter of an hour in good quality
LARGEST_TEXT = 200_000  # bytes of captions or a transcript
FEWEST_WORDS = 20  # of a transcript


class Consent(Part):
    """Who agreed to being shown, by which paper, and for how long (no `until`: as long as it is not withdrawn)."""

    signed_by: Words
    document: Words
    signed_on: dt.date
    until: dt.date | None = None


class Delivery(Part):
    module: Slug
    lesson: Slug
    title: Text
    file: Words
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    seconds: Annotated[int, Field(ge=1, le=LONGEST_VIDEO)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    captions: Mapping[Language, Words]
    transcript: Mapping[Language, Words]
    consent: Consent | None = None


@dataclass(frozen=True)
class Delivered:
    """A delivery that holds what it says. `size` in bytes; `captions` and `transcripts` are texts by language."""

    delivery: Delivery
    path: Path
    content_type: str
    size: int
    seconds: int
    captions: Mapping[str, str]
    transcripts: Mapping[str, str]


@dataclass
class _Folder:
    path: Path
    problems: list[ContentProblem] = field(default_factory=list)

    def problem(self, file: str, where: str, message: str) -> None:
        self.problems.append(ContentProblem(file, where, message))

    def found(self, file: str) -> Path | None:
        # A file stays inside its own folder, whatever its name says.
        full = (self.path / file).resolve()
        if not full.is_relative_to(self.path.resolve()) or not full.is_file():
            self.problem(file, "", "file is missing")
            return None
        return full

    def text(self, file: str) -> str | None:
        full = self.found(file)
        if full is None:
            return None
        if full.stat().st_size > LARGEST_TEXT:
            self.problem(file, "", f"is larger than {LARGEST_TEXT:,} bytes")
            return None
        try:
            return full.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.problem(file, "", "is not UTF-8 text")
            return None


def read_delivery(path: Path) -> Delivery:
    """What the folder says it holds. Raises ContentError."""
    folder = _Folder(path)
    text = folder.text(DELIVERY_FILE)
    if text is None:
        raise ContentError(folder.problems)
    try:
        data = tomllib.loads(text)
        languages = frozenset(code for code in data.get("languages", ()) if isinstance(code, str))
        return Delivery.model_validate(data, context=Context(languages=languages, sources=frozenset()))
    except tomllib.TOMLDecodeError as error:
        folder.problem(DELIVERY_FILE, "", f"is not valid TOML: {error}")
    except ValidationError as error:
        for one in error.errors(include_url=False):
            where = ".".join(str(part) for part in one["loc"])
            folder.problem(DELIVERY_FILE, where, one["msg"].removeprefix("Value error, "))
    raise ContentError(folder.problems)


def check_delivery(path: Path, delivery: Delivery, module: ModuleContent, today: dt.date) -> Delivered:
    """The delivery, borne out by its files and by the module that it is for. Raises ContentError with every problem."""
    folder = _Folder(path)
    _check_place(folder, delivery, module, today)
    captions = {code: _captions(folder, delivery, code) for code in delivery.languages}
    transcripts = {code: _transcript(folder, delivery, code) for code in delivery.languages}
    video = folder.found(delivery.file)
    content_type = ""
    if video is not None:
        content_type = _check_video(folder, video, delivery)
    if folder.problems or video is None:
        raise ContentError(folder.problems)
    return Delivered(delivery, video, content_type, video.stat().st_size, delivery.seconds, captions, transcripts)


def _check_place(folder: _Folder, delivery: Delivery, module: ModuleContent, today: dt.date) -> None:
    lesson = next((one for one in module.lessons if one.slug == delivery.lesson), None)
    survivor = isinstance(lesson, ReadingLesson) and lesson.survivor_slot is not None
    if lesson is None or not has_place_for_video(lesson):
        folder.problem(DELIVERY_FILE, "lesson", "is neither a video lesson nor a reading with a survivor's slot")
    missing = sorted(set(module.languages) - set(delivery.languages))
    if missing:
        folder.problem(DELIVERY_FILE, "languages", f"the module is also taught in: {', '.join(missing)}")
    if survivor and delivery.consent is None:
        folder.problem(DELIVERY_FILE, "consent", "is missing: a survivor's words are shown by their consent alone")
    consent = delivery.consent
    if consent is not None and consent.signed_on > today:
        folder.problem(DELIVERY_FILE, "consent.signed_on", "lies in the future")
    if consent is not None and consent.until is not None and consent.until < today:
        folder.problem(DELIVERY_FILE, "consent.until", "is over")


def _check_video(folder: _Folder, path: Path, delivery: Delivery) -> str:
    """The content type, empty when the file is not what it should be."""
    size = path.stat().st_size
    if size > LARGEST:
        folder.problem(delivery.file, "", f"is larger than {LARGEST:,} bytes")
        return ""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while piece := file.read(PIECE):
            digest.update(piece)
        if digest.hexdigest() != delivery.sha256:
            folder.problem(delivery.file, "", f"its SHA-256 is {digest.hexdigest()}, not what {DELIVERY_FILE} says")
        try:
            container = container_of(file)
        except NotAVideo as error:
            folder.problem(delivery.file, "", str(error))
            return ""
    if abs(container.seconds - delivery.seconds) > max(2, delivery.seconds // 50):
        folder.problem(DELIVERY_FILE, "seconds", f"the video runs {container.seconds} seconds")
    return container.content_type


def _captions(folder: _Folder, delivery: Delivery, language: str) -> str:
    text = _named(folder, "captions", delivery.captions, language)
    if text:
        try:
            cues = cues_of(text)
        except BadCaptions as error:
            folder.problem(delivery.captions[language], "", str(error))
        else:
            if cues[-1].start > delivery.seconds:
                folder.problem(delivery.captions[language], "", "goes on after the video has ended")
    return text


def _transcript(folder: _Folder, delivery: Delivery, language: str) -> str:
    text = _named(folder, "transcript", delivery.transcript, language)
    if text:
        for problem in markdown_problems(text):
            folder.problem(delivery.transcript[language], "", problem)
        if len(plain_text(text).split()) < FEWEST_WORDS:
            folder.problem(delivery.transcript[language], "", f"has fewer than {FEWEST_WORDS} words")
    return text


def _named(folder: _Folder, what: str, files: Mapping[str, Any], language: str) -> str:
    if language not in files:
        folder.problem(DELIVERY_FILE, what, f"is missing in: {language}")
        return ""
    return folder.text(files[language]) or ""
