"""The page of a report's format: a sample beside the form, of what is typed, before anything is saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response
from markupsafe import Markup
from pydantic import ValidationError

from app.core.i18n import LANGUAGES, gettext, in_language
from app.court_admin.drafting import put_part
from app.court_admin.format_parts import LOOKS, SECTIONS, moved
from app.court_admin.lookups import Module
from app.court_admin.questions import Part, with_value
from app.court_admin.samples import sample
from app.reports.document import make_document
from app.reports.facts import the_court
from app.reports.html import render_page
from app.reports.renderer import shared_renderer
from app.reports.snapshot import ReportKind, Snapshot
from tenants.program import ProgramDocument
from tenants.report_formats import Look, preset

# Buttons of the form that save nothing: their name, and what they can say.
SHOW, SAMPLE, PDF, BEGIN, MOVE = "show", "sample", "pdf-", "begin_with", "move"
STEPS = {"up": -1, "down": 1}


@dataclass(frozen=True)
class Shown:
    """The sample in one of the court's languages, as a fragment of a page."""

    language: str
    name: str
    paper: Markup


def begun_again(kind: str, document: Mapping[str, Any], look: str) -> dict[str, Any]:
    """The document with the look, sections and columns of a preset; everything else of the format stays."""
    chosen = preset(Look(look), kind).model_dump(mode="json")
    begun = dict(document)
    for name in ("look", "sections", "module_columns", "check_in_columns"):
        if name in chosen:
            begun = with_value(begun, ("reports", "formats", kind, name), chosen[name])
    return begun


def with_moved(kind: str, document: Mapping[str, Any], asked: str) -> dict[str, Any]:
    """The document with one section a place up or down; `asked` is the value of its button, such as "up-modules"."""
    way, _dash, key = asked.partition("-")
    here = ("reports", "formats", kind, SECTIONS)
    chosen = ((document.get("reports") or {}).get("formats", {}).get(kind, {})).get(SECTIONS) or ()
    return with_value(dict(document), here, moved(kind, chosen, key, STEPS.get(way, 0)))


def is_preset(look: str | None) -> bool:
    return look in list(Look)


def samples(
    kind: str, part: Part, wanted: Mapping[str, Any], in_force: ProgramDocument, existing: Iterable[Module]
) -> tuple[Shown, ...]:
    """The sample in each language of the court; none while the part has faults."""
    court, shown = the_court(), []
    for language in court.languages:
        snapshot = _snapshot(kind, part, wanted, in_force, existing, language)
        if snapshot is None:
            return ()
        with in_language(language):
            # The fragment's own templates escape everything that a person typed.
            paper = Markup(render_page(snapshot, _translate, heading="h2"))  # noqa: S704 - see the line above
        shown.append(Shown(language, LANGUAGES[language], paper))
    return tuple(shown)


def sample_pdf(
    kind: str,
    part: Part,
    wanted: Mapping[str, Any],
    in_force: ProgramDocument,
    existing: Iterable[Module],
    language: str,
) -> Response | None:
    """The sample as the PDF that a court would get, without a seal; None while the part has faults.

    Raises RenderFailed.
    """
    snapshot = _snapshot(kind, part, wanted, in_force, existing, language)
    if snapshot is None:
        return None
    with in_language(language):
        content = make_document(snapshot, _translate, shared_renderer()).pdf
    answer = Response(content, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"sample-{kind}-{language}.pdf")
    return answer


def looks() -> list[tuple[str, str, str]]:
    """Value, name and description of each preset."""
    return [(look.value, str(name), str(about)) for look, (name, about) in LOOKS.items()]


def _snapshot(
    kind: str,
    part: Part,
    wanted: Mapping[str, Any],
    in_force: ProgramDocument,
    existing: Iterable[Module],
    language: str,
) -> Snapshot | None:
    document = _sound(wanted) or _sound(put_part(part, wanted, in_force.to_json()))
    if document is None:
        return None
    titles = {module.slug: module.title for module in existing}
    return sample(ReportKind(kind), document, the_court(), titles, language)


def _sound(document: Mapping[str, Any]) -> ProgramDocument | None:
    """Faults of other parts do not keep the sample of this one back: it is then shown over the rules in force."""
    try:
        return ProgramDocument.model_validate(document)
    except ValidationError:
        return None


def _translate(text: str) -> str:
    return str(gettext(text))
