"""The validated form of a module. One `ModuleContent` holds every language, so one pinned version serves every learner.

It round-trips through JSON: a database row holds `module.model_dump(mode="json")`; `ModuleContent.read` reads it back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from app.curriculum.lessons import Lesson, LessonBase
from app.curriculum.parts import Context, Fact, Language, Part, Slug, Source, Text, Words, all_different

# Whose word is needed before a version is more than demonstration content.
SIGNED_OFF_BY = ("survivor", "legal", "translator")


class PlannedLesson(LessonBase):
    """A lesson that is announced in an outline and not written yet."""


class Review(Part):
    name: Words
    on: dt.date


class ReviewedBy(Part):
    """Empty in every file: approvers sign off in the operator console, version by version (models.CurriculumSignOff).

    It stays so that versions published before can be read.
    """

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
        all_different((source.id for source in sources), "source ids")
        return sources

    @field_validator("lessons")
    @classmethod
    def _different_lessons(cls, lessons: tuple[Lesson, ...]) -> tuple[Lesson, ...]:
        all_different((lesson.slug for lesson in lessons), "lesson slugs")
        return lessons

    @model_validator(mode="after")
    def _whole_or_outline(self) -> Self:
        if self.status == "whole" and (not self.lessons or self.planned):
            raise ValueError("a whole module has lessons, and none that are only planned")
        if self.status == "outline" and not self.planned:
            raise ValueError("an outline names its planned lessons")
        return self

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
