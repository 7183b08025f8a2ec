"""Batches in words."""

from __future__ import annotations

from app.batches.models import BatchState
from app.batches.rules import Standing, What
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

WHAT_WORDS: dict[str, LazyString] = {
    What.PROGRESS: _("Progress reports"),
    What.BENCH_CARD: _("Bench cards"),
    What.FINAL: _("Final reports"),
    What.CERTIFICATE: _("Certificates of completion"),
    What.CASELOADS: _("Caseload reports, one for each officer"),
}
STATE_WORDS: dict[str, LazyString] = {
    BatchState.RUNNING: _("Being made"),
    BatchState.PAUSED: _("Paused"),
    BatchState.CANCELED: _("Canceled"),
    BatchState.DONE: _("Finished"),
}
STATE_TONES = {
    BatchState.RUNNING: "info",
    BatchState.PAUSED: "attention",
    BatchState.CANCELED: "neutral",
    BatchState.DONE: "good",
}
STANDING_WORDS: dict[str, LazyString] = {
    Standing.WAITING: _("Waiting to be made"),
    Standing.MAKING: _("Being made"),
    Standing.MADE: _("Made"),
    Standing.FAILED: _("Could not be made"),
    Standing.REFUSED: _("Not possible now"),
    Standing.CANCELED: _("Canceled"),
}
STANDING_TONES = {
    Standing.WAITING: "info",
    Standing.MAKING: "info",
    Standing.MADE: "good",
    Standing.FAILED: "problem",
    Standing.REFUSED: "attention",
    Standing.CANCELED: "neutral",
}
PROBLEM_WORDS: dict[str, LazyString] = {
    "not_due": _("At this stage of the program no such report can be made."),
    "gone": _("The case is not there any more."),
    "fault": _("Something went wrong on our side."),
}
