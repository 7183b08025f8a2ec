"""What somebody wants to see of a caseload: a tab, what narrows it down, an order, a place in it. No database.

All of it is chosen from lists, so all of it may stand in an address. What somebody types to find a person never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from app.cases.rules import FINAL_STATES, STATE_WORDS

# The tabs, and the stored states of whom they show. Without states: everybody.
TABS: Mapping[str, tuple[str, ...]] = {
    "all": (),
    "attention": (),
    "coursework": ("enrolled", "coursework"),
    "accountability": ("accountability",),
    "report": ("report_due",),
    "paused": ("on_hold", "returned_to_court"),
    "finished": tuple(sorted(FINAL_STATES)),
}
FLAGS = ("violation", "missed", "review", "waiver", "deadline", "quiet", "mail")
OF_MONEY = frozenset({"waiver"})  # flags that only those may ask for who see the money of a case
SORTS = ("activity", "name", "deadline", "due", "hearing", "progress")
PER_PAGE = (50, 300)
HEARING_DAYS = (1, 7, 14, 30)
NOBODY = "none"  # as `officer`: cases that nobody supervises

Value = datetime | date | int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the last case and, unless it is a name, what the list is sorted by."""

    value: Value
    enrollment_id: UUID

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        return f"{'' if value is None else value}_{self.enrollment_id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list. `state`: one stored state instead of the tab's; `officer`: an id, or NOBODY; `days`: only people with a
    hearing from today up to so many days on."""

    tab: str = "all"
    state: str = ""
    officer: str = ""
    flag: str = ""
    days: int = 0
    sort: str = "activity"
    down: bool = True
    per: int = PER_PAGE[0]
    after: Place | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """The stored states of whom the list shows; empty for all."""
        return (self.state,) if self.state else TABS[self.tab]

    @property
    def narrowed(self) -> bool:
        """Whether something beside the tab leaves people out."""
        return bool(self.state or self.officer or self.flag or self.days)

    def values(self) -> dict[str, str]:
        """What differs from the plain list, to put into an address or to keep. Without the place in it."""
        order = f"{'-' if self.down else ''}{self.sort}"
        said = {
            "tab": self.tab if self.tab != "all" else "",
            "state": self.state,
            "officer": self.officer,
            "flag": self.flag,
            "days": str(self.days) if self.days else "",
            "sort": order if order != "-activity" else "",
            "per": str(self.per) if self.per != PER_PAGE[0] else "",
        }
        return {name: value for name, value in said.items() if value}

    def query(self, **changes: Any) -> str:
        """The list as a query string, with something changed; it begins anew unless told where."""
        values = replace(self, after=None, **changes).values()
        return f"?{urlencode(values)}" if values else ""

    def query_after(self, place: Place) -> str:
        return f"?{urlencode({**self.values(), 'after': str(place)})}"


def wanted(said: Mapping[str, str], *, officers: bool, money: bool) -> Wanted:
    """What an address, a form or a kept view asks for; anything unknown is as if it were not there.

    `officers`: whether the reader sees the people of several; `money`: whether fee and waivers too.
    """
    tab, state, flag, order = (said.get(name, "") for name in ("tab", "state", "flag", "sort"))
    sort = order.removeprefix("-") if order.removeprefix("-") in SORTS else ""
    tab, state = tab if tab in TABS else "all", state if state in STATE_WORDS["enrollment"] else ""
    return Wanted(
        tab="all" if state and tab != "attention" else tab,
        state=state,
        officer=_officer(said.get("officer", "")) if officers else "",
        flag=flag if flag in FLAGS and (money or flag not in OF_MONEY) else "",
        days=_one_of(said.get("days", ""), HEARING_DAYS) or 0,
        sort=sort or "activity",
        down=order.startswith("-") if sort else True,
        per=_one_of(said.get("per", ""), PER_PAGE) or PER_PAGE[0],
        after=_place(said.get("after", ""), sort or "activity"),
    )


def _one_of(text: str, numbers: tuple[int, ...]) -> int | None:
    return int(text) if text in {str(number) for number in numbers} else None


def _officer(text: str) -> str:
    try:
        return text if text in ("", NOBODY) else str(UUID(text))
    except ValueError:
        return ""


def _place(text: str, sort: str) -> Place | None:
    value, _gap, key = text.rpartition("_")
    try:
        place = Place(_READ[sort](value), UUID(key))
    except ValueError:
        return None
    return None if isinstance(place.value, datetime) and place.value.tzinfo is None else place


def _number(text: str) -> int:
    number = int(text) if len(text) <= 4 else -1
    if not 0 <= number <= 100:
        raise ValueError("no progress")
    return number


_READ: Mapping[str, Any] = {
    "activity": datetime.fromisoformat,
    "name": lambda _text: None,
    "deadline": date.fromisoformat,
    "due": date.fromisoformat,
    "hearing": date.fromisoformat,
    "progress": _number,
}
