"""The program calendar: months as boxes, with the days on which something is due, and what became of it.

Drawn once, as SVG, for the web page and for paper. Shapes tell marks apart, never color alone; the words stand beside
it. The only text in it is months and days, in the report's own typeface.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from babel.dates import format_date
from markupsafe import Markup, escape

from app.core.i18n import LOCALES
from app.reports import fonts
from app.reports.charts import CHECK_IN_MARKS, INK, SOFT
from app.reports.snapshot import Snapshot

Shape = Literal["done", "part", "missed", "excused", "todo", "hearing", "deadline", "today"]

MONTHS_SHOWN: Final = 36
ROW, TOP, BOX = 42, 10, 23  # of a row of months: height, room for their names, height of the boxes
UPPER, LOWER = TOP + 7, TOP + 17  # hearings and deadlines above, check-ins below: one day may have both
LIGHT: Final = "#5b6b7c"
WIDEST: Final = 120
ABOVE: Final = ("hearing", "deadline", "today")


@dataclass(frozen=True)
class Mark:
    """Something on a day."""

    on: date
    shape: Shape


@dataclass(frozen=True)
class Picture:
    """An SVG, its size in points, and what its marks mean: small pictures with their words."""

    svg: str
    width: int
    height: int
    legend: tuple[tuple["Picture", str], ...] = ()

    @property
    def print_width(self) -> int:
        """What makes it as wide as its points on paper: the library takes the number of an image for pixels."""
        return round(self.width * 4 / 3)

    @property
    def print_height(self) -> int:
        return round(self.height * 4 / 3)

    @property
    def data_uri(self) -> str:
        """For an `<img>` of the printed page."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode("ascii")

    @property
    def inline(self) -> Markup:
        """For a web page."""
        return Markup(self.svg)  # noqa: S704 - built below from numbers, constants and escaped names of months


def calendar_picture(snapshot: Snapshot, gettext: Callable[[str], str], *, medium: str) -> Picture | None:
    """The calendar of a snapshot; None where nothing has a day. On the web fewer months share a row, for phones."""
    marks = marks_of(snapshot)
    if not marks:
        return None
    months = _months(marks)
    wide, most = (470, 12) if medium == "print" else (300, 6)
    width = min(WIDEST, wide / min(len(months), most))
    rows = [months[at : at + most] for at in range(0, len(months), most)]
    locale = LOCALES[snapshot.language]
    parts = [
        _month(month, place * width, line * ROW, width, marks, locale, first=not line and not place)
        for line, row in enumerate(rows)
        for place, month in enumerate(row)
    ]
    across = round(max(len(row) for row in rows) * width) + 1
    words = _words(gettext)
    seen = [shape for shape in words if any(mark.shape == shape and _month_of(mark.on) in months for mark in marks)]
    legend = tuple((_alone(shape), words[shape]) for shape in seen)
    return Picture(_svg("".join(parts), across, len(rows) * ROW), across, len(rows) * ROW, legend)


def marks_of(snapshot: Snapshot) -> list[Mark]:
    """Everything of a snapshot that has its day in the calendar; today only beside something else."""
    marks = [Mark(c.due, CHECK_IN_MARKS.get(c.state, "todo")) for c in snapshot.check_ins]
    case = snapshot.case
    ahead = case.hearings or ((case.next_hearing,) if case.next_hearing else ())
    marks += [Mark(day, "hearing") for day in ahead]
    if case.deadline is not None:
        marks.append(Mark(case.deadline, "deadline"))
    if marks and snapshot.as_of is not None:
        marks.append(Mark(snapshot.as_of, "today"))
    return marks


def _words(gettext: Callable[[str], str]) -> dict[Shape, str]:
    return {
        "done": gettext("accepted"),
        "part": gettext("under review"),
        "missed": gettext("missed"),
        "excused": gettext("excused"),
        "todo": gettext("to come"),
        "hearing": gettext("hearing"),
        "deadline": gettext("deadline for the lessons"),
        "today": gettext("today"),
    }


def _month_of(day: date) -> tuple[int, int]:
    return day.year, day.month


def _months(marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """From the first mark's month to the last one's; of more than MONTHS_SHOWN the latest."""
    first, last = min(mark.on for mark in marks), max(mark.on for mark in marks)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    start = first.year * 12 + first.month - 1 + max(0, count - MONTHS_SHOWN)
    return [(number // 12, number % 12 + 1) for number in range(start, start + min(count, MONTHS_SHOWN))]


def _month(
    month: tuple[int, int], x: float, y: float, width: float, marks: Sequence[Mark], locale: str, *, first: bool
) -> str:
    day_one = date(*month, 1)
    named = "MMM y" if first or month[1] == 1 else "MMM"
    name = str(format_date(day_one, named, locale=locale))
    drawn = [
        _text(x + 2, y + TOP - 3, name, size=7.5, anchor="start"),
        f'<rect x="{x + 0.5:.2f}" y="{y + TOP}" width="{width:.2f}" height="{BOX}" '
        f'fill="#ffffff" stroke="{SOFT}" stroke-width="0.8"/>',
    ]
    named_until = 0.0
    for mark in sorted(
        (one for one in marks if _month_of(one.on) == month), key=lambda one: (one.shape != "today", one.on)
    ):
        at = x + 5 + (mark.on.day - 1) / 30 * (width - 10)
        drawn.append(_mark(mark.shape, at, y))
        if mark.shape not in ABOVE and at > named_until:  # weekly ones stand too close for each to have its day
            drawn.append(_text(at, y + TOP + BOX + 8, str(mark.on.day), size=6.5))
            named_until = at + 9
    return "".join(drawn)


def _mark(shape: Shape, x: float, y: float, *, tall: float = BOX) -> str:
    if shape == "today":
        return (
            f'<line x1="{x:.2f}" y1="{y + TOP}" x2="{x:.2f}" y2="{y + TOP + tall}" stroke="{LIGHT}" stroke-width="1" '
            'stroke-dasharray="2 2"/>'
        )
    if shape == "hearing":
        at = y + UPPER
        points = f"{x:.2f},{at - 4:.2f} {x + 4:.2f},{at:.2f} {x:.2f},{at + 4:.2f} {x - 4:.2f},{at:.2f}"
        return f'<polygon points="{points}" fill="{INK}" stroke="{INK}" stroke-width="0.8"/>'
    if shape == "deadline":
        at, foot = y + TOP + 1.5, y + TOP + tall
        points = f"{x:.2f},{at:.2f} {x + 7:.2f},{at + 3.5:.2f} {x:.2f},{at + 7:.2f}"
        return (
            f'<line x1="{x:.2f}" y1="{at:.2f}" x2="{x:.2f}" y2="{foot}" stroke="{INK}" stroke-width="1.4"/>'
            f'<polygon points="{points}" fill="{INK}" stroke="{INK}" stroke-width="0.8"/>'
        )
    at = y + LOWER
    fill = {"done": INK, "excused": SOFT}.get(shape, "#ffffff")
    drawn = f'<circle cx="{x:.2f}" cy="{at:.2f}" r="3" fill="{fill}" stroke="{INK}" stroke-width="1"/>'
    if shape == "part":
        drawn += f'<rect x="{x - 3:.2f}" y="{at - 1:.2f}" width="6" height="2" fill="{INK}"/>'
    if shape == "missed":
        for turn in (1, -1):
            drawn += (
                f'<line x1="{x - 4:.2f}" y1="{at - 4 * turn:.2f}" x2="{x + 4:.2f}" y2="{at + 4 * turn:.2f}" '
                f'stroke="{INK}" stroke-width="1.1"/>'
            )
    return drawn


def _alone(shape: Shape) -> Picture:
    """One mark, for the legend."""
    middle = {"hearing": UPPER, "deadline": TOP + 5, "today": TOP + 5}.get(shape, LOWER)
    drawn = f'<g transform="translate(0,{5 - middle})">{_mark(shape, 5, 0, tall=10)}</g>'
    return Picture(_svg(drawn, 12, 10), 12, 10)


def _text(x: float, y: float, words: str, *, size: float, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-family="{fonts.FAMILY}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="{INK}">{escape(words)}</text>'
    )


def _svg(drawn: str, width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="presentation" aria-hidden="true">{drawn}</svg>'
    )
