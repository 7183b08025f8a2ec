"""What a batch can hold, and how far it is. No database."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from app.batches.models import ItemState
from app.reports.snapshot import ReportKind

# How many reports of one batch are being made at once: a single request never waits behind more than one of them,
# since theirs is the last queue, and no batch fills that queue for the others.
MOST_IN_FLIGHT = 40
ASKED_AT_ONCE = 10


class What(StrEnum):
    """What a batch makes: a report of one kind for each case, or a list for each officer."""

    PROGRESS = "progress"
    BENCH_CARD = "bench_card"
    FINAL = "final"
    CERTIFICATE = "certificate"
    CASELOADS = "caseloads"


KINDS: Mapping[What, ReportKind] = {
    What.PROGRESS: ReportKind.PROGRESS,
    What.BENCH_CARD: ReportKind.BENCH_CARD,
    What.FINAL: ReportKind.FINAL,
    What.CERTIFICATE: ReportKind.CERTIFICATE,
}


class Standing(StrEnum):
    """Where an item stands, seen together with its report."""

    WAITING = "waiting"
    MAKING = "making"
    MADE = "made"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELED = "canceled"


def standing(state: str, report_state: str | None) -> Standing:
    """Where an item stands. `report_state`: of its report or list, once it was asked for."""
    if state != ItemState.ASKED:
        return Standing(state)
    if report_state in ("requested", "rendering"):
        return Standing.MAKING
    return Standing.FAILED if report_state == "failed" else Standing.MADE


class Progress(NamedTuple):
    """How many items of a batch stand where."""

    waiting: int = 0
    making: int = 0
    made: int = 0
    failed: int = 0
    refused: int = 0
    canceled: int = 0

    @property
    def ended(self) -> int:
        """Items that nothing is done about any more."""
        return self.made + self.failed + self.refused + self.canceled

    @property
    def total(self) -> int:
        return self.ended + self.waiting + self.making

    @property
    def to_retry(self) -> int:
        return self.failed + self.refused


def room(progress: Progress) -> int:
    """How many more items may be asked for in one go."""
    return max(0, min(ASKED_AT_ONCE, progress.waiting, MOST_IN_FLIGHT - progress.making))
