"""The validated form of a module. One `ModuleContent` holds every language, so one pinned version serves every learner.

It round-trips through JSON: a database row holds `module.model_dump(mode="json")`; `ModuleContent.read` reads it back.
Further lesson kinds (video, scenario, commitment) join the `Lesson` union and change nothing else here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self, TypedDict

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.core.errors import PortalError
from app.core.i18n import LANGUAGES
from app.curriculum.render import markdown_problems

SMALLEST_POOL = 10


class MissingTranslation(PortalError):
    """A text was asked for in a language that its module does not have."""


class Context(TypedDict):
    """What a part of a module must know about the whole while it is read."""

    languages: frozenset[str]
    sources: frozenset[str]


def _known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"unknown language {code!r}; known are {', '.join(LANGUAGES)}")
    return code


def _publishable(text: str) -> str:
    problems = markdown_problems(text)
    if problems:
        raise ValueError("; ".join(problems))
    return text


def _known_source(source: str, info: ValidationInfo) -> str:
    if info.context is not None and source not in info.context["sources"]:
        raise ValueError(f"names the source {source!r}, which the module does not list")
    return source


def _all_different(names: Iterable[str], what: str) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ValueError(f"{what} used more than once: {', '.join(twice)}")


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Language = Annotated[str, AfterValidator(_known_language)]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Markdown = Annotated[Words, AfterValidator(_publishable)]
SourceId = Annotated[Slug, AfterValidator(_known_source)]
HttpsAddress = Annotated[str, StringConstraints(pattern=r"^https://[^\s/@]+(/\S*)?$")]


class Part(BaseModel):
    """Base of every part of a module: frozen, and unknown fields are errors (a misspelled field must not vanish)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _ByLanguage(RootModel[dict[Language, Words]]):
    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _complete(self, info: ValidationInfo) -> Self:
        missing = sorted(info.context["languages"] - self.root.keys()) if info.context is not None else []
        if missing:
            raise ValueError(f"is missing in: {', '.join(missing)}")
        return self

    def words(self, language: str) -> str:
        """The text in `language`; raises MissingTranslation rather than falling back to another language."""
        if language not in self.root:
            raise MissingTranslation(f"no text in {language!r}")
        return self.root[language]


class Text(_ByLanguage):
    """Plain words, one entry per language."""


class MarkdownText(_ByLanguage):
    """Markdown, one entry per language, checked to be safe to publish."""

    root: dict[Language, Markdown]


class Source(Part):
    """A public source, as a reader can find it."""

    id: Slug
    title: Words
    publisher: Words
    year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    url: HttpsAddress


class Fact(Part):
    text: Text
    source: SourceId


class Bar(Part):
    label: Text
    value: Annotated[float, Field(ge=0)]


class Chart(Part):
    """A simple chart of one row of figures; `unit` is said in words (for example: million people)."""

    title: Text
    unit: Text
    bars: Annotated[tuple[Bar, ...], Field(min_length=2)]
    source: SourceId


class SurvivorSlot(Part):
    """The place for a survivor's recorded words. Until there is a recording: the placeholder and sourced facts."""

    placeholder: Text
    facts: Annotated[tuple[Fact, ...], Field(min_length=1)]


class Option(Part):
    id: Slug
    text: Text
    explanation: Text
    right: bool = False


class Question(Part):
    """One question with exactly one right option; every option explains itself."""

    id: Slug
    prompt: Text
    options: Annotated[tuple[Option, ...], Field(min_length=2)]

    @field_validator("options")
    @classmethod
    def _one_right(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        _all_different((option.id for option in options), "option ids")
        if sum(option.right for option in options) != 1:
            raise ValueError("needs exactly one right option")
        return options

    @property
    def right_option(self) -> Option:
        return next(option for option in self.options if option.right)


def _different_questions(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    _all_different((question.id for question in questions), "question ids")
    return questions


Questions = Annotated[tuple[Question, ...], AfterValidator(_different_questions)]


class LessonBase(Part):
    slug: Slug
    title: Text


class ReadingLesson(LessonBase):
    kind: Literal["reading"]
    body: MarkdownText
    charts: tuple[Chart, ...] = ()
    survivor_slot: SurvivorSlot | None = None
    sources: tuple[SourceId, ...] = ()


class CheckLesson(LessonBase):
    """Questions to think with: each answer is explained at once, nothing is graded."""

    kind: Literal["check"]
    intro: Text
    questions: Annotated[Questions, Field(min_length=1)]


class QuizLesson(LessonBase):
    """A graded quiz: each attempt draws `draw` questions from the pool."""

    kind: Literal["quiz"]
    intro: Text
    draw: Annotated[int, Field(ge=1)] = 6
    pool: Annotated[Questions, Field(min_length=SMALLEST_POOL)]

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.draw > len(self.pool):
            raise ValueError(f"draws {self.draw} questions from a pool of {len(self.pool)}")
        return self


class Criterion(Part):
    id: Slug
    text: Text


class ReflectionLesson(LessonBase):
    """A written answer that a person reads against the rubric. `read_by` is who may read it, said above the box."""

    kind: Literal["reflection"]
    prompt: Text
    rubric: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    minimum_words: Annotated[int, Field(ge=1, le=1000)]
    read_by: Annotated[tuple[Literal["facilitator", "officer", "counsel"], ...], Field(min_length=1)]


Lesson = Annotated[ReadingLesson | CheckLesson | QuizLesson | ReflectionLesson, Field(discriminator="kind")]


class PlannedLesson(LessonBase):
    """A lesson that is announced in an outline and not written yet."""


class Review(Part):
    name: Words
    on: dt.date


class ReviewedBy(Part):
    """Who has signed off. Until all three have, the module is demonstration content."""

    survivor: Review | None = None
    legal: Review | None = None
    translator: Review | None = None


class ModuleContent(Part):
    schema_version: Literal[1] = 1
    number: Annotated[int, Field(ge=1, le=99)]
    slug: Slug
    status: Literal["whole", "outline"]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    title: Text
    summary: Text
    objectives: Annotated[tuple[Text, ...], Field(min_length=1)]
    reviewed_by: ReviewedBy = ReviewedBy()
    sources: tuple[Source, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    planned: tuple[PlannedLesson, ...] = ()
    key_facts: tuple[Fact, ...] = ()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Build from plain data (TOML or JSON), every text checked against the module's own languages and sources.

        Raises pydantic.ValidationError with all errors that can be seen at once.
        """
        context = Context(languages=_strings(data.get("languages")), sources=_ids(data.get("sources")))
        return cls.model_validate(data, context=context)

    @field_validator("sources")
    @classmethod
    def _different_sources(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        _all_different((source.id for source in sources), "source ids")
        return sources

    @field_validator("lessons")
    @classmethod
    def _different_lessons(cls, lessons: tuple[Lesson, ...]) -> tuple[Lesson, ...]:
        _all_different((lesson.slug for lesson in lessons), "lesson slugs")
        return lessons

    @model_validator(mode="after")
    def _whole_or_outline(self) -> Self:
        if self.status == "whole" and (not self.lessons or self.planned):
            raise ValueError("a whole module has lessons, and none that are only planned")
        if self.status == "outline" and not self.planned:
            raise ValueError("an outline names its planned lessons")
        return self

    @property
    def is_demonstration(self) -> bool:
        """True until survivor, legal and translator reviewers have all signed off."""
        return None in (self.reviewed_by.survivor, self.reviewed_by.legal, self.reviewed_by.translator)

    def lesson(self, slug: str) -> Lesson:
        """The lesson of that slug; raises KeyError."""
        for lesson in self.lessons:
            if lesson.slug == slug:
                return lesson
        raise KeyError(slug)

    def source(self, source_id: str) -> Source:
        """The source of that id; raises KeyError."""
        for source in self.sources:
            if source.id == source_id:
                return source
        raise KeyError(source_id)


def _strings(value: Any) -> frozenset[str]:
    items = value if isinstance(value, list | tuple) else ()
    return frozenset(item for item in items if isinstance(item, str))


def _ids(value: Any) -> frozenset[str]:
    rows = value if isinstance(value, list | tuple) else ()
    return frozenset(row["id"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("id"), str))
