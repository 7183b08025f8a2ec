"""xhtml2pdf, prepared once and made safe and quick for one kind of input: the HTML of `app.reports.html`.

Runs only inside the render server's children. What is changed in the library, and why:

- Page totals in one pass. `<pdf:pagecount>` makes the library lay every page out twice. The frames that hold it
  (header and footer) are painted after the last page instead, when the total is known. A table of contents would need
  the second pass; reports have none.
- Tables of plain text are drawn by `plain_table`; a heading keeps to the first rows of a long one, not to all of it.
- Well-formed documents, as ours are, are read by `markup`.
- A style sheet of plain rules is parsed once, a picture drawn twice from the same SVG is parsed once, and a font file
  is told from others by a digest that is taken once.
- svglib opens `<family>.ttf` and runs `fc-match` for a font family that it does not know. Both are closed: an SVG draws
  in the report's typeface or in a base face, which the archive pass then refuses.
- Unchanging output: ReportLab's dates and ids are fixed, and nothing depends on the order of a set of strings (the
  server starts with PYTHONHASHSEED=0).
"""

import copy
import hashlib
import io
import logging
from functools import cache
from typing import Any, Final

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from svglib.fonts import FontMap, get_global_font_map
from xhtml2pdf import context as pisa_context
from xhtml2pdf import xhtml2pdf_reportlab as pisa_reportlab
from xhtml2pdf.builders.printmarks import MarkedCanvas
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.document import pisaDocument

from app.reports import fonts, markup, plain_table
from app.reports.wire import Drawn

SVGS_KEPT: Final = 64
STYLE_SHEETS_KEPT: Final = 8
COMPLAINTS_KEPT: Final = 50
RENDER_SECONDS: Final = 20


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.lines) < COMPLAINTS_KEPT:
            self.lines.append(f"{record.levelname}: {record.getMessage()[:300]}")


class _OnePassCanvas(MarkedCanvas):  # type: ignore[misc] # the library has no types
    """Keeps the pages open until the last, then paints the frames that state the total."""

    document: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pages_kept: list[dict[str, Any]] = []
        self.frames_due: list[tuple[Any, Any, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self.pages_kept.append(dict(self.__dict__))
        self.frames_due = []
        self._startPage()

    def save(self) -> None:
        kept = self.pages_kept
        for page in kept:
            self.__dict__.update(page)
            # ReportLab takes the document off its canvas before the last page ends; the frames ask it for the total.
            self._doctemplate = self.document
            self.document._page_count = len(kept)
            for template, frame, renumber in self.frames_due:
                _paint_static_frame(template, frame, self, renumber)
            super().showPage()
        super().save()


_paint_static_frame = pisa_reportlab.PmlPageTemplate._paintStaticFrame
_parse_css_source = pisa_context.pisaContext._parseCSSSource
_parse_svg = pisa_reportlab.svg2rlg


def _put_off_static_frame(template: Any, frame: Any, canvas: Any, renumber: Any) -> None:
    if isinstance(canvas, _OnePassCanvas):
        canvas.frames_due.append((template, frame, renumber))
    else:
        _paint_static_frame(template, frame, canvas, renumber)


def _build_once(document: Any, story: list[Any], **_options: Any) -> None:
    document.build(story, canvasmaker=type("OnePassCanvas", (_OnePassCanvas,), {"document": document}))


class _Svgs:
    """Drawings by the digest of their source; the library scales what it gets, so each use gets its own copy."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Any] = {}

    def __call__(self, source: io.BytesIO, **options: Any) -> Any:
        key = hashlib.sha256(source.getvalue()).digest()
        if key not in self.kept:
            if len(self.kept) >= SVGS_KEPT:
                self.kept.clear()
            self.kept[key] = _parse_svg(source, **options)
        drawing = self.kept[key]
        return None if drawing is None else copy.copy(drawing)


class _StyleSheets:
    """Style sheets as rules, by their text; one with an @-rule is read anew: its frames belong to the document."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def parse(self, context: Any, text: str, source: str) -> Any:
        if "@" in text:
            return _parse_css_source(context, text, source)
        key = text.strip()
        if key not in self.kept:
            if len(self.kept) >= STYLE_SHEETS_KEPT:
                self.kept.clear()
            self.kept[key] = _parse_css_source(context, text, source)
        return self.kept[key]


def prepare() -> None:
    """Change the library as the module says and register the four faces. Once a process, before the first fork."""
    rl_config.invariant = 1
    plain_table.install()
    markup.install()
    styles = _StyleSheets()
    pisa_reportlab.PmlPageTemplate._paintStaticFrame = _put_off_static_frame
    pisa_reportlab.PmlBaseDoc.multiBuild = _build_once
    document = pisa_reportlab.PmlBaseDoc
    document._initArgs = {**document._initArgs, "keepTogetherClass": plain_table.KeepStart}
    pisa_reportlab.svg2rlg = _Svgs()
    pisa_context.pisaContext._parseCSSSource = lambda context, text, source: styles.parse(context, text, source)
    pisa_context._file_digest = cache(pisa_context._file_digest)
    known = get_global_font_map()
    for weight, style, file in fonts.FACES:
        # The name under which xhtml2pdf would register the face itself; registered now, it is read from disk once.
        name = f"{fonts.FAMILY.lower()}_{int(weight == 'bold')}{int(style == 'italic')}"
        pdfmetrics.registerFont(TTFont(name, str(fonts.folder() / file)))
        known._map[FontMap.build_internal_name(fonts.FAMILY, weight, style)] = {
            "svg_family": fonts.FAMILY,
            "svg_weight": weight,
            "svg_style": style,
            "rlgFont": name,
            "exact": True,
        }
    known._family_index[fonts.FAMILY.lower()] = fonts.FAMILY
    for opener in ("use_fontconfig", "register_font"):
        setattr(known, opener, lambda *_args, **_kwargs: (None, False))


def draw(html: str, seconds: int = RENDER_SECONDS) -> Drawn:
    """HTML to PDF, within so many seconds. It may read the font folder and nothing else.

    Raises:
        Exception: whatever the library raises; the caller tells the parent.
    """
    complaints = _Complaints()
    logger = logging.getLogger("xhtml2pdf")
    logger.addHandler(complaints)
    out = io.BytesIO()
    policy = ResourceAccessPolicy.server(fonts.folder(), allow_remote=False, max_render_seconds=seconds)
    try:
        result = pisaDocument(html, out, path=str(fonts.folder() / "report.html"), resource_policy=policy)
    finally:
        logger.removeHandler(complaints)
    data = out.getvalue()
    lines = [*complaints.lines, *(["ERROR: the document was not drawn whole"] if result.err else [])]
    return Drawn(pdf=data, pages=data.count(b"/Type /Page\n"), complaints=tuple(lines))
