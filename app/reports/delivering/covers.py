"""Cover sheets of printed reports: who and what, large enough to be read across a desk."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.core.i18n import gettext as _
from app.reports import fonts
from app.reports.html import in_the_typeface

PLAIN, BOLD = "cover-plain", "cover-bold"
MARGIN = 72.0  # points


@dataclass(frozen=True)
class Cover:
    """What stands on one sheet, in words."""

    number: str
    kind: str
    name: str
    case_numbers: str
    issued: str


def draw_covers(court: str, covers: Sequence[Cover]) -> bytes:
    """One sheet (US Letter) a report, in the language at hand."""
    for face, file in ((PLAIN, "SourceSansPro-Regular.ttf"), (BOLD, "SourceSansPro-Bold.ttf")):
        if face not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(face, str(fonts.folder() / file)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    canvas.setTitle(_("Court program"))
    for number, cover in enumerate(covers, start=1):
        _draw(canvas, court, cover, _("Sheet %(number)s of %(all)s") % {"number": number, "all": len(covers)})
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Any, court: str, cover: Cover, place: str) -> None:
    at = letter[1] - 2 * MARGIN
    at = _lines(canvas, court, PLAIN, 16, at) - 48
    for label, words in (
        (_("Name"), cover.name),
        (_("Case number"), cover.case_numbers),
        (_("Document"), cover.kind),
        (_("Document number"), cover.number),
        (_("Facts as of"), cover.issued),
    ):
        at = _lines(canvas, label, PLAIN, 11, at)
        at = _lines(canvas, words, BOLD, 20, at) - 16
    _lines(canvas, place, PLAIN, 11, MARGIN)


def _lines(canvas: Any, text: str, face: str, size: float, at: float) -> float:
    """Text from `at` downwards, at most three lines; where it ended."""
    canvas.setFont(face, size)
    for line in simpleSplit(in_the_typeface(text), face, size, letter[0] - 2 * MARGIN)[:3]:
        canvas.drawString(MARGIN, at, line)
        at -= size * 1.3
    return at
