"""Bars as SVG: plain shapes with their names and numbers as text, told apart by pattern and never by color alone.

Drawn like the pictures of reports (`app/reports/charts.py`), in the same two inks. A picture is as wide as its place:
widths are percentages and there is no viewBox, so that text keeps its size on a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.reports.charts import INK, SOFT

ROW, BAR, TEXT = 56, 18, 16  # pixels: a row, the height of its bar, where its text stands
LONGEST_LABEL = 34  # letters, so that it fits a phone; the table has the whole name
FILLS = ("solid", "hatch", "soft", "dots", "white")


@dataclass(frozen=True)
class Bar:
    """One bar: its label, what is written behind the label, and its parts, in the order of the picture's fills."""

    label: str
    told: str
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Picture:
    """An SVG for a page. `legend`: what each pattern means, with a small picture of it; empty for bars of one part."""

    inline: Markup
    legend: tuple[tuple[Markup, str], ...]


def bars(key: str, title: str, rows: Sequence[Bar], parts: Sequence[str] = ()) -> Picture | None:
    """A picture of `rows`, the longest as wide as it can be; None where there is nothing to draw.

    `key` names the picture within its page. `parts`: what the parts of every bar are called.
    """
    longest = max((sum(row.parts) for row in rows), default=0)
    if not longest:
        return None
    drawn = Markup("").join(_row(row, place, longest, key) for place, row in enumerate(rows))
    told = "; ".join(f"{row.label}: {row.told}" for row in rows)
    head = Markup('<title id="{0}-title">{1}</title><desc id="{0}-desc">{2}</desc>').format(key, title, told)
    frame = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="portal-bars" width="100%" height="{}" role="img" '
        'aria-labelledby="{}-title {}-desc">{}{}{}</svg>'
    )
    picture = frame.format(len(rows) * ROW, key, key, head, _patterns(key), drawn)
    return Picture(picture, tuple((_swatch(key, place), name) for place, name in enumerate(parts)))


def _row(row: Bar, place: int, longest: int, key: str) -> Markup:
    top = place * ROW
    label = row.label if len(row.label) <= LONGEST_LABEL else row.label[: LONGEST_LABEL - 1].rstrip() + "…"
    text = Markup('<text x="0" y="{}" fill="{}" aria-hidden="true">{}: <tspan>{}</tspan></text>')
    drawn = [text.format(top + TEXT, INK, label, row.told)]
    begins = 0.0
    for number, part in enumerate(row.parts):
        width = part / longest * 99.5  # the outline of the widest needs its room
        if part:
            drawn.append(_box(begins, top + TEXT + 6, f"{width:.2f}%", _fill(key, number)))
        begins += width
    return Markup("").join(drawn)


def _box(x: float, y: int, width: str, fill: str) -> Markup:
    box = Markup('<rect x="{}%" y="{}" width="{}" height="{}" fill="{}" stroke="{}" stroke-width="1"/>')
    return box.format(f"{x:.2f}", y, width, BAR, fill, INK)


def _fill(key: str, number: int) -> str:
    fill = FILLS[number]
    return {"solid": INK, "soft": SOFT, "white": "#ffffff"}.get(fill, f"url(#{key}-{fill})")


def _patterns(key: str) -> Markup:
    """Stripes and dots, drawn in the ink on white."""
    return Markup(
        '<defs><pattern id="{0}-hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect width="6" height="6" fill="#ffffff"/><path d="M-1,7 L7,-1" stroke="{1}" stroke-width="1.6"/></pattern>'
        '<pattern id="{0}-dots" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect width="6" height="6" fill="#ffffff"/><circle cx="3" cy="3" r="1.3" fill="{1}"/></pattern></defs>'
    ).format(key, INK)


def _swatch(key: str, number: int) -> Markup:
    box = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="22" height="14" role="presentation" aria-hidden="true">'
        '<rect x="0.5" y="0.5" width="21" height="13" fill="{}" stroke="{}" stroke-width="1"/></svg>'
    )
    return box.format(_fill(key, number), INK)
