"""The files that a report has beside its PDF, each made from the snapshot alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.core.csv_files import CSV_TYPE, csv_file
from app.reports.document import has_own_copy, make_courtesy
from app.reports.html import render_file
from app.reports.layout import Layout
from app.reports.outputs.published import PublishedReport, published
from app.reports.render import Renderer
from app.reports.snapshot import Snapshot
from app.reports.wording import Wording

COURTESY = "courtesy"
Row = tuple[str, str, str, str]


@dataclass(frozen=True)
class MadeFile:
    content: bytes
    name: str
    content_type: str


def files_of(snapshot: Snapshot) -> tuple[str, ...]:
    """The forms in which a report can be had, as its format says: "html", "csv", "json", "courtesy"."""
    return (*snapshot.format.outputs, *((COURTESY,) if has_own_copy(snapshot) else ()))


def make_output(
    snapshot: Snapshot,
    form: str,
    gettext: Callable[[str], str],
    *,
    public_url: str,
    renderer: Callable[[], Renderer],
    kept_copy: Callable[[], bytes | None] = lambda: None,
) -> MadeFile:
    """The report in one of `files_of`. `gettext` translates into the language of the page at hand.

    `kept_copy` gives the sealed courtesy copy; reports from before it was kept have none, theirs is drawn, without a
    seal. Raises KeyError for a form that the report does not have, RenderFailed (a courtesy copy only).
    """
    if form not in files_of(snapshot):
        raise KeyError(form)
    number = snapshot.number
    if form == "html":
        return MadeFile(render_file(snapshot, gettext).encode(), f"{number}.html", "text/html; charset=utf-8")
    if form == COURTESY:
        content = kept_copy() or make_courtesy(snapshot, gettext, renderer()).pdf
        return MadeFile(content, f"{number}-{snapshot.courtesy_language}.pdf", "application/pdf")
    say = Wording(snapshot, gettext)
    data = published(snapshot, say, Layout(snapshot, say, gettext), public_url=public_url)
    if form == "csv":
        return MadeFile(csv_of(data), f"{number}.csv", CSV_TYPE)
    return MadeFile(json_of(data), f"{number}.json", "application/json")


def json_of(data: PublishedReport) -> bytes:
    """UTF-8, in the order of the schema."""
    return json.dumps(data.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=2).encode() + b"\n"


def csv_of(data: PublishedReport) -> bytes:
    """One fact a row: section, number of the row in it, name, value; the names are those of the JSON file."""
    return csv_file(
        [("section", "row", "name", "value"), *_rows(data.model_dump(mode="json", exclude={"schema_address"}))]
    )


def _rows(facts: dict[str, Any]) -> Iterator[Row]:
    for section, value in facts.items():
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from _named(f"{section}.{name}" if isinstance(inner, list | dict) else section, name, inner)
        else:
            yield from _named(section, section, value)


def _named(section: str, name: str, value: Any, number: str = "") -> Iterator[Row]:
    if isinstance(value, list):
        for at, one in enumerate(value, start=1):
            yield from _named(section, name, one, str(at))
    elif isinstance(value, dict):
        for inner_name, inner in value.items():
            yield from _named(section, inner_name, inner, number)
    elif value not in (None, ""):
        yield section, number, name, str(value)
