"""Schedules in words."""

from __future__ import annotations

from app.batches.scheduling.rules import Schedule
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

SCHEDULE_WORDS: dict[str, LazyString] = {
    Schedule.PROGRESS_MONTHLY: _("Progress reports of the month"),
    Schedule.CASELOAD_MONTHLY: _("Caseload reports of the month"),
    Schedule.BEFORE_HEARING: _("Progress report before a hearing"),
    Schedule.AFTER_VIOLATION: _("Progress report after a possible violation"),
    Schedule.AFTER_MISSED: _("Progress report after a missed check-in"),
    Schedule.PACKETS: _("Packet of a day's hearings"),
}
