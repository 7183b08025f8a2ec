"""The report of an officer's, or the whole court's, caseload."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.caseload.lookups import CourtDay, all_of, court_limits
from app.caseload.rows import RowMaker, ShownCase
from app.cases.lookups import names_of
from app.core import clock
from app.core.actor import Actor
from app.core.i18n import gettext as _
from app.core.i18n import in_language, ngettext
from app.reports.facts import the_court
from app.reports.lists.models import ListReport
from app.reports.lists.services import MAKE, MAKE_LATER, Correcting, Listed, freeze_list
from app.reports.lists.snapshot import ListColumn, ListKind
from app.reports.services import spoken
from tenants.database import transaction


def request_caseload(
    officer_id: UUID | None,
    *,
    actor: Actor,
    language: str | None = None,
    later: bool = False,
    correcting: Correcting | None = None,
) -> ListReport:
    """Freeze the cases of an officer that are not over (without one, the whole court's) and have the list made.

    `language` is one of the court's, without it the court's first. `later`: one of many. Raises Refused (`language`).
    """
    with transaction():
        court = the_court()
        wanted = spoken(language, court)
        with in_language(wanted):
            listed = caseload_of(officer_id, clock.today(court.time_zone), court.time_zone)
        return freeze_list(
            ListKind.CASELOAD,
            listed,
            actor=actor,
            language=wanted,
            officer_id=officer_id,
            job=MAKE_LATER if later else MAKE,
            correcting=correcting,
        )


def caseload_of(officer_id: UUID | None, today: date, time_zone: str) -> Listed:
    """The list in the language at work. It says nothing of the fee: that is no measure of how somebody does."""
    day = CourtDay(today, time_zone, court_limits())
    cases = all_of(officer_id, day)
    shown = RowMaker(day, "", money=False).rows(cases)
    columns = (
        ListColumn(key="name", label=_("Name"), percent=16),
        ListColumn(key="case_numbers", label=_("Case number"), percent=13),
        ListColumn(key="stage", label=_("Stage"), percent=13),
        ListColumn(key="progress", label=_("Done"), percent=6),
        ListColumn(key="deadline", label=_("Deadline"), percent=10),
        ListColumn(key="next_hearing", label=_("Next hearing"), percent=10),
        ListColumn(key="last_activity", label=_("Last activity"), percent=10),
        ListColumn(key="needs_attention", label=_("Needs attention"), percent=22),
    )
    whose = names_of([officer_id]).get(officer_id, "") if officer_id is not None else str(_("The whole court"))
    people = ngettext("%(num)d person", "%(num)d people", len(shown))
    return Listed(
        about=f"{whose} \N{MIDDLE DOT} {people}",
        columns=columns,
        rows=tuple(_row(one) for one in shown),
        people=[UUID(one.id) for one in shown],
    )


def _row(case: ShownCase) -> tuple[str, ...]:
    told = case.told
    return (
        case.name,
        case.numbers,
        told.stage,
        f"{told.percent}%",
        told.deadline,
        told.hearing,
        told.last_activity,
        "; ".join(told.reasons),
    )
