"""A version as a learner sees it, in the console: every kind of lesson, in every language. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.errors import NotFound
from app.core.i18n import LANGUAGES, in_language
from app.curriculum.lessons import Lesson, ReadingLesson, ScenarioLesson, VideoLesson
from app.curriculum.lookups import content_of
from app.curriculum.reading import reading_parts, render_sources
from app.curriculum.recordings import Recording, recording_at, spoken_in
from app.curriculum.render import render_markdown
from app.curriculum.schema import ModuleContent
from app.learning.lesson_views import READERS, kind_words
from app.learning.lookups import lesson_minutes
from app.learning.scenarios import walk
from app.learning.video_views import captions_of, file_of
from app.operator.curriculum import lookups
from app.operator.curriculum.recordings import the_recording
from app.operator.pages import pages

LONGEST_WAY = 500  # characters of choices in an address


@pages.get("/modules/<slug>/<uuid:version_id>/preview")
def preview(slug: str, version_id: UUID) -> ResponseReturnValue:
    """The module's page: what it is about, and its lessons."""
    version, content, language = _asked(slug, version_id)
    return _in(
        language,
        "preview_module",
        version=version,
        content=content,
        kind_words=kind_words,
        minutes=lesson_minutes(version.id, language),
    )


@pages.get("/modules/<slug>/<uuid:version_id>/preview/<lesson>")
def preview_lesson(slug: str, version_id: UUID, lesson: str) -> ResponseReturnValue:
    """One lesson. In a story the address holds the choices that were made."""
    version, content, language = _asked(slug, version_id)
    try:
        found = content.lesson(lesson)
    except KeyError:
        raise NotFound from None
    slugs = [one.slug for one in content.lessons]
    at = slugs.index(lesson)
    with in_language(language):
        parts = _parts(content, found, language)
    return _in(
        language,
        "preview_lesson",
        version=version,
        content=content,
        lesson=found,
        kind=kind_words(found),
        number=at + 1,
        before=slugs[at - 1] if at else "",
        after=slugs[at + 1] if at + 1 < len(slugs) else "",
        readers=[READERS[reader] for reader in getattr(found, "read_by", ())],
        **parts,
    )


@pages.get("/recordings/<uuid:recording_id>/video")
def preview_video(recording_id: UUID) -> ResponseReturnValue:
    """The file of a recording that may be shown now, as learners get it. Raises NotFound."""
    return file_of(_shown(recording_id))


@pages.get("/recordings/<uuid:recording_id>/captions/<language>")
def preview_captions(recording_id: UUID, language: str) -> ResponseReturnValue:
    """Its captions in one language. Raises NotFound."""
    return captions_of(_shown(recording_id), language)


def _shown(recording_id: UUID) -> Recording:
    row = the_recording(recording_id)
    found = recording_at(row.module, row.lesson)
    # A withdrawn one is shown to nobody, and an operator is no exception.
    if found is None or found.id != row.id:
        raise NotFound
    return found


def _asked(slug: str, version_id: UUID) -> tuple[lookups.Version, ModuleContent, str]:
    version = lookups.the_version(slug, version_id)
    content = content_of(version.id)
    language = request.args.get("language", "")
    return version, content, language if language in content.languages else content.languages[0]


def _parts(module: ModuleContent, lesson: Lesson, language: str) -> Mapping[str, Any]:
    """What a kind of lesson shows besides its own words."""
    recording = recording_at(module.slug, lesson.slug)
    if isinstance(lesson, ReadingLesson):
        text = Markup("\n").join(reading_parts(module, lesson, language, with_slot=recording is None))
        return {"text": text, "recording": recording, "spoken": spoken_in(recording, language) if recording else ""}
    if isinstance(lesson, VideoLesson):
        words = spoken_in(recording, language) if recording else render_markdown(lesson.transcript.words(language))
        return {"text": words + render_sources(module, lesson.sources), "recording": recording}
    if isinstance(lesson, ScenarioLesson):
        typed = request.args.get("way", "")[:LONGEST_WAY]
        chosen = dict(pair.split(".", 1) for pair in typed.split(",") if "." in pair)
        return {"way": walk(lesson, chosen), "typed": typed}
    return {}


def _in(language: str, name: str, *, version: lookups.Version, **context: Any) -> ResponseReturnValue:
    """The page in a learner's language, as the learner's own would be."""
    with in_language(language):
        return render_template(
            f"operator/curriculum/{name}.html",
            version=version,
            language=language,
            locale=language,
            language_names=LANGUAGES,
            home=url_for("operator.module", slug=version.slug),
            **context,
        )
