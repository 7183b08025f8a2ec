"""Which modules a court may require: written ones, and in production those whose approvers have signed them off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.court_admin.lookups import Module, modules

OUTLINE, UNSIGNED = "module_is_outline", "module_not_signed_off"


def standing_faults(document: Mapping[str, Any], existing: Iterable[Module], *, production: bool) -> list[ErrorDetails]:
    """The required modules of a draft that can not be required, in the shape of the document's own complaints. Pure.

    A module that nobody has published is not judged: a court waits for it.
    """
    known = {module.slug: module for module in existing}
    coursework = document.get("coursework")
    rows = coursework.get("modules") if isinstance(coursework, Mapping) else None
    found: list[ErrorDetails] = []
    for at, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
        module = known.get(str(row.get("slug"))) if isinstance(row, Mapping) and row.get("required", True) else None
        if module is None:
            continue
        kind = OUTLINE if not module.ready else UNSIGNED if production and not module.signed else ""
        if kind:
            loc = ("coursework", "modules", at, "use")
            found.append(ErrorDetails(type=kind, loc=loc, msg=kind, input=module.slug))
    return found


def faults_here(document: Mapping[str, Any], existing: Iterable[Module]) -> list[ErrorDetails]:
    """`standing_faults` in the kind of portal at hand."""
    known = tuple(existing)
    return standing_faults(document, known, production=runtime().settings.production) if known else []


def refuse_unready(document: Mapping[str, Any]) -> None:
    """Raises Refused, naming the modules, when the document requires one that can not be required."""
    existing = modules()
    faults = faults_here(document, existing)
    if faults:
        titles = {module.slug: module.title for module in existing}
        names = ", ".join(titles.get(str(fault["input"]), str(fault["input"])) for fault in faults)
        raise Refused(
            _(
                "These modules can not be required yet, because they are not finished or not signed off: %(names)s.",
                names=names,
            )
        )
