"""Names that courts take over from the starting rules, in the reader's language.

A court names the parts of its fee in its rules, once, in one language. Those that the starting rules bring
(tenants/presets) are known here; a name of the court's own is shown as the court wrote it.
"""

from __future__ import annotations

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

KNOWN: dict[str, LazyString] = {
    "Program fee": _("Program fee"),
    "Court administration": _("Court administration"),
    "Treatment fund": _("Treatment fund"),
    "Court": _("Court"),
    "County treatment fund": _("County treatment fund"),
}


def in_reader_language(name: str) -> str:
    """The name of a fee's part or payee as the reader knows it."""
    known = KNOWN.get(name)
    return name if known is None else str(known)
