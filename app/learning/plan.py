"""From a pinned module and the court's wishes for it to the plan that the rules work on."""

from __future__ import annotations

from app.curriculum.lessons import ReadingLesson, has_place_for_video
from app.curriculum.schema import ModuleContent
from app.learning.rules import LessonKind, LessonPlan, ModulePlan
from app.learning.seat_time import SeatRule, needed_seconds, required_seconds, seat_rules


def module_plan(
    module: ModuleContent,
    language: str,
    *,
    required: bool = True,
    minimum_minutes: int = 0,
    reflection_must_be_accepted: bool = False,
) -> ModulePlan:
    """The plan of one module for a learner in `language`. Raises ValueError if a required one has nothing to complete:
    an outline shows a sample lesson, and nobody takes it.

    `minimum_minutes` is the court's minimum for the whole module. A reading, and a video by its transcript, can be
    finished after the time that the seat-time rule gives it, and a reading with questions once they are answered;
    other kinds of lesson have no minimum of their own.
    """
    lessons = tuple(
        LessonPlan(
            lesson.slug,
            LessonKind(lesson.kind),
            needed_seconds(lesson, language),
            asks=isinstance(lesson, ReadingLesson) and lesson.check is not None,
        )
        for lesson in (module.lessons if module.status == "whole" else ())
    )
    return ModulePlan(module.slug, lessons, required, minimum_minutes * 60, reflection_must_be_accepted)


def module_seat_rules(
    module: ModuleContent, language: str, *, minimum_minutes: int = 0, widen: int = 1
) -> dict[str, SeatRule]:
    """The seat-time limits of each lesson of the module (lesson slug to rule), for `count_seat_time`."""
    required = {lesson.slug: required_seconds(lesson, language) for lesson in module.lessons}
    return seat_rules(required, minimum_minutes * 60, widen, _with_videos(module))


def widest_seat_rules(module: ModuleContent, *, minimum_minutes: int = 0, widen: int = 1) -> dict[str, SeatRule]:
    """As `module_seat_rules`, by the language in which a lesson takes longest: nobody's time changes with the language
    in which they, or whoever looks at the ledger, read."""
    required = {
        lesson.slug: max(required_seconds(lesson, language) for language in module.languages)
        for lesson in module.lessons
    }
    return seat_rules(required, minimum_minutes * 60, widen, _with_videos(module))


def _with_videos(module: ModuleContent) -> frozenset[str]:
    """The lessons in which a video may be shown, now or later: its run time counts, too."""
    return frozenset(lesson.slug for lesson in module.lessons if has_place_for_video(lesson))
