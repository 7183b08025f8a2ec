"""A list as HTML: for the renderer, and as a fragment of a web page. Nothing is looked up here."""

from __future__ import annotations

from collections.abc import Callable

from app.reports.html import environment, in_the_typeface
from app.reports.lists.snapshot import ListKind, ListSnapshot
from app.reports.qr import qr_data_uri


def title_of(snapshot: ListSnapshot, gettext: Callable[[str], str]) -> str:
    """The document's title; it never names the offense or what the program teaches."""
    return {
        ListKind.CASELOAD: gettext("Caseload report"),
        ListKind.CALENDAR_PACKET: gettext("Hearing packet"),
    }[snapshot.kind]


def render_list(snapshot: ListSnapshot, gettext: Callable[[str], str]) -> str:
    """The whole document for the renderer. `gettext` translates into the snapshot's language."""
    rows = [[_drawable(cell) for cell in row] for row in snapshot.rows]
    given, replaces = snapshot.court, snapshot.replaces
    lines = tuple(_drawable(line) for line in given.letterhead)
    court = given.model_copy(update={"name": _drawable(given.name), "letterhead": lines})
    printable = {
        "court": court,
        "about": _drawable(snapshot.about),
        "note": _drawable(snapshot.note),
        "replaces": replaces.model_copy(update={"reason": _drawable(replaces.reason)}) if replaces else None,
    }
    return _render("list.html", snapshot.model_copy(update=printable), rows, gettext)


def render_list_page(snapshot: ListSnapshot, gettext: Callable[[str], str]) -> str:
    """The same list as an accessible fragment for a web page, whose own `<h1>` it brings."""
    return _render("list_page.html", snapshot, snapshot.rows, gettext)


def _render(template: str, snapshot: ListSnapshot, rows: object, gettext: Callable[[str], str]) -> str:
    return (
        environment()
        .get_template(template)
        .render(
            _=gettext,
            report=snapshot,
            title=title_of(snapshot, gettext),
            heads=[column.label for column in snapshot.columns],
            widths=[column.percent for column in snapshot.columns],
            rows=rows,
            qr=qr_data_uri(snapshot.verify_url),
        )
    )


def _drawable(cell: str) -> str:
    """Most cells are plain: only the others are looked at character by character."""
    return cell if cell.isascii() and cell.isprintable() else in_the_typeface(cell)
