"""The progress chart: one strip of boxes for the modules, one for the check-ins.

A strip is an SVG of plain shapes: no text (so no font is looked up), no style attribute (so a page's content policy
lets it through), and no color that carries meaning alone. The words stand beside it, in the page.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from app.reports.snapshot import Snapshot

Mark = Literal["done", "part", "todo", "missed", "excused"]

BOX_HEIGHT = 14
STRIP_WIDTH = 300
GAP = 3
INK = "#1b3a5c"
SOFT = "#c9d3df"

MODULE_MARKS: dict[str, Mark] = {"passed": "done", "exempted": "excused", "in_progress": "part"}
CHECK_IN_MARKS: dict[str, Mark] = {
    "accepted": "done",
    "submitted": "part",
    "returned": "part",
    "missed": "missed",
    "excused": "excused",
}


@dataclass(frozen=True)
class Strip:
    """One row of the chart: what it counts, how many are done, its picture and the picture in words."""

    label: str
    done: int
    total: int
    svg: str
    words: str

    @property
    def data_uri(self) -> str:
        """The picture for an `<img>` of the printed page."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode("ascii")

    @property
    def inline(self) -> Markup:
        """The picture for a web page; it is made of numbers alone, so it needs no escaping."""
        return Markup(self.svg)  # noqa: S704 - built below from integers and constants, no text of a person


def _box(x: float, width: float, mark: Mark) -> str:
    frame = f'<rect x="{x:.2f}" y="1" width="{width:.2f}" height="{BOX_HEIGHT - 2}" '
    if mark == "done":
        return frame + f'fill="{INK}" stroke="{INK}" stroke-width="1"/>'
    if mark == "excused":
        return frame + f'fill="{SOFT}" stroke="{INK}" stroke-width="1"/>'
    shape = frame + f'fill="#ffffff" stroke="{INK}" stroke-width="1"/>'
    if mark == "part":
        shape += f'<rect x="{x:.2f}" y="1" width="{width / 2:.2f}" height="{BOX_HEIGHT - 2}" fill="{INK}"/>'
    if mark == "missed":
        shape += (
            f'<line x1="{x:.2f}" y1="{BOX_HEIGHT - 1}" x2="{x + width:.2f}" y2="1" stroke="{INK}" stroke-width="1"/>'
        )
    return shape


def strip_svg(marks: Sequence[Mark]) -> str:
    """An SVG of one box a mark, in order, 300 by 14 units; at least one mark."""
    step = STRIP_WIDTH / len(marks)
    gap = GAP if step > 4 * GAP else step / 8
    boxes = "".join(_box(i * step + 0.5, step - gap, mark) for i, mark in enumerate(marks))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{STRIP_WIDTH}" height="{BOX_HEIGHT}" '
        f'viewBox="0 0 {STRIP_WIDTH} {BOX_HEIGHT}" role="presentation" aria-hidden="true">{boxes}</svg>'
    )


def progress_strips(snapshot: Snapshot, gettext: Callable[[str], str]) -> list[Strip]:
    """The strips a snapshot gives: required modules, then check-ins; a part that is empty gives none."""
    modules = [MODULE_MARKS.get(m.state, "todo") for m in snapshot.modules if m.required]
    check_ins = [CHECK_IN_MARKS.get(c.state, "todo") for c in snapshot.check_ins]
    rows = [(gettext("Required modules"), modules), (gettext("Check-ins"), check_ins)]
    return [_strip(label, marks, gettext) for label, marks in rows if marks]


def _strip(label: str, marks: list[Mark], gettext: Callable[[str], str]) -> Strip:
    # An excused part asks nothing more of the person, so it counts with what is done.
    done = sum(mark in ("done", "excused") for mark in marks)
    words = gettext("%(done)s of %(total)s") % {"done": done, "total": len(marks)}
    return Strip(label=label, done=done, total=len(marks), svg=strip_svg(marks), words=words)
