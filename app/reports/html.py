"""A snapshot as HTML: `render_html` for the printed page (what xhtml2pdf draws well), `render_page` for the web.

Both come from the same sections under `templates/reports/sections/`. Nothing here looks anything up, and nothing a
person typed reaches the page unescaped, or as a character that the typeface cannot draw.
"""

import unicodedata
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.core.i18n import in_language
from app.reports import fonts
from app.reports.calendar_picture import calendar_picture
from app.reports.charts import progress_strips
from app.reports.check_code import code_of
from app.reports.court_kinds.wording import BenchWording
from app.reports.layout import Layout
from app.reports.qr import qr_data_uri
from app.reports.snapshot import ReportKind, Snapshot
from app.reports.trace import NOWHERE, Trace
from app.reports.wording import Wording

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "reports"


def render_html(snapshot: Snapshot, gettext: Callable[[str], str]) -> str:
    """The whole document for the renderer. `gettext` translates into the snapshot's language."""
    slip = snapshot.kind is ReportKind.ENROLLMENT_SLIP
    return _render("slip.html" if slip else "print.html", snapshot, gettext, medium="print")


def render_page(
    snapshot: Snapshot, gettext: Callable[[str], str], *, heading: str = "h1", trace: Trace = NOWHERE
) -> str:
    """The same report as an accessible fragment for a web page, whose own `<h1>` it brings.

    On a page with a title of its own, `heading` is "h2". `trace` links facts to their records.
    """
    return _render("page.html", snapshot, gettext, medium="web", heading=heading, trace=trace)


def render_file(snapshot: Snapshot, gettext: Callable[[str], str]) -> str:
    """The same page as a file of its own, for whoever keeps it: it loads nothing, and runs nothing."""
    return _render("file.html", snapshot, gettext, medium="web")


def render_courtesy(snapshot: Snapshot, gettext: Callable[[str], str]) -> str:
    """The courtesy copy as a whole document of its own for the renderer; the snapshot has one."""
    copy = snapshot.courtesy_copy
    assert copy is not None
    with in_language(copy.language):
        return _render("print.html", copy, gettext, medium="print", copy_of=snapshot.language)


@cache
def environment() -> Environment:
    """What every template of a report is rendered in: escapes everything, refuses what is not given."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(font_family=fonts.FAMILY, font_faces=fonts.FACES)
    return made


def _render(
    template: str,
    snapshot: Snapshot,
    gettext: Callable[[str], str],
    *,
    medium: str,
    heading: str = "h1",
    copy_of: str = "",
    trace: Trace = NOWHERE,
) -> str:
    printable = _drawn_by_the_typeface(snapshot) if medium == "print" else snapshot
    code_address = snapshot.slip.enroll_url if snapshot.slip else snapshot.verify_url
    say = Wording(printable, gettext)
    return (
        environment()
        .get_template(template)
        .render(
            _=gettext,
            medium=medium,
            heading=heading,
            copy_of=copy_of,
            report=printable,
            trace=trace,
            say=say,
            bench=BenchWording(say),
            layout=Layout(printable, say, gettext),
            strips=progress_strips(printable, gettext),
            calendar=partial(calendar_picture, printable, gettext, medium=medium),
            qr=qr_data_uri(code_address or ""),
            check_code=code_of(code_address or ""),
            stand_in=fonts.STAND_IN if _marks(printable) > _marks(snapshot) else None,
            courtesy=_copy_within(snapshot, gettext, medium),
        )
    )


def _copy_within(snapshot: Snapshot, gettext: Callable[[str], str], medium: str) -> Markup:
    """The courtesy copy that follows the report on the web page, and on paper where the court wants it there."""
    copy = snapshot.courtesy_copy
    if copy is None or (medium == "print" and snapshot.format.courtesy != "appended"):
        return Markup()
    template = "body.html" if medium == "print" else "page.html"
    with in_language(copy.language):
        body = _render(template, copy, gettext, medium=medium, heading="h2", copy_of=snapshot.language)
    return Markup(body)  # noqa: S704 - the template has escaped everything that a person typed


def _drawn_by_the_typeface(snapshot: Snapshot) -> Snapshot:
    """The snapshot with each character that the typeface lacks replaced by one visible mark."""

    def clean(value: object) -> object:
        if isinstance(value, str):
            return in_the_typeface(value)
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(clean(item) for item in value)
        return value

    data = snapshot.model_dump()
    cleaned = clean(data)
    return snapshot if cleaned == data else Snapshot.model_validate(cleaned)


def in_the_typeface(value: str) -> str:
    """The text with each character that the typeface lacks replaced by one visible mark."""
    drawable = fonts.drawable()
    drawn = "".join(_drawn(c, drawable) for c in unicodedata.normalize("NFC", value))
    return drawn or (fonts.STAND_IN if value else "")


def _marks(snapshot: Snapshot) -> int:
    return snapshot.model_dump_json().count(fonts.STAND_IN)


def _drawn(character: str, drawable: frozenset[int]) -> str:
    if ord(character) in drawable:
        return character
    if character.isspace():
        return " "
    # Controls, joiners, direction marks and combining marks have no body of their own to stand in for.
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Mn", "Me") else fonts.STAND_IN
