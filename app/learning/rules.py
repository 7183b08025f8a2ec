"""What a person may open next. Pure: from a plan of modules and the progress in them to states, reasons, the next step.

Lessons of a module are taken in order, and required modules one after the other. A reflection lets its writer go on
once it is handed in; whether the module also waits for a person to accept it is the court's rule. Nothing that was
open locks again because a reflection came back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l


class LessonKind(StrEnum):
    READING = "reading"
    VIDEO = "video"
    CHECK = "check"
    QUIZ = "quiz"
    REFLECTION = "reflection"
    SCENARIO = "scenario"
    COMMITMENT = "commitment"


class ModuleState(StrEnum):
    LOCKED = "locked"
    AVAILABLE = "available"
    IN_PROGRESS = "in_progress"
    PASSED = "passed"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    EXEMPTED = "exempted"


class ReviewState(StrEnum):
    """Where a reflection is with its reader; RETURNED means "one thing to add"."""

    NONE = "none"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class Blocked(StrEnum):
    """Why something is not open; `BLOCKED_WORDS` says it to the learner."""

    NOT_FOUND = "not_found"
    NOT_WRITTEN = "not_written"
    COURSEWORK_CLOSED = "coursework_closed"
    EARLIER_MODULE = "earlier_module"
    EARLIER_LESSON = "earlier_lesson"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    EXEMPTED = "exempted"
    NOT_OPENED = "not_opened"
    MORE_TIME = "more_time"
    QUESTIONS_LEFT = "questions_left"


class Step(StrEnum):
    """Why a lesson is the next one."""

    START = "start"
    CONTINUE = "continue"
    ADD = "add"
    READ_AGAIN = "read_again"


class Waiting(StrEnum):
    """Why there is no next lesson."""

    COURSEWORK_CLOSED = "coursework_closed"
    REVIEW = "review"
    FACILITATOR = "facilitator"
    NOTHING_LEFT = "nothing_left"


BLOCKED_WORDS: Mapping[Blocked, LazyString] = {
    Blocked.NOT_FOUND: _l("This lesson is not part of your program."),
    Blocked.NOT_WRITTEN: _l("This module is not ready yet. You do not need to do anything."),
    Blocked.COURSEWORK_CLOSED: _l("Lessons are not open right now. Your next step page says what opens them."),
    Blocked.EARLIER_MODULE: _l("This module opens when you finish the one before it."),
    Blocked.EARLIER_LESSON: _l("This lesson opens when you finish the one before it."),
    Blocked.ATTEMPTS_EXHAUSTED: _l("You have used all tries for this quiz. A facilitator will help you go on."),
    Blocked.EXEMPTED: _l("You do not need to take this module."),
    Blocked.NOT_OPENED: _l("Open the lesson first."),
    Blocked.MORE_TIME: _l("This lesson needs a little more reading time before you can finish it."),
    Blocked.QUESTIONS_LEFT: _l("Answer the questions at the end first. Then you can finish this lesson."),
}

MODULE_STATE_WORDS: Mapping[ModuleState, LazyString] = {
    ModuleState.LOCKED: _l("Not open yet"),
    ModuleState.AVAILABLE: _l("Ready to start"),
    ModuleState.IN_PROGRESS: _l("In progress"),
    ModuleState.PASSED: _l("Passed"),
    ModuleState.ATTEMPTS_EXHAUSTED: _l("Waiting for a facilitator"),
    ModuleState.EXEMPTED: _l("Not needed"),
}

WAITING_WORDS: Mapping[Waiting, LazyString] = {
    Waiting.COURSEWORK_CLOSED: BLOCKED_WORDS[Blocked.COURSEWORK_CLOSED],
    Waiting.REVIEW: _l("A facilitator is reading what you wrote. You do not need to do anything now."),
    Waiting.FACILITATOR: BLOCKED_WORDS[Blocked.ATTEMPTS_EXHAUSTED],
    Waiting.NOTHING_LEFT: _l("You have finished all required lessons."),
}


@dataclass(frozen=True)
class LessonPlan:
    """`minimum_seconds` of counted time are needed before a reading, or a video by its transcript, can be finished.

    `asks`: a reading with questions at its end, which are answered before it is finished.
    """

    slug: str
    kind: LessonKind
    minimum_seconds: int = 0
    asks: bool = False


@dataclass(frozen=True)
class ModulePlan:
    """A module as the court's rules ask for it. `minimum_seconds`: counted time in all its lessons together."""

    slug: str
    lessons: tuple[LessonPlan, ...]
    required: bool = True
    minimum_seconds: int = 0
    reflection_must_be_accepted: bool = False

    def __post_init__(self) -> None:
        if self.required and not self.lessons:
            raise ValueError(f"module {self.slug} has no lessons, so no court can require it")


@dataclass(frozen=True)
class LessonProgress:
    """`watched`: a video was watched to its end. `done`: finished a reading or a video, answered every check question,
    came to an end of a scenario, passed the quiz, handed in the reflection, or made the plan."""

    opened: bool = False
    seconds: int = 0
    done: bool = False
    review: ReviewState = ReviewState.NONE
    attempts_exhausted: bool = False
    watched: bool = False
    answered: bool = False  # the questions at the end of a reading


@dataclass(frozen=True)
class ModuleProgress:
    lessons: Mapping[str, LessonProgress] = field(default_factory=dict)
    exempted: bool = False

    def of(self, lesson: LessonPlan) -> LessonProgress:
        return self.lessons.get(lesson.slug, LessonProgress())


Progress = Mapping[str, ModuleProgress]


@dataclass(frozen=True)
class ModuleStatus:
    """`reason` is set exactly when the module is locked."""

    state: ModuleState
    lessons_done: int
    lessons_total: int
    reason: Blocked | None = None


@dataclass(frozen=True)
class Access:
    reason: Blocked | None = None

    @property
    def allowed(self) -> bool:
        return self.reason is None


@dataclass(frozen=True)
class NextLesson:
    module: str
    lesson: str
    step: Step


def module_states(modules: Sequence[ModulePlan], progress: Progress, coursework_open: bool) -> dict[str, ModuleStatus]:
    """The state of each module, in the court's order. What was passed stays passed when coursework closes again."""
    states: dict[str, ModuleStatus] = {}
    reached = True
    for plan in modules:
        mine = progress.get(plan.slug, ModuleProgress())
        state, reason = _state(plan, mine, coursework_open, reached)
        done = sum(mine.of(lesson).done for lesson in plan.lessons)
        states[plan.slug] = ModuleStatus(state, done, len(plan.lessons), reason)
        reached = reached and (not plan.required or _cleared(plan, mine))
    return states


def may_open(
    modules: Sequence[ModulePlan], progress: Progress, coursework_open: bool, module: str, lesson: str
) -> Access:
    """Whether this lesson's page may be opened now. A passed module may be read again."""
    plan = next((one for one in modules if one.slug == module), None)
    wanted = next((one for one in plan.lessons if one.slug == lesson), None) if plan is not None else None
    if plan is None or wanted is None:
        return Access(Blocked.NOT_FOUND)
    if not coursework_open:
        return Access(Blocked.COURSEWORK_CLOSED)
    status = module_states(modules, progress, coursework_open)[module]
    if status.state is ModuleState.EXEMPTED:
        return Access(Blocked.EXEMPTED)
    if status.state is ModuleState.LOCKED:
        return Access(status.reason)
    mine = progress.get(module, ModuleProgress())
    if wanted.slug not in _reachable(plan, mine):
        return Access(Blocked.EARLIER_LESSON)
    if mine.of(wanted).attempts_exhausted and not mine.of(wanted).done:
        return Access(Blocked.ATTEMPTS_EXHAUSTED)
    return Access()


def may_finish(
    modules: Sequence[ModulePlan], progress: Progress, coursework_open: bool, module: str, lesson: str
) -> Access:
    """Whether this lesson may be finished or handed in now: it is open to the person, was opened, and took its time."""
    access = may_open(modules, progress, coursework_open, module, lesson)
    if not access.allowed:
        return access
    plan = next(one for one in modules if one.slug == module)
    wanted = next(one for one in plan.lessons if one.slug == lesson)
    mine = progress.get(module, ModuleProgress()).of(wanted)
    if not mine.opened:
        return Access(Blocked.NOT_OPENED)
    timed = wanted.kind in (LessonKind.READING, LessonKind.VIDEO) and not mine.watched
    if timed and mine.seconds < wanted.minimum_seconds:
        return Access(Blocked.MORE_TIME)
    if wanted.asks and not mine.answered:
        return Access(Blocked.QUESTIONS_LEFT)
    return Access()


def next_lesson(modules: Sequence[ModulePlan], progress: Progress, coursework_open: bool) -> NextLesson | Waiting:
    """The one next thing to do in the required modules, or why there is none. A returned reflection comes first."""
    if coursework_done(modules, progress):
        return Waiting.NOTHING_LEFT
    if not coursework_open:
        return Waiting.COURSEWORK_CLOSED
    required = [(plan, progress.get(plan.slug, ModuleProgress())) for plan in modules if plan.required]
    unfinished = [(plan, mine) for plan, mine in required if not mine.exempted and not _passed(plan, mine)]
    for plan, mine in unfinished:
        returned = _returned(plan, mine)
        if returned is not None:
            return NextLesson(plan.slug, returned.slug, Step.ADD)
    open_work = [(plan, mine) for plan, mine in unfinished if not _cleared(plan, mine)]
    # All that is left is with a reader.
    return _next_in(*open_work[0]) if open_work else Waiting.REVIEW


def coursework_done(modules: Sequence[ModulePlan], progress: Progress) -> bool:
    """True when every required module is passed or exempted. False when nothing is required: that is a fault in the
    rules, and must complete nobody."""
    required = [plan for plan in modules if plan.required]
    return bool(required) and all(
        progress.get(plan.slug, ModuleProgress()).exempted or _passed(plan, progress.get(plan.slug, ModuleProgress()))
        for plan in required
    )


def _state(
    plan: ModulePlan, mine: ModuleProgress, coursework_open: bool, reached: bool
) -> tuple[ModuleState, Blocked | None]:
    if mine.exempted:
        return ModuleState.EXEMPTED, None
    if not plan.lessons:
        return ModuleState.LOCKED, Blocked.NOT_WRITTEN
    if _passed(plan, mine):
        return ModuleState.PASSED, None
    if not coursework_open:
        return ModuleState.LOCKED, Blocked.COURSEWORK_CLOSED
    if not reached:
        return ModuleState.LOCKED, Blocked.EARLIER_MODULE
    found = [mine.of(lesson) for lesson in plan.lessons]
    if any(one.attempts_exhausted and not one.done for one in found):
        return ModuleState.ATTEMPTS_EXHAUSTED, None
    started = any(one.opened or one.done for one in found)
    return (ModuleState.IN_PROGRESS if started else ModuleState.AVAILABLE), None


def _cleared(plan: ModulePlan, mine: ModuleProgress) -> bool:
    """All that is in the learner's own hands is done, so the next module opens."""
    if mine.exempted:
        return True
    found = [mine.of(lesson) for lesson in plan.lessons]
    return all(one.done for one in found) and sum(one.seconds for one in found) >= plan.minimum_seconds


def _passed(plan: ModulePlan, mine: ModuleProgress) -> bool:
    if not plan.lessons or not _cleared(plan, mine):
        return False
    reflections = [mine.of(lesson) for lesson in plan.lessons if lesson.kind is LessonKind.REFLECTION]
    accepted = all(one.review is ReviewState.ACCEPTED for one in reflections)
    return accepted or not plan.reflection_must_be_accepted


def _reachable(plan: ModulePlan, mine: ModuleProgress) -> set[str]:
    """The lessons that are done up to the first one that is not, and that one."""
    slugs: set[str] = set()
    for lesson in plan.lessons:
        slugs.add(lesson.slug)
        if not mine.of(lesson).done:
            break
    return slugs


def _returned(plan: ModulePlan, mine: ModuleProgress) -> LessonPlan | None:
    if not plan.reflection_must_be_accepted:
        return None
    return next((one for one in plan.lessons if mine.of(one).review is ReviewState.RETURNED), None)


def _next_in(plan: ModulePlan, mine: ModuleProgress) -> NextLesson | Waiting:
    lesson = next((one for one in plan.lessons if not mine.of(one).done), None)
    if lesson is None:
        readings = [one for one in plan.lessons if one.kind is LessonKind.READING] or plan.lessons
        shortest = min(readings, key=lambda one: mine.of(one).seconds)
        return NextLesson(plan.slug, shortest.slug, Step.READ_AGAIN)
    if mine.of(lesson).attempts_exhausted:
        return Waiting.FACILITATOR
    return NextLesson(plan.slug, lesson.slug, Step.CONTINUE if mine.of(lesson).opened else Step.START)
