"""Check-ins in words: days with their weekday, and one sentence for what a check-in is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_skeleton
from flask_babel import format_date, get_locale

from app.accountability.lookups import state_of, window_of
from app.accountability.models import CheckIn
from app.accountability.rules import CheckInState, is_late
from app.accountability.schedule import last_day
from app.cases.rules import STATE_WORDS
from app.core import clock
from app.core.i18n import LazyString, current_language, gettext
from app.core.i18n import lazy_gettext as _

_DAY_PATTERNS = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
_PLAIN_DAY = "EEEE d MMMM"  # of any other language
TONES: dict[CheckInState, str] = {
    "scheduled": "neutral",
    "open": "info",
    "submitted": "info",
    "accepted": "good",
    "returned": "attention",
    "missed": "problem",
    "excused": "good",
}

_LATE = _("You missed %(due)s. You can still do it until %(until)s.")
_SENTENCES: dict[CheckInState, LazyString] = {
    "scheduled": _("Opens on %(opens)s. Please do it by %(due)s."),
    "open": _("Open now. Please do it by %(due)s."),
    "submitted": _("You sent it. Somebody will read it. You do not need to do anything now."),
    "accepted": _("You did this one. It counts."),
    "returned": _("You did it in time. There is one thing to add."),
    "missed": _("The time for this one is over. Please do the next one. If something kept you, tell the court."),
    "excused": _("You do not need to do this one. It does not count against you."),
}


def weekday_and_date(day: date) -> str:
    """`Monday, March 12`, in the reader's language."""
    return str(format_date(day, _DAY_PATTERNS.get(current_language(), _PLAIN_DAY)))


def month_words(day: date) -> str:
    """The month and year of a day, as the reader's language puts them together."""
    return str(format_skeleton("yMMMM", day, locale=get_locale() or "en"))


@dataclass(frozen=True, slots=True)
class ShownCheckIn:
    """A check-in as its learner reads it. `due`, `opens` and `until` are court-local days in words."""

    row: CheckIn
    state: CheckInState
    late: bool
    label: str
    tone: str
    due: str
    opens: str
    until: str
    sentence: str

    @property
    def can_be_done(self) -> bool:
        return self.state in ("open", "returned")


def shown(row: CheckIn, now: datetime, zone: str, *, active: bool = True) -> ShownCheckIn:
    """Put a check-in into words for its learner, at `now` (UTC); asks for nothing unless `active`."""
    state = state_of(row, now)
    late = state == "open" and is_late(window_of(row), now)
    opens = weekday_and_date(clock.local(row.opens_at, zone).date())
    due, until = weekday_and_date(row.due_on), weekday_and_date(last_day(window_of(row), zone))
    label = str(gettext("Still open") if late else STATE_WORDS["check-in"][state])
    tone = "attention" if late else TONES[state]
    wanted = active or state not in ("scheduled", "open")
    words = str(_LATE if late else _SENTENCES[state]) if wanted else ""
    sentence = words % {"opens": opens, "due": due, "until": until}
    return ShownCheckIn(row, state, late, label, tone, due, opens, until, sentence)
