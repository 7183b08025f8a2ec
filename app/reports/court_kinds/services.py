"""Requesting a non-compliance report: by a person who may decide about possible violations, never by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.accountability.terminating.lookups import terminations_of
from app.accountability.terminating.models import Termination
from app.accountability.violations.lookups import violations_of
from app.accountability.violations.models import PossibleViolation
from app.cases.lookups import names_of, the_enrollment
from app.cases.models import Enrollment
from app.core.errors import NotFound, Refused
from app.core.i18n import LazyString, in_language
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.court_kinds.facts import ending_of, event_of, people_in, return_of, tried_for
from app.reports.court_kinds.frozen import CaseStep, NonCompliance
from app.reports.facts import the_court
from app.reports.models import Report
from app.reports.services import freeze, spoken
from app.reports.snapshot import ReportKind
from app.reports.sources import ENDING, EVENTS
from tenants.database import transaction

RETURN = "return"  # the choice that stands for the return to the court


class Asked(StrEnum):
    """What the court is asked for."""

    NOTHING = "nothing"
    HEARING = "hearing"
    MORE_TIME = "more_time"
    CONDITIONS = "conditions"
    RETURN = "return"
    END = "end"


ASKED_WORDS: dict[str, LazyString] = {
    Asked.NOTHING: _l("Nothing: this report only informs the court"),
    Asked.HEARING: _l("Set a hearing"),
    Asked.MORE_TIME: _l("Give more time"),
    Asked.CONDITIONS: _l("Change the conditions"),
    Asked.RETURN: _l("Decide how the case goes on"),
    Asked.END: _l("Decide whether the program ends"),
}


@dataclass(frozen=True, slots=True)
class Occasions:
    """What of a case a non-compliance report can be about. What was excused counts for nothing, so it is none."""

    violations: Sequence[PossibleViolation]
    returned: CaseStep | None
    proposals: Sequence[Termination]

    def __bool__(self) -> bool:
        return bool(self.violations or self.returned or self.proposals)


@dataclass(frozen=True, slots=True)
class Telling:
    """What somebody chose and wrote: `about` holds ids of occasions, or RETURN."""

    about: frozenset[str]
    tried_besides: str
    asked: Asked
    asked_besides: str


def occasions_of(enrollment: Enrollment, time_zone: str) -> Occasions:
    """What the report can be about, as the case stands."""
    if enrollment.rules_id is None:
        return Occasions((), None, ())
    return Occasions(
        [one for one in violations_of(enrollment.id) if one.state != "excused"],
        return_of(enrollment, time_zone),
        [one for one in terminations_of(enrollment.id) if one.state in ("noticed", "terminated")],
    )


def may_tell(identity: Identity) -> bool:
    """Whether somebody may report this: who decides about such things, and may ask for reports."""
    return may(identity, Permission.VIOLATION_DECIDE) and may(identity, Permission.REPORT_REQUEST)


def request_non_compliance(
    enrollment_id: UUID, telling: Telling, *, actor: Identity, language: str | None = None
) -> Report:
    """Freeze what happened, as chosen, into a report to the court.

    Raises NotFound for somebody without the right, Refused (with the field).
    """
    if not may_tell(actor):
        raise NotFound
    if not telling.about:
        raise Refused(_("Choose what the report is about."), "about")
    if telling.asked is not Asked.NOTHING and not telling.asked_besides.strip():
        raise Refused(_("Write what you ask for, and why."), "asked_besides")
    with transaction():
        enrollment, court = the_enrollment(enrollment_id, lock=True), the_court()
        said_in = spoken(language, court)
        with in_language(said_in):
            content, sources = _content(enrollment, telling, actor, court.time_zone)
        return freeze(
            enrollment,
            ReportKind.NON_COMPLIANCE,
            court,
            language=said_in,
            actor=actor,
            content={"non_compliance": content},
            sources=sources,
        )


def _content(
    enrollment: Enrollment, telling: Telling, actor: Identity, time_zone: str
) -> tuple[NonCompliance, dict[str, list[str]]]:
    """What is frozen, and what tells the records behind it."""
    there = occasions_of(enrollment, time_zone)
    violations = [one for one in there.violations if str(one.id) in telling.about]
    proposals = [one for one in there.proposals if str(one.id) in telling.about]
    returned = there.returned if RETURN in telling.about else None
    if len(violations) + len(proposals) + (returned is not None) != len(telling.about) or len(proposals) > 1:
        raise Refused(_("The case has changed meanwhile. Look at the choices again."), "about")
    names = people_in(violations, proposals)
    sources = {EVENTS: [str(one.id) for one in violations], ENDING: [str(one.id) for one in proposals]}
    told = NonCompliance(
        events=tuple(event_of(one, names, time_zone) for one in violations),
        returned=returned,
        ending=ending_of(proposals[0], names, time_zone) if proposals else None,
        tried=tried_for(enrollment, time_zone),
        tried_besides=telling.tried_besides.strip(),
        asked=str(ASKED_WORDS[telling.asked]),
        asked_besides=telling.asked_besides.strip(),
        asked_by=next(iter(names_of({actor.id}).values()), "") or str(_("A person of the court")),
    )
    return told, sources
