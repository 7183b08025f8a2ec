"""Walking through a scenario. What somebody chose is kept only to find the place again; no court page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core import clock
from app.core.errors import NotFound, StaleForm
from app.curriculum.lessons import Choice, ScenarioLesson, Scene
from app.learning.lookups import Course, my_course
from app.learning.models import QuizAttempt
from app.learning.seat_time import EventKind
from app.learning.services import complete_lesson, open_lesson
from app.learning.sitting import note_sign
from app.permissions.identity import Identity
from tenants.database import transaction


@dataclass(frozen=True)
class Walk:
    """The choices made so far, each with its scene, and the scene where they lead."""

    taken: tuple[tuple[Scene, Choice], ...]
    here: Scene


def walk(lesson: ScenarioLesson, chosen: Mapping[str, str]) -> Walk:
    """Follow choices (scene id to choice id) from the start. Choices that the scenes do not have end the way there."""
    taken: list[tuple[Scene, Choice]] = []
    here = lesson.scene(lesson.start)
    while True:
        choice = next((one for one in here.choices if one.id == chosen.get(here.id)), None)
        if choice is None:
            return Walk(tuple(taken), here)
        taken.append((here, choice))
        here = lesson.scene(choice.to)


def my_walk(course: Course, slug: str, lesson: str) -> Walk:
    """Where the learner stands in a scenario. Raises NotFound for another kind of lesson."""
    row = _latest(course, slug, lesson)
    return walk(_scenario(course, slug, lesson), row.answers if row is not None else {})


def choose(slug: str, lesson: str, scene: str, choice: str, *, actor: Identity) -> None:
    """Go on from `scene` by `choice`; coming to an end finishes the lesson.

    A second click on the same choice changes nothing. Raises StaleForm when the way went on differently meanwhile or
    has no such choice, NotFound, LessonClosed.
    """
    with transaction() as session:
        course = my_course(actor, lock=True)
        content = _scenario(course, slug, lesson)
        open_lesson(course, slug, lesson)
        row = _latest(course, slug, lesson)
        way = walk(content, row.answers if row is not None else {})
        if (scene, choice) in ((before.id, taken.id) for before, taken in way.taken):
            return
        if scene != way.here.id or choice not in (one.id for one in way.here.choices):
            raise StaleForm
        if row is None:
            row = _begin(course, slug, lesson, number=1)
            session.add(row)
        row.answers = {**row.answers, scene: choice}
        ended = walk(content, row.answers).here.is_ending
        note_sign(course, slug, lesson, EventKind.SUBMITTED if ended else EventKind.CONTINUED, actor=actor)
        if ended:
            row.submitted_at = clock.now()
            session.flush()
            complete_lesson(course.enrollment.id, slug, lesson, actor=actor)
        session.flush()


def begin_again(slug: str, lesson: str, *, actor: Identity) -> None:
    """Start the scenario anew after an end; before one, go on. Raises NotFound, LessonClosed."""
    with transaction() as session:
        course = my_course(actor, lock=True)
        _scenario(course, slug, lesson)
        open_lesson(course, slug, lesson)
        row = _latest(course, slug, lesson)
        if row is not None and row.submitted_at is not None:
            session.add(_begin(course, slug, lesson, number=row.number + 1))
            note_sign(course, slug, lesson, EventKind.OPENED, actor=actor)
            session.flush()


def _begin(course: Course, slug: str, lesson: str, *, number: int) -> QuizAttempt:
    return QuizAttempt(
        enrollment_id=course.enrollment.id,
        slug=slug,
        lesson=lesson,
        number=number,
        seed="",
        answers={},
        started_at=clock.now(),
    )


def _latest(course: Course, slug: str, lesson: str) -> QuizAttempt | None:
    tries = course.attempts.get((slug, lesson), ())
    return tries[-1] if tries else None


def _scenario(course: Course, slug: str, lesson: str) -> ScenarioLesson:
    content = course.lesson(slug, lesson)
    if not isinstance(content, ScenarioLesson):
        raise NotFound
    return content
