"""A video lesson's page, and the files of a recording: served to a learner whose lesson is open, in ranges."""

from __future__ import annotations

from flask import Response, flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wsgi import FileWrapper

from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.core.storage import CURRICULUM, Missing
from app.curriculum.lessons import Lesson, ReadingLesson, VideoLesson
from app.curriculum.reading import render_sources
from app.curriculum.recordings import Recording, recording_at, spoken_in
from app.curriculum.render import render_markdown
from app.learning import lesson_views, videos
from app.learning.forms import ReadingForm
from app.learning.lookups import Course, LessonClosed, my_course
from app.learning.pages import pages
from app.learning.videos import Viewing
from app.permissions.permissions import Permission
from app.web.identity import current_identity

LONGEST_PLACE = 100_000_000  # milliseconds: more than a day


def show(course: Course, slug: str, lesson: Lesson) -> ResponseReturnValue:
    """The page of an open video lesson, or what its form asks for."""
    if not isinstance(lesson, VideoLesson):
        raise NotFound
    form = ReadingForm()
    if form.validate_on_submit():
        return _turn(slug, lesson.slug, form.turn.data)
    recording = recording_at(slug, lesson.slug)
    viewing = videos.viewing(course, slug, lesson.slug, recording)
    started = course.facts(slug, lesson.slug).opened
    form.turn.data = "finish" if started else "start"
    language = course.language_of(slug)
    return lesson_views.lesson_page(
        "video" if started else "video_start",
        course,
        slug,
        lesson,
        form=form,
        recording=recording,
        viewing=viewing,
        words=progress_words(viewing),
        transcript=transcript_of(lesson, recording, language),
        sources=render_sources(course.content(slug), lesson.sources),
        place_url=lesson_views.lesson_url(slug, lesson.slug) + "/watched",
    )


def transcript_of(lesson: VideoLesson, recording: Recording | None, language: str) -> Markup:
    """What is said in the video: of the one that is shown, else as the lesson has it."""
    return (
        spoken_in(recording, language) if recording is not None else render_markdown(lesson.transcript.words(language))
    )


def progress_words(viewing: Viewing) -> str:
    """How far somebody is, in words for the learner."""
    if viewing.through:
        return str(_("You have watched it to the end. You can finish when you are ready."))
    if viewing.reading.enough:
        return str(_("You have read long enough. You can finish when you are ready."))
    if viewing.furthest:
        return str(
            _(
                "You have watched %(seen)s of %(all)s. Watch it to the end, or read it instead.",
                seen=clock_words(viewing.furthest),
                all=clock_words(viewing.length),
            )
        )
    return lesson_views.time_words(viewing.reading)


def clock_words(seconds: int) -> str:
    """`4:07`."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def _turn(slug: str, lesson: str, turn: str | None) -> ResponseReturnValue:
    actor = current_identity()
    if turn == "start":
        videos.begin(slug, lesson, actor=actor)
        return redirect(lesson_views.lesson_url(slug, lesson))
    viewing = videos.finish(slug, lesson, actor=actor)
    if viewing.reading.done:
        flash(_("Lesson finished. Here is the next step."), "success")
        return lesson_views.go_on(slug)
    flash(progress_words(viewing), "info")
    return redirect(lesson_views.lesson_url(slug, lesson))


@pages.route("/lessons/<slug>/<lesson>/watched", methods=["POST"], permission=Permission.OWN_PROGRAM)
def watched(slug: str, lesson: str) -> ResponseReturnValue:
    """The page says where in the video it is, in milliseconds."""
    typed = request.form.get("position", "")
    place = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 12 else 0
    try:
        viewing = videos.note_place(slug, lesson, min(place, LONGEST_PLACE), actor=current_identity())
    except LessonClosed:
        return jsonify({}), 409
    return jsonify({"furthest": viewing.furthest, "through": viewing.through, "text": progress_words(viewing)})


@pages.get("/lessons/<slug>/<lesson>/video", permission=Permission.OWN_PROGRAM)
def video_file(slug: str, lesson: str) -> ResponseReturnValue:
    """The file, whole or the range that the browser asks for. Raises NotFound."""
    return file_of(_shown(slug, lesson))


def file_of(recording: Recording) -> ResponseReturnValue:
    """A recording's file, whole or the range that the browser asks for. Raises NotFound."""
    try:
        file = runtime().storage.open(CURRICULUM, recording.sha256)
    except Missing:
        raise NotFound from None
    response = Response(FileWrapper(file), mimetype=recording.content_type, direct_passthrough=True)
    response.content_length = recording.size
    response.set_etag(recording.sha256)
    response.call_on_close(file.close)
    return response.make_conditional(request, accept_ranges=True, complete_length=recording.size)


@pages.get("/lessons/<slug>/<lesson>/captions/<language>", permission=Permission.OWN_PROGRAM)
def captions(slug: str, lesson: str, language: str) -> ResponseReturnValue:
    """Captions in one language. Raises NotFound."""
    return captions_of(_shown(slug, lesson), language)


def captions_of(recording: Recording, language: str) -> Response:
    """A recording's captions in one language. Raises NotFound."""
    text = recording.captions.get(language)
    if text is None:
        raise NotFound
    return Response(text, mimetype="text/vtt")


def _shown(slug: str, lesson: str) -> Recording:
    """The recording in a lesson that is open to the learner. Raises NotFound."""
    course = my_course(current_identity())
    content = course.lesson(slug, lesson)
    if not course.access(slug, lesson).allowed or not isinstance(content, VideoLesson | ReadingLesson):
        raise NotFound
    recording = recording_at(slug, lesson)
    if recording is None:
        raise NotFound
    return recording
