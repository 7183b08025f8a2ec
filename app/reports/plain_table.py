"""A quick flowable for tables that hold nothing but text.

The library makes several paragraphs a cell and lays each out more than once; a table of 1,000 rows takes seconds. Most
tables of a report are plain: text cells, the same number in every row, a percent width on each cell of the first row.
Such a table is drawn here as strings: fonts, colors, paddings, rules and alignment come from the same style sheet by
way of the library's own cascade, and a split shares the rows by index. Any other table goes the library's way.

Styles are looked up once for each kind of cell (tag, its class, its row's class), so a style sheet styles plain cells
by tag and class, not by position or row.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final
from xml.dom.minidom import Element, Node

from reportlab.lib.fonts import tt2ps
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus.flowables import Flowable, KeepTogether
from xhtml2pdf import parser
from xhtml2pdf.properties import reset_non_inherited
from xhtml2pdf.util import getSize

# The middle of a digit lies this share of the type size above the baseline.
MIDDLE: Final = 0.33
ROUNDING: Final = 0.01
SHORT: Final = 12  # rows of a table that stays whole with its heading
STARTS_WITH: Final = 4  # rows of a longer one that do


@dataclass(frozen=True)
class CellStyle:
    """How one kind of cell looks; lengths in points, paddings clockwise from the top."""

    font: str
    size: float
    leading: float
    color: Any
    background: Any
    right_aligned: bool
    padding: tuple[float, float, float, float]
    rule_above: tuple[float, Any] | None
    rule_below: tuple[float, Any] | None
    rule_left: tuple[float, Any] | None
    rule_right: tuple[float, Any] | None


@dataclass(frozen=True)
class Cell:
    """Text and its look."""

    text: str
    style: CellStyle


class PlainRows:
    """The rows of one table, laid out once for a width and shared by every part of the table."""

    def __init__(self, heads: list[list[Cell]], body: list[list[Cell]], shares: list[float]) -> None:
        self.heads = len(heads)
        self.rows = [*heads, *body]
        self.shares = shares
        self.width = -1.0

    def lay_out(self, width: float) -> None:
        """Break the text into lines and sum up the heights."""
        if self.width == width:
            return
        self.width = width
        scale = width / sum(self.shares)
        self.columns = [share * scale for share in self.shares]
        self.lefts = [0.0, *accumulate(self.columns)]
        self.lines = [[_lines(c, w) for c, w in zip(row, self.columns, strict=True)] for row in self.rows]
        self.heights = [
            max(_height(c, len(lines)) for c, lines in zip(row, cells, strict=True))
            for row, cells in zip(self.rows, self.lines, strict=True)
        ]
        self.ends = [0.0, *accumulate(self.heights)]
        self.head_height = self.ends[self.heads]


class PlainTable(Flowable):  # type: ignore[misc] # the library has no types
    """Rows `first` up to `last` of a plain table under its repeated head."""

    def __init__(self, rows: PlainRows, first: int, last: int) -> None:
        super().__init__()
        self.rows, self.first, self.last = rows, first, last

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """The size it takes."""
        self.rows.lay_out(width)
        self.width = width
        self.height = self.rows.head_height + self.rows.ends[self.last] - self.rows.ends[self.first]
        return self.width, self.height

    def split(self, width: float, height: float) -> list["PlainTable"]:
        """As many rows as fit, and the rest."""
        self.rows.lay_out(width)
        ends = self.rows.ends
        room = ends[self.first] + height - self.rows.head_height + ROUNDING
        fits = bisect_right(ends, room, self.first, self.last + 1) - 1
        if fits <= self.first:
            return []
        if fits >= self.last:
            return [self]
        return [PlainTable(self.rows, self.first, fits), PlainTable(self.rows, fits, self.last)]

    def draw(self) -> None:
        """Head, then rows, from the top down."""
        top = self.height
        for index in [*range(self.rows.heads), *range(self.first, self.last)]:
            height = self.rows.heights[index]
            for column, cell in enumerate(self.rows.rows[index]):
                box = (self.rows.lefts[column], top - height, self.rows.columns[column], height)
                _draw_cell(self.canv, cell.style, self.rows.lines[index][column], box)
            top -= height


class KeepStart(KeepTogether):  # type: ignore[misc] # the library has no types
    """What stays with what follows it, such as a heading with its table: of a long table only the first rows.

    The library would begin a new page and leave most of the old one empty.
    """

    def split(self, width: float, height: float) -> list[Any]:
        *before, last = self._content
        if isinstance(last, PlainTable) and last.last - last.first > SHORT:
            start = PlainTable(last.rows, last.first, last.first + STARTS_WITH)
            needed = sum(flowable.wrap(width, height)[1] + flowable.getSpaceBefore() for flowable in (*before, start))
            if needed + sum(flowable.getSpaceAfter() for flowable in before) <= height:
                return [*before, last]
        found: list[Any] = super().split(width, height)
        return found


def install() -> None:
    """Let plain tables of a document become `PlainTable`s."""
    walk = parser.pisaLoop

    def loop(node: Any, context: Any, **margins: Any) -> None:
        found = _plain_rows(node) if node.nodeType == Node.ELEMENT_NODE and node.tagName == "table" else None
        if found is None:
            walk(node, context, **margins)
            return
        context.addPara()
        heads, body = found
        shares = [_share(cell) or 0.0 for cell in (heads or body)[0]]
        rows = _read(node, heads, body, shares, context)
        context.addStory(PlainTable(rows, rows.heads, len(rows.rows)))

    parser.pisaLoop = loop


def _elements(node: Any) -> list[Element]:
    return [child for child in node.childNodes if child.nodeType == Node.ELEMENT_NODE]


def _plain_rows(table: Any) -> tuple[list[list[Element]], list[list[Element]]] | None:
    """The cells of the head and of the body, or None for a table that is not plain."""
    heads: list[list[Element]] = []
    body: list[list[Element]] = []
    for part in _elements(table):
        if part.tagName not in ("thead", "tbody"):
            return None
        for row in _elements(part):
            (heads if part.tagName == "thead" else body).append(_elements(row))
    rows = [*heads, *body]
    if not body or any(len(row) != len(rows[0]) for row in rows):
        return None
    if not all(_share(cell) for cell in rows[0]) or not all(_is_plain(cell) for row in rows for cell in row):
        return None
    return heads, body


def _is_plain(cell: Element) -> bool:
    special = any(cell.hasAttribute(name) for name in ("colspan", "rowspan", "style", "id"))
    return not special and all(child.nodeType == Node.TEXT_NODE for child in cell.childNodes)


def _share(cell: Element) -> float | None:
    width = cell.getAttribute("width")
    number = width.removesuffix("%")
    return float(number) if width.endswith("%") and number.isdecimal() and float(number) > 0 else None


def _read(table: Any, heads: list[Any], body: list[Any], shares: list[float], context: Any) -> PlainRows:
    styles: dict[tuple[str, str, str], CellStyle] = {}
    context.pushFrag()
    reset_non_inherited(context.frag)
    _apply_styles(table, context)

    def read(element: Element) -> Cell:
        row: Any = element.parentNode
        key = (element.tagName, element.getAttribute("class"), row.getAttribute("class"))
        if key not in styles:
            styles[key] = _cell_style(element, context)
        return Cell(" ".join("".join(t.data for t in element.childNodes).split()), styles[key])  # type: ignore[union-attr] # only text nodes, see _is_plain

    try:
        return PlainRows([[read(c) for c in r] for r in heads], [[read(c) for c in r] for r in body], shares)
    finally:
        context.pullFrag()


def _apply_styles(node: Any, context: Any) -> None:
    context.cssAttr = parser.CSSCollect(node, context)
    context.node = node
    parser.CSS2Frag(context, {f"margin-{side}": 0 for side in ("top", "bottom", "left", "right")}, isBlock=True)


def _cell_style(element: Element, context: Any) -> CellStyle:
    context.pushFrag()
    reset_non_inherited(context.frag)
    _apply_styles(element, context)
    frag = context.frag
    style = CellStyle(
        font=tt2ps(frag.fontName, frag.bold, frag.italic),
        size=frag.fontSize,
        leading=max(getSize(frag.leadingSource, frag.fontSize), frag.fontSize),
        color=frag.textColor,
        background=frag.backColor,
        right_aligned=frag.alignment == 2,
        padding=(frag.paddingTop, frag.paddingRight, frag.paddingBottom, frag.paddingLeft),
        rule_above=_rule(frag.borderTopStyle, frag.borderTopWidth, frag.borderTopColor),
        rule_below=_rule(frag.borderBottomStyle, frag.borderBottomWidth, frag.borderBottomColor),
        rule_left=_rule(frag.borderLeftStyle, frag.borderLeftWidth, frag.borderLeftColor),
        rule_right=_rule(frag.borderRightStyle, frag.borderRightWidth, frag.borderRightColor),
    )
    context.pullFrag()
    return style


def _rule(style: str | None, width: float, color: Any) -> tuple[float, Any] | None:
    return (width, color) if style not in (None, "none", "hidden") and width and color is not None else None


def _lines(cell: Cell, column: float) -> list[str]:
    style = cell.style
    room = column - style.padding[1] - style.padding[3]
    if stringWidth(cell.text, style.font, style.size) <= room:
        return [cell.text]
    lines: list[str] = []
    for line in simpleSplit(cell.text, style.font, style.size, room):
        lines.extend(_broken(line, style, room))
    return lines


def _broken(line: str, style: CellStyle, room: float) -> list[str]:
    """A line with a word wider than its column, broken between characters; any other line as it is."""
    pieces = []
    while len(line) > 1 and stringWidth(line, style.font, style.size) > room:
        ends = accumulate(stringWidth(c, style.font, style.size) for c in line)
        fits = max(1, sum(end <= room for end in ends))
        pieces.append(line[:fits])
        line = line[fits:]
    return [*pieces, line]


def _height(cell: Cell, lines: int) -> float:
    return cell.style.padding[0] + cell.style.padding[2] + lines * cell.style.leading


def _draw_cell(canvas: Any, style: CellStyle, lines: list[str], box: tuple[float, float, float, float]) -> None:
    left, bottom, width, height = box
    if style.background is not None:
        canvas.setFillColor(style.background)
        canvas.rect(left, bottom, width, height, stroke=0, fill=1)
    canvas.setFillColor(style.color)
    canvas.setFont(style.font, style.size)
    baseline = bottom + height - style.padding[0] - style.leading / 2 - style.size * MIDDLE
    for line in lines:
        if style.right_aligned:
            canvas.drawRightString(left + width - style.padding[1], baseline, line)
        else:
            canvas.drawString(left + style.padding[3], baseline, line)
        baseline -= style.leading
    for rule, y in ((style.rule_above, bottom + height), (style.rule_below, bottom)):
        if rule is not None:
            canvas.setLineWidth(rule[0])
            canvas.setStrokeColor(rule[1])
            canvas.line(left, y, left + width, y)
    for rule, x in ((style.rule_left, left), (style.rule_right, left + width)):
        if rule is not None:
            canvas.setLineWidth(rule[0])
            canvas.setStrokeColor(rule[1])
            canvas.line(x, bottom, x, bottom + height)
