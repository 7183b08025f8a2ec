"""What a court asks, in few words that another court and a participant can compare. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.accountability.schedule import planned_check_ins
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.money import format_cents
from app.payments.fees import fee_lines
from tenants.program import ProgramDocument


def terms_of(document: ProgramDocument) -> dict[str, Any]:
    """A court's terms as JSON: modules by slug, days, months, and the fee in cents."""
    return {
        "modules": [module.slug for module in document.coursework.modules if module.required],
        "deadline_days": document.coursework.deadline_days,
        "pass_percent": document.coursework.pass_percent,
        "months": document.accountability.months,
        "cadence": str(document.accountability.cadence),
        "misses_allowed": document.accountability.misses_allowed,
        "fee_cents": sum(line.cents for line in fee_lines(document.fees)),
    }


def side_by_side(
    here: Mapping[str, Any], there: Mapping[str, Any], titles: Mapping[str, str], money: Mapping[str, int]
) -> list[tuple[str, str, str]]:
    """What the two courts ask, as rows of label, here, there. `titles`: of the modules, by slug.

    `money`: what was paid (`paid_cents`) and is still open (`open_cents`) at the court that sends; none of it moves.
    """
    return [
        (_("Modules that are required"), *(_modules(one, titles) for one in (here, there))),
        (_("Days for the lessons"), str(here["deadline_days"]), str(there["deadline_days"])),
        (_("Pass mark"), f"{here['pass_percent']}%", f"{there['pass_percent']}%"),
        (_("Months of check-ins"), str(here["months"]), str(there["months"])),
        (_("Number of check-ins"), *(str(planned_check_ins(one["months"], one["cadence"])) for one in (here, there))),
        (_("Missed check-ins before a person looks"), str(here["misses_allowed"]), str(there["misses_allowed"])),
        (_("Fee"), format_cents(here["fee_cents"]), format_cents(there["fee_cents"])),
        (_("Paid so far"), format_cents(money["paid_cents"]), format_cents(0)),
        (_("Still to pay"), format_cents(money["open_cents"]), format_cents(there["fee_cents"])),
    ]


def _modules(one: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    count = len(one["modules"])
    words = ngettext("%(num)s module", "%(num)s modules", count)
    return f"{words}: {', '.join(titles.get(slug, slug) for slug in one['modules'])}"


def differs(row: tuple[str, str, str]) -> bool:
    return row[1] != row[2]


def still_to_do(terms: Mapping[str, Any], passed: set[str]) -> list[str]:
    """The modules of a court that somebody who passed these would still do there, in the court's order."""
    return [slug for slug in terms["modules"] if slug not in passed]
