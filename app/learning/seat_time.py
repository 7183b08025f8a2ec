"""How long a lesson takes, and how much of a person's time in it counts. Pure; every time is the server's own, in UTC.

Counting rule, in the words a court can read:
- A page that shows itself sends a sign of life. The time between two signs counts up to the gap limit; what lies beyond
  is idle (the device slept, the page was hidden, the network was gone). Reading without touching anything is activity.
- Two pages open at the same moment count once, for the page that was opened last.
- A page without JavaScript sends no signs of life: from opening it to going on counts, up to the limit of a page turn.
- What goes beyond a lesson's cap, was sent twice, comes from before the start or from the future, or did not come from
  a page that the portal gave to this sign-in, does not count.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.curriculum.lessons import (
    LONGEST_VIDEO,
    CheckLesson,
    CommitmentLesson,
    Lesson,
    QuizLesson,
    ReadingLesson,
    ReflectionLesson,
    ScenarioLesson,
    Scene,
    VideoLesson,
)
from app.curriculum.render import plain_text

WORDS_PER_MINUTE = 180
SECONDS_PER_CHART = 60
SECONDS_PER_QUESTION = 90
SECONDS_PER_CHOICE = 30  # in a scenario: the scene and the choices are read besides
SECONDS_PER_COMMITMENT = 180
# Composing is slower than reading; this is a floor for an honest short answer.
WRITTEN_WORDS_PER_MINUTE = 20
GAP_LIMIT = 60
CAP_FLOOR = 600
TURN_FLOOR = 60


class EventKind(StrEnum):
    OPENED = "opened"
    HEARTBEAT = "heartbeat"
    CONTINUED = "continued"
    SUBMITTED = "submitted"
    REFUSED = "refused"  # a sign without the mark of the page that it claims to come from


class Verdict(StrEnum):
    COUNTED = "counted"
    IDLE = "idle"
    REJECTED = "rejected"


class Why(StrEnum):
    """The reason of a ledger line; `WHY_WORDS` says it to the learner and the court."""

    ACTIVE = "active"
    PAGE_TURN = "page_turn"
    GAP = "gap"
    OTHER_TAB = "other_tab"
    OVER_CAP = "over_cap"
    DUPLICATE = "duplicate"
    BEFORE_START = "before_start"
    FROM_FUTURE = "from_future"
    UNKNOWN_LESSON = "unknown_lesson"
    NOT_OPEN = "not_open"
    NOT_FROM_PAGE = "not_from_page"


WHY_WORDS: Mapping[Why, LazyString] = {
    Why.ACTIVE: _l("The page was open and in view."),
    Why.PAGE_TURN: _l("Estimated from opening the page and going on."),
    Why.GAP: _l("The page was not in view, the device slept, or the network was gone."),
    Why.OTHER_TAB: _l("Another page was open at the same time. The time counts once."),
    Why.OVER_CAP: _l("This lesson has reached the most time that can count."),
    Why.DUPLICATE: _l("The same sign from the page arrived twice."),
    Why.BEFORE_START: _l("This was before lessons opened for you."),
    Why.FROM_FUTURE: _l("The time of this sign was not possible."),
    Why.UNKNOWN_LESSON: _l("This lesson is not part of your program."),
    Why.NOT_OPEN: _l("The page had not been opened, or was already handed in."),
    Why.NOT_FROM_PAGE: _l("The sign did not come from a page of this lesson that was opened in this sign-in."),
}


@dataclass(frozen=True)
class PageEvent:
    """One sign from a page. `at` is when the server received it (aware, UTC); `event_id` is unique per sign."""

    at: dt.datetime
    kind: EventKind
    lesson: str
    tab: str
    event_id: str


@dataclass(frozen=True)
class SeatRule:
    """Limits of one lesson, in seconds. An accommodation widens them."""

    cap: int
    gap_limit: int = GAP_LIMIT
    turn_limit: int = 600


@dataclass(frozen=True)
class Span:
    start: dt.datetime
    end: dt.datetime
    verdict: Verdict
    why: Why

    @property
    def length(self) -> dt.timedelta:
        return self.end - self.start


@dataclass(frozen=True)
class RejectedEvent:
    event: PageEvent
    why: Why


@dataclass(frozen=True)
class Ledger:
    """What became of the time in one lesson: spans in order of time, and signs that were not used."""

    spans: tuple[Span, ...] = ()
    rejected_events: tuple[RejectedEvent, ...] = ()

    def seconds(self, verdict: Verdict) -> int:
        """Whole seconds of that verdict, rounded down."""
        total = sum((span.length for span in self.spans if span.verdict is verdict), dt.timedelta())
        return total // dt.timedelta(seconds=1)

    @property
    def counted_seconds(self) -> int:
        return self.seconds(Verdict.COUNTED)


def required_seconds(lesson: Lesson, language: str) -> int:
    """What the seat-time rule gives this lesson in this language: words / 180 a minute, charts, questions, writing.

    A scenario is measured by its longest way through, a video by its transcript: reading it instead is always enough.
    """
    seconds = _words(_spoken(lesson, language)) * 60 / WORDS_PER_MINUTE
    if isinstance(lesson, ReadingLesson):
        seconds += len(lesson.charts) * SECONDS_PER_CHART
        if lesson.check is not None:
            seconds += len(lesson.check.questions) * SECONDS_PER_QUESTION
    elif isinstance(lesson, CheckLesson):
        seconds += len(lesson.questions) * SECONDS_PER_QUESTION
    elif isinstance(lesson, QuizLesson):
        seconds += lesson.draw * SECONDS_PER_QUESTION
    elif isinstance(lesson, ScenarioLesson):
        seconds += sum(not scene.is_ending for scene in lesson.longest_way()) * SECONDS_PER_CHOICE
    elif isinstance(lesson, VideoLesson):
        pass  # its transcript is among the words
    elif isinstance(lesson, CommitmentLesson):
        seconds += lesson.minimum * SECONDS_PER_COMMITMENT
    else:
        seconds += lesson.minimum_words * 60 / WRITTEN_WORDS_PER_MINUTE
    return math.ceil(seconds)


def needed_seconds(lesson: Lesson, language: str) -> int:
    """The counted time without which a lesson can not be finished: a reading's own (its questions are done when they
    are answered, however fast), or that of a video's transcript. 0 for other kinds."""
    if isinstance(lesson, ReadingLesson):
        return required_seconds(lesson.model_copy(update={"check": None}), language)
    return required_seconds(lesson, language) if isinstance(lesson, VideoLesson) else 0


def required_minutes(lesson: Lesson, language: str) -> int:
    """`required_seconds` in whole minutes, rounded up."""
    return math.ceil(required_seconds(lesson, language) / 60)


def seat_rules(
    required: Mapping[str, int], module_minimum: int = 0, widen: int = 1, videos: Collection[str] = ()
) -> dict[str, SeatRule]:
    """Limits for the lessons of a module from their required seconds.

    The cap leaves room for a slow reader and for reading again: three times what is required, ten minutes at least,
    and never below the court's minimum (seconds), so that nobody can run out of time that counts. In `videos` the
    run time of the longest video comes on top. `widen` multiplies every limit for a person with an accommodation.
    """
    rules = {}
    for slug, seconds in required.items():
        cap = max(3 * seconds, CAP_FLOOR, module_minimum) + (LONGEST_VIDEO if slug in videos else 0)
        turn = max(seconds, TURN_FLOOR)
        rules[slug] = SeatRule(cap=cap * widen, gap_limit=GAP_LIMIT * widen, turn_limit=turn * widen)
    return rules


def count_seat_time(
    events: Iterable[PageEvent], rules: Mapping[str, SeatRule], not_before: dt.datetime, now: dt.datetime
) -> dict[str, Ledger]:
    """One ledger for each lesson in `rules`, from all page events of one enrollment, in any order.

    `not_before` is when coursework opened; `now` is the server's clock (both aware, UTC). Together the lessons never
    count more than the time that passed between them.
    """
    usable, rejected = usable_in(events, rules, not_before, now)
    visits, not_open = visits_in(usable)
    for event in not_open:
        rejected[event.lesson].append(RejectedEvent(event, Why.NOT_OPEN))
    spans: dict[str, list[Span]] = defaultdict(list)
    stretches = [part for number, visit in enumerate(visits) for part in stretches_of(visit, number, rules)]
    for lesson, span, _visit in share_out(stretches):
        spans[lesson].append(span)
    return {
        lesson: Ledger(_joined(_capped(spans[lesson], rule.cap)), tuple(rejected[lesson]))
        for lesson, rule in rules.items()
    }


def usable_in(
    events: Iterable[PageEvent], rules: Mapping[str, SeatRule], not_before: dt.datetime, now: dt.datetime
) -> tuple[list[PageEvent], dict[str, list[RejectedEvent]]]:
    """The signs that can be counted in order of time, and by lesson those that can not."""
    rejected: dict[str, list[RejectedEvent]] = defaultdict(list)
    usable: list[PageEvent] = []
    seen: set[str] = set()
    for event in sorted(events, key=_event_order):
        why = _refusal(event, rules, seen, not_before, now)
        seen.add(event.event_id)
        if why is None:
            usable.append(event)
        else:
            rejected[event.lesson].append(RejectedEvent(event, why))
    return usable, rejected


@dataclass(frozen=True)
class Stretch:
    """Time of one visit, active or idle (GAP), before it is compared with other tabs."""

    start: dt.datetime
    end: dt.datetime
    lesson: str
    visit: int
    why: Why


_KIND_ORDER = {kind: place for place, kind in enumerate(EventKind)}


def _event_order(event: PageEvent) -> tuple[dt.datetime, int, str, str, str]:
    return (event.at, _KIND_ORDER[event.kind], event.lesson, event.tab, event.event_id)


def _refusal(
    event: PageEvent, rules: Mapping[str, SeatRule], seen: set[str], not_before: dt.datetime, now: dt.datetime
) -> Why | None:
    if event.kind is EventKind.REFUSED:
        return Why.NOT_FROM_PAGE
    if event.event_id in seen:
        return Why.DUPLICATE
    if event.lesson not in rules:
        return Why.UNKNOWN_LESSON
    if event.at < not_before:
        return Why.BEFORE_START
    return Why.FROM_FUTURE if event.at > now else None


def visits_in(events: list[PageEvent]) -> tuple[list[list[PageEvent]], list[PageEvent]]:
    """Runs of events from an opening to the next one or to the hand-in, in order of opening; and events outside any."""
    visits: list[list[PageEvent]] = []
    not_open: list[PageEvent] = []
    open_now: dict[tuple[str, str], list[PageEvent]] = {}
    for event in events:
        page = (event.lesson, event.tab)
        if event.kind is EventKind.OPENED:
            open_now[page] = [event]
            visits.append(open_now[page])
        elif page not in open_now:
            not_open.append(event)
        else:
            open_now[page].append(event)
            if event.kind is EventKind.SUBMITTED:
                del open_now[page]
    return visits, not_open


def _limit(visit: list[PageEvent], rule: SeatRule) -> tuple[dt.timedelta, Why]:
    # One sign of life is enough to know that the page can send them: then silence is silence.
    if any(event.kind is EventKind.HEARTBEAT for event in visit):
        return dt.timedelta(seconds=rule.gap_limit), Why.ACTIVE
    return dt.timedelta(seconds=rule.turn_limit), Why.PAGE_TURN


def stretches_of(visit: list[PageEvent], number: int, rules: Mapping[str, SeatRule]) -> Iterator[Stretch]:
    """The time between the signs of one visit, active up to the limit and idle beyond it."""
    limit, why = _limit(visit, rules[visit[0].lesson])
    for one, two in pairwise(visit):
        cut = min(two.at, one.at + limit)
        if one.at < cut:
            yield Stretch(one.at, cut, one.lesson, number, why)
        if cut < two.at:
            yield Stretch(cut, two.at, one.lesson, number, Why.GAP)


def share_out(stretches: list[Stretch]) -> Iterator[tuple[str, Span, int]]:
    """Give each moment to the active visit that was opened last; other active ones are rejected, silent ones idle.

    Each span comes with its lesson, and with the number of the visit that it counts for (-1 when it does not count).
    """
    edges = sorted({edge for stretch in stretches for edge in (stretch.start, stretch.end)})
    starting: dict[dt.datetime, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        starting[stretch.start].append(stretch)
    running: list[Stretch] = []
    for start, end in pairwise(edges):
        running = [stretch for stretch in running if stretch.end > start] + starting[start]
        active = [stretch for stretch in running if stretch.why is not Why.GAP]
        if not active:
            for lesson in sorted({stretch.lesson for stretch in running}):
                yield lesson, Span(start, end, Verdict.IDLE, Why.GAP), -1
            continue
        winner = max(active, key=lambda stretch: stretch.visit)
        yield winner.lesson, Span(start, end, Verdict.COUNTED, winner.why), winner.visit
        for lesson in sorted({stretch.lesson for stretch in active if stretch.visit != winner.visit}):
            yield lesson, Span(start, end, Verdict.REJECTED, Why.OTHER_TAB), -1


def _capped(spans: list[Span], cap: int) -> list[Span]:
    left = dt.timedelta(seconds=cap)
    capped: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end, span.why)):
        if span.verdict is not Verdict.COUNTED:
            capped.append(span)
            continue
        cut = span.start + min(left, span.length)
        left -= cut - span.start
        if cut > span.start:
            capped.append(Span(span.start, cut, span.verdict, span.why))
        if cut < span.end:
            capped.append(Span(cut, span.end, Verdict.REJECTED, Why.OVER_CAP))
    return capped


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and (last.end, last.verdict, last.why) == (span.start, span.verdict, span.why):
            joined[-1] = Span(last.start, span.end, span.verdict, span.why)
        else:
            joined.append(span)
    return tuple(joined)


def _words(texts: Iterable[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _spoken(lesson: Lesson, language: str) -> list[str]:
    """The texts of a lesson that are read besides its questions (those have their own allowance)."""
    if isinstance(lesson, ReadingLesson):
        slot = lesson.survivor_slot
        extra = [slot.placeholder, *(fact.text for fact in slot.facts)] if slot is not None else []
        extra += [lesson.check.intro] if lesson.check is not None else []
        return [plain_text(lesson.body.words(language)), *(text.words(language) for text in extra)]
    if isinstance(lesson, VideoLesson):
        return [lesson.intro.words(language), plain_text(lesson.transcript.words(language))]
    if isinstance(lesson, ReflectionLesson):
        return [lesson.prompt.words(language), *(criterion.text.words(language) for criterion in lesson.rubric)]
    if isinstance(lesson, ScenarioLesson):
        return [lesson.intro.words(language), *_told(lesson.longest_way(), language)]
    if isinstance(lesson, CommitmentLesson):
        return [lesson.prompt.words(language), *(example.words(language) for example in lesson.examples)]
    return [lesson.intro.words(language)]


def _told(scenes: Iterable[Scene], language: str) -> Iterator[str]:
    for scene in scenes:
        texts = [scene.text, *(choice.text for choice in scene.choices)]
        yield from (text.words(language) for text in (*texts, *([scene.closing] if scene.closing else [])))
