"""Kinds, places and steps of a concern, and when others are asked, without a database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum


class Danger(StrEnum):
    SUICIDE = "suicide"
    CHILD = "child"
    VICTIM = "victim"
    THREAT = "threat"


class Place(StrEnum):
    """Where it was seen."""

    REFLECTION = "reflection"
    CHECK_IN = "check_in"
    QUIZ = "quiz"
    CASE = "case"


class Step(StrEnum):
    SEEN = "seen"
    CALLED = "called"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"
    PASSED_ON = "passed_on"  # by the portal: nobody had seen it in time


BY_PEOPLE = (Step.SEEN, Step.CALLED, Step.HANDED_OVER, Step.CLOSED)


def is_closed(steps: Sequence[str]) -> bool:
    return Step.CLOSED in steps


def is_seen(steps: Collection[str]) -> bool:
    """Whether a person who is on call has done anything: seeing it is the least."""
    return any(step in BY_PEOPLE for step in steps)


def others_are_asked_at(raised_at: datetime, minutes: int) -> datetime:
    """When the next ones are asked, if nobody has seen it."""
    return raised_at + timedelta(minutes=minutes)
