"""What every part of a module is made of: words in each language, safe Markdown, named sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Self, TypedDict

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from app.core.errors import PortalError
from app.core.i18n import LANGUAGES
from app.curriculum.render import markdown_problems


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


def all_different(names: Iterable[str], what: str) -> None:
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
