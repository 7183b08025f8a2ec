"""Which lesson is open, what comes next, when it is done: no allowed path skips one, and none is a dead end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.curriculum.loader import load_all
from app.learning.plan import module_plan, module_seat_rules
from app.learning.rules import (
    BLOCKED_WORDS,
    MODULE_STATE_WORDS,
    WAITING_WORDS,
    Blocked,
    LessonKind,
    LessonPlan,
    LessonProgress,
    ModulePlan,
    ModuleProgress,
    ModuleState,
    NextLesson,
    ReviewState,
    Step,
    Waiting,
    coursework_done,
    may_finish,
    may_open,
    module_states,
    next_lesson,
)
from app.learning.seat_time import EventKind, PageEvent, count_seat_time, required_seconds

READ = LessonPlan("read", LessonKind.READING, minimum_seconds=120)
WRITE = LessonPlan("write", LessonKind.REFLECTION)
QUIZ = LessonPlan("quiz", LessonKind.QUIZ)
DONE = LessonProgress(opened=True, seconds=120, done=True)
FIRST = ModulePlan("first", (READ, WRITE, QUIZ))
SECOND = ModulePlan("second", (READ, QUIZ))
EXTRA = ModulePlan("extra", (READ,), required=False)
OUTLINE = ModulePlan("outline", (), required=False)
MODULES = [FIRST, EXTRA, OUTLINE, SECOND]


def progress(**lessons: LessonProgress) -> ModuleProgress:
    return ModuleProgress(lessons)


ALL_DONE = progress(read=DONE, write=replace(DONE, review=ReviewState.WAITING), quiz=DONE)


def states(
    done: Mapping[str, ModuleProgress], coursework_open: bool = True
) -> dict[str, tuple[ModuleState, Blocked | None]]:
    found = module_states(MODULES, done, coursework_open)
    return {slug: (status.state, status.reason) for slug, status in found.items()}


def test_at_the_start_the_first_module_and_optional_ones_before_the_second_are_open() -> None:
    assert states({}) == {
        "first": (ModuleState.AVAILABLE, None),
        "extra": (ModuleState.LOCKED, Blocked.EARLIER_MODULE),
        "outline": (ModuleState.LOCKED, Blocked.NOT_WRITTEN),
        "second": (ModuleState.LOCKED, Blocked.EARLIER_MODULE),
    }
    after = states({"first": ALL_DONE})
    assert after["first"] == (ModuleState.PASSED, None)
    assert after["extra"] == (ModuleState.AVAILABLE, None)
    assert after["second"] == (ModuleState.AVAILABLE, None)


def test_closed_coursework_locks_what_is_not_passed() -> None:
    assert states({}, coursework_open=False)["first"] == (ModuleState.LOCKED, Blocked.COURSEWORK_CLOSED)
    assert states({"first": ALL_DONE}, coursework_open=False)["first"] == (ModuleState.PASSED, None)
    assert next_lesson(MODULES, {}, coursework_open=False) is Waiting.COURSEWORK_CLOSED
    assert may_open(MODULES, {}, False, "first", "read").reason is Blocked.COURSEWORK_CLOSED


def test_opening_a_lesson_puts_the_module_in_progress() -> None:
    found = module_states(MODULES, {"first": progress(read=LessonProgress(opened=True))}, True)["first"]
    assert (found.state, found.lessons_done, found.lessons_total) == (ModuleState.IN_PROGRESS, 0, 3)


def test_a_later_lesson_stays_closed_until_the_earlier_one_is_done() -> None:
    assert may_open(MODULES, {}, True, "first", "quiz").reason is Blocked.EARLIER_LESSON
    assert may_open(MODULES, {"first": progress(read=DONE)}, True, "first", "quiz").reason is Blocked.EARLIER_LESSON
    assert may_open(MODULES, {"first": progress(read=DONE)}, True, "first", "write").allowed
    assert may_open(MODULES, {}, True, "second", "read").reason is Blocked.EARLIER_MODULE


@pytest.mark.parametrize(("module", "lesson"), [("first", "nope"), ("nope", "read"), ("outline", "read")])
def test_addresses_that_lead_nowhere(module: str, lesson: str) -> None:
    assert may_open(MODULES, {}, True, module, lesson).reason is Blocked.NOT_FOUND


def test_a_reading_needs_its_minutes() -> None:
    short = {"first": progress(read=LessonProgress(opened=True, seconds=119))}
    enough = {"first": progress(read=LessonProgress(opened=True, seconds=120))}
    assert may_finish(MODULES, {}, True, "first", "read").reason is Blocked.NOT_OPENED
    assert may_finish(MODULES, short, True, "first", "read").reason is Blocked.MORE_TIME
    assert may_finish(MODULES, enough, True, "first", "read").allowed
    assert may_finish(MODULES, enough, True, "first", "write").reason is Blocked.EARLIER_LESSON


def test_a_reflection_lets_go_on_but_the_court_may_wait_for_it_to_be_accepted() -> None:
    strict = [replace(FIRST, reflection_must_be_accepted=True), SECOND]
    waiting = {"first": ALL_DONE}
    assert module_states(strict, waiting, True)["first"].state is ModuleState.IN_PROGRESS
    assert module_states(strict, waiting, True)["second"].state is ModuleState.AVAILABLE
    everything = {"first": ALL_DONE, "second": progress(read=DONE, quiz=DONE)}
    assert not coursework_done(strict, everything)
    assert next_lesson(strict, everything, True) is Waiting.REVIEW

    def reviewed(review: ReviewState) -> dict[str, ModuleProgress]:
        lessons = {**ALL_DONE.lessons, "write": replace(DONE, review=review)}
        return {**everything, "first": ModuleProgress(lessons)}

    assert next_lesson(strict, reviewed(ReviewState.RETURNED), True) == NextLesson("first", "write", Step.ADD)
    assert may_finish(strict, reviewed(ReviewState.RETURNED), True, "first", "write").allowed
    assert coursework_done(strict, reviewed(ReviewState.ACCEPTED))
    assert next_lesson(strict, reviewed(ReviewState.ACCEPTED), True) is Waiting.NOTHING_LEFT


def test_used_up_attempts_wait_for_a_facilitator_and_open_again_after_a_reset() -> None:
    stuck = progress(read=DONE, write=DONE, quiz=LessonProgress(opened=True, attempts_exhausted=True))
    assert states({"first": stuck})["first"] == (ModuleState.ATTEMPTS_EXHAUSTED, None)
    assert states({"first": stuck})["second"] == (ModuleState.LOCKED, Blocked.EARLIER_MODULE)
    assert may_open(MODULES, {"first": stuck}, True, "first", "quiz").reason is Blocked.ATTEMPTS_EXHAUSTED
    assert may_open(MODULES, {"first": stuck}, True, "first", "read").allowed
    assert next_lesson(MODULES, {"first": stuck}, True) is Waiting.FACILITATOR
    reset = progress(read=DONE, write=DONE, quiz=LessonProgress(opened=True))
    assert next_lesson(MODULES, {"first": reset}, True) == NextLesson("first", "quiz", Step.CONTINUE)


def test_an_exempted_module_counts_and_is_not_taken() -> None:
    done = {"first": ModuleProgress(exempted=True)}
    assert states(done)["first"] == (ModuleState.EXEMPTED, None)
    assert may_open(MODULES, done, True, "first", "read").reason is Blocked.EXEMPTED
    assert next_lesson(MODULES, done, True) == NextLesson("second", "read", Step.START)
    assert coursework_done(MODULES, {**done, "second": ModuleProgress(exempted=True)})


def test_an_exempted_module_asks_for_nothing_more() -> None:
    strict = [replace(FIRST, reflection_must_be_accepted=True), SECOND]
    lessons = {**ALL_DONE.lessons, "write": replace(DONE, review=ReviewState.RETURNED)}
    assert next_lesson(strict, {"first": ModuleProgress(lessons, exempted=True)}, True) == NextLesson(
        "second", "read", Step.START
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_shipped_module_can_be_finished_at_the_pace_of_the_rule(language: str) -> None:
    """Somebody who reads at the pace that is asked for, with and without JavaScript, is never kept waiting."""
    whole = next(module for module in load_all() if module.status == "whole")
    plan = module_plan(whole, language, minimum_minutes=30)
    limits = module_seat_rules(whole, language, minimum_minutes=30)
    assert plan.minimum_seconds == 30 * 60
    assert {lesson.slug for lesson in plan.lessons} == set(limits)
    begin = dt.datetime(2026, 11, 1, 5, 0, tzinfo=dt.UTC)
    for content, lesson in zip(whole.lessons, plan.lessons, strict=True):
        seconds = required_seconds(content, language)
        end = begin + dt.timedelta(seconds=seconds)
        turns = [
            PageEvent(begin, EventKind.OPENED, lesson.slug, "tab", "1"),
            PageEvent(end, EventKind.SUBMITTED, lesson.slug, "tab", "2"),
        ]
        beats = [
            PageEvent(begin + dt.timedelta(seconds=after), EventKind.HEARTBEAT, lesson.slug, "tab", f"beat-{after}")
            for after in range(20, seconds, 20)
        ]
        for signs in (turns, [*turns, *beats]):
            counted = count_seat_time(signs, limits, begin, end)[lesson.slug].counted_seconds
            assert counted == seconds >= lesson.minimum_seconds
    assert sum(required_seconds(content, language) for content in whole.lessons) >= plan.minimum_seconds


def test_an_outline_can_not_be_required() -> None:
    outline = next(module for module in load_all() if module.status == "outline")
    assert module_plan(outline, "en", required=False).lessons == ()
    with pytest.raises(ValueError, match="no lessons"):
        module_plan(outline, "en", required=True)


def test_a_courts_minimum_for_the_module_sends_back_to_the_shortest_reading() -> None:
    long = [replace(SECOND, minimum_seconds=600)]
    short = {"second": progress(read=DONE, quiz=replace(DONE, seconds=30))}
    assert not coursework_done(long, short)
    assert next_lesson(long, short, True) == NextLesson("second", "read", Step.READ_AGAIN)
    assert coursework_done(long, {"second": progress(read=replace(DONE, seconds=570), quiz=replace(DONE, seconds=30))})


def test_rules_without_a_required_module_complete_nobody() -> None:
    assert not coursework_done([], {})
    assert not coursework_done([EXTRA], {"extra": progress(read=DONE)})


def test_a_module_without_lessons_can_not_be_required() -> None:
    with pytest.raises(ValueError, match="no lessons"):
        ModulePlan("empty", ())


def test_every_state_and_reason_has_words() -> None:
    assert set(BLOCKED_WORDS) == set(Blocked)
    assert set(MODULE_STATE_WORDS) == set(ModuleState)
    assert set(WAITING_WORDS) == set(Waiting)


KINDS = st.sampled_from(LessonKind)


@st.composite
def plans(draw: st.DrawFn) -> list[ModulePlan]:
    modules = []
    for number in range(draw(st.integers(1, 3))):
        kinds = draw(st.lists(KINDS, min_size=1, max_size=4))
        lessons = tuple(
            LessonPlan(f"l{place}", kind, draw(st.sampled_from([0, 60, 300]))) for place, kind in enumerate(kinds)
        )
        modules.append(
            ModulePlan(
                f"m{number}",
                lessons,
                required=number == 0 or draw(st.booleans()),
                minimum_seconds=draw(st.sampled_from([0, 0, 900])),
                reflection_must_be_accepted=draw(st.booleans()),
            )
        )
    return modules


class Person:
    """A learner who can only do what the rules allow; keeps what was done in the order in which it was."""

    def __init__(self, modules: list[ModulePlan]) -> None:
        self.modules = modules
        self.progress: dict[str, ModuleProgress] = {plan.slug: ModuleProgress() for plan in modules}
        self.finished: list[tuple[str, str]] = []

    def lesson(self, module: str, lesson: str) -> LessonProgress:
        return self.progress[module].lessons.get(lesson, LessonProgress())

    def set(self, module: str, lesson: str, now: LessonProgress) -> None:
        mine = self.progress[module]
        self.progress[module] = replace(mine, lessons={**mine.lessons, lesson: now})

    def open(self, module: str, lesson: str) -> None:
        if may_open(self.modules, self.progress, True, module, lesson).allowed:
            self.set(module, lesson, replace(self.lesson(module, lesson), opened=True))

    def stay(self, module: str, lesson: str, seconds: int) -> None:
        now = self.lesson(module, lesson)
        if now.opened:
            self.set(module, lesson, replace(now, seconds=now.seconds + seconds))

    def finish(self, module: str, lesson: str) -> None:
        if not may_finish(self.modules, self.progress, True, module, lesson).allowed:
            return
        plan = next(plan for plan in self.modules if plan.slug == module)
        kind = next(one.kind for one in plan.lessons if one.slug == lesson)
        review = ReviewState.WAITING if kind is LessonKind.REFLECTION else ReviewState.NONE
        self.set(module, lesson, replace(self.lesson(module, lesson), done=True, review=review))
        if (module, lesson) not in self.finished:
            self.finished.append((module, lesson))


class Course(RuleBasedStateMachine):
    """Somebody tries addresses and forms in any order; reviewers answer in any order; attempts run out."""

    places = Bundle("places")

    @initialize(modules=plans())
    def begin(self, modules: list[ModulePlan]) -> None:
        self.person = Person(modules)
        self.were_open: set[tuple[str, str]] = set()

    @rule(target=places, module=st.integers(0, 2), lesson=st.integers(0, 3))
    def place(self, module: int, lesson: int) -> tuple[str, str]:
        plan = self.person.modules[module % len(self.person.modules)]
        return plan.slug, plan.lessons[lesson % len(plan.lessons)].slug

    @rule(where=places)
    def open(self, where: tuple[str, str]) -> None:
        self.person.open(*where)

    @rule(where=places, seconds=st.sampled_from([30, 300]))
    def stay(self, where: tuple[str, str], seconds: int) -> None:
        self.person.stay(*where, seconds)

    @rule(where=places)
    def finish(self, where: tuple[str, str]) -> None:
        self.person.finish(*where)

    @rule(where=places, review=st.sampled_from([ReviewState.ACCEPTED, ReviewState.RETURNED]))
    def review(self, where: tuple[str, str], review: ReviewState) -> None:
        now = self.person.lesson(*where)
        if now.review is ReviewState.WAITING:
            self.person.set(*where, replace(now, review=review))

    @rule(where=places)
    def attempts_run_out_or_are_reset(self, where: tuple[str, str]) -> None:
        plan = next(plan for plan in self.person.modules if plan.slug == where[0])
        kind = next(one.kind for one in plan.lessons if one.slug == where[1])
        now = self.person.lesson(*where)
        if kind is LessonKind.QUIZ and now.opened and not now.done:
            self.person.set(*where, replace(now, attempts_exhausted=not now.attempts_exhausted))
            self.were_open.discard(where)
            person = self.person
            if not now.attempts_exhausted:
                assert not may_finish(person.modules, person.progress, True, *where).allowed
                assert next_lesson(person.modules, person.progress, True) != NextLesson(*where, Step.CONTINUE)

    @rule(seconds=st.sampled_from([30, 300]))
    def do_the_next_step(self, seconds: int) -> None:
        step = next_lesson(self.person.modules, self.person.progress, True)
        if isinstance(step, NextLesson):
            assert may_open(self.person.modules, self.person.progress, True, step.module, step.lesson).allowed
            self.person.open(step.module, step.lesson)
            self.person.stay(step.module, step.lesson, seconds)
            self.person.finish(step.module, step.lesson)

    @invariant()
    @precondition(lambda self: hasattr(self, "person"))
    def nothing_was_skipped(self) -> None:
        person = self.person
        for plan in person.modules:
            done = [person.lesson(plan.slug, lesson.slug).done for lesson in plan.lessons]
            assert done == sorted(done, reverse=True), "a later lesson was finished before an earlier one"
            for lesson in plan.lessons:
                now = person.lesson(plan.slug, lesson.slug)
                if lesson.kind is LessonKind.READING and now.done:
                    assert now.seconds >= lesson.minimum_seconds
        complete_so_far = True
        for plan in person.modules:
            found = [person.lesson(plan.slug, lesson.slug) for lesson in plan.lessons]
            assert complete_so_far or not any(now.opened for now in found), "a module was opened before an earlier one"
            if plan.required:
                long_enough = sum(now.seconds for now in found) >= plan.minimum_seconds
                complete_so_far = complete_so_far and long_enough and all(now.done for now in found)

    @invariant()
    @precondition(lambda self: hasattr(self, "person"))
    def nothing_that_was_open_locks_again(self) -> None:
        person = self.person
        open_now = {
            (plan.slug, lesson.slug)
            for plan in person.modules
            for lesson in plan.lessons
            if may_open(person.modules, person.progress, True, plan.slug, lesson.slug).allowed
        }
        assert self.were_open <= open_now
        self.were_open = open_now

    @invariant()
    @precondition(lambda self: hasattr(self, "person"))
    def done_means_every_requirement_is_met(self) -> None:
        person = self.person
        if not coursework_done(person.modules, person.progress):
            return
        for plan in person.modules:
            found = [(lesson, person.lesson(plan.slug, lesson.slug)) for lesson in plan.lessons]
            if not plan.required:
                continue
            assert all(now.opened and now.done for _lesson, now in found)
            assert sum(now.seconds for _lesson, now in found) >= plan.minimum_seconds
            if plan.reflection_must_be_accepted:
                assert all(
                    now.review is ReviewState.ACCEPTED for one, now in found if one.kind is LessonKind.REFLECTION
                )


TestCourse = pytest.mark.proves("AC-5")(Course.TestCase)


@given(plans(), st.lists(st.booleans(), max_size=6))
def test_whoever_follows_the_next_step_always_finishes(modules: list[ModulePlan], returns: list[bool]) -> None:
    person = Person(modules)
    returned = iter(returns)
    for _turn in range(200):
        step = next_lesson(modules, person.progress, True)
        if step is Waiting.REVIEW:
            for module, lesson in person.finished:
                now = person.lesson(module, lesson)
                if now.review is ReviewState.WAITING:
                    answer = ReviewState.RETURNED if next(returned, False) else ReviewState.ACCEPTED
                    person.set(module, lesson, replace(now, review=answer))
            continue
        if not isinstance(step, NextLesson):
            break
        person.open(step.module, step.lesson)
        person.stay(step.module, step.lesson, 100)
        person.finish(step.module, step.lesson)
    assert next_lesson(modules, person.progress, True) is Waiting.NOTHING_LEFT
    assert coursework_done(modules, person.progress)
