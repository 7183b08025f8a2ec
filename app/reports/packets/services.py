"""Asking for the packet of a hearing calendar, and keeping it true until the hearings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from uuid import UUID

from babel.dates import format_date, format_time
from sqlalchemy import select

from app.cases.lookups import Reach, names_of, the_enrollment
from app.cases.models import Enrollment
from app.core.actor import SYSTEM, Actor
from app.core.i18n import LOCALES, in_language
from app.core.i18n import gettext as _
from app.reports.facts import collect, the_court
from app.reports.lists.lookups import OPEN, newest_packet, parts_of
from app.reports.lists.models import ListReport
from app.reports.lists.services import MAKE_PACKET, Correcting, Listed, freeze_list
from app.reports.lists.snapshot import ListColumn, ListKind
from app.reports.lookups import ISSUED
from app.reports.models import Report
from app.reports.packets.lookups import Seat, calendar_of
from app.reports.services import kinds_for, request_report, spoken
from app.reports.snapshot import ReportKind, Snapshot
from tenants.database import session, transaction
from tenants.models import Court
from tenants.rules import rules_in_force

DOCUMENT, PAGE = 3, 4  # places in a row of the index
OF_ITS_MAKING = ("generated_at", "generated_on")


def request_packet(
    day: date,
    officer_id: UUID | None,
    *,
    actor: Actor,
    language: str | None = None,
    correcting: Correcting | None = None,
) -> ListReport:
    """Have the packet of a court-local day made: of an officer's people, or of the whole court.

    `language` is one of the court's; without it the court's first. Raises Refused (field `language`).
    """
    with transaction():
        spoken_language = spoken(language, the_court())
        seats = seats_of(day, officer_id)
        with in_language(spoken_language):
            listed = _index(day, officer_id, seats, LOCALES[spoken_language])
        return freeze_list(
            ListKind.CALENDAR_PACKET,
            listed,
            actor=actor,
            language=spoken_language,
            officer_id=officer_id,
            for_day=day,
            job=MAKE_PACKET,
            correcting=correcting,
        )


def seats_of(day: date, officer_id: UUID | None) -> Sequence[Seat]:
    """Who is in the packet of a day."""
    return calendar_of(day, Reach.WHOLE_COURT if officer_id is None else Reach.CASELOAD, officer_id)


def _index(day: date, officer_id: UUID | None, seats: Sequence[Seat], locale: str) -> Listed:
    words = str(_("Hearings on %(day)s", day=format_date(day, "full", locale=locale)))
    whose = names_of([officer_id]).get(officer_id, "") if officer_id is not None else ""
    columns = (
        ListColumn(key="time", label=_("Time"), percent=13),
        ListColumn(key="name", label=_("Name"), percent=29),
        ListColumn(key="case_numbers", label=_("Case number"), percent=22),
        ListColumn(key="document", label=_("Report"), percent=27),
        ListColumn(key="page", label=_("Page"), percent=9),
    )
    rows = tuple((_at(one.at, locale), one.name, one.numbers or str(_("pending")), "", "") for one in seats)
    return Listed(
        f"{words} \N{MIDDLE DOT} {whose}" if whose else words, columns, rows, [s.enrollment_id for s in seats]
    )


def _at(at: time | None, locale: str) -> str:
    return str(format_time(at, "short", locale=locale)) if at is not None else ""


def packet_kind() -> ReportKind:
    """The kind of report that the court's rules put into packets."""
    return ReportKind(rules_in_force()[1].reports.schedules.packet_kind)


def part_for(enrollment_id: UUID, kind: ReportKind, *, language: str) -> Report | None:
    """The report of somebody for a packet: the newest one while its facts still hold, else a new one.

    None for somebody of whom no such report can be made.
    """
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        if kind not in kinds_for(enrollment):
            return None
        newest = _newest(enrollment_id, kind, language)
        if newest is not None and still_true(newest, enrollment, the_court()):
            return newest
        return request_report(enrollment_id, kind, actor=SYSTEM, language=language, later=True)


def _newest(enrollment_id: UUID, kind: ReportKind, language: str) -> Report | None:
    return session().scalar(
        select(Report)
        .where(
            Report.enrollment_id == enrollment_id,
            Report.kind == kind,
            Report.language == language,
            Report.state.in_((*OPEN, *ISSUED)),
        )
        .order_by(Report.requested_at.desc(), Report.id.desc())
        .limit(1)
    )


def still_true(report: Report, enrollment: Enrollment, court: Court) -> bool:
    """Whether a report would say the same if it were made now."""
    said = Snapshot.model_validate(report.snapshot)
    facts = collect(enrollment, ReportKind(report.kind), court, language=report.language)
    return all(getattr(said, name) == value for name, value in facts.items() if name not in OF_ITS_MAKING)


def keep_packets(day: date) -> None:
    """Have the packets of a court-local day made that are not there yet, and those anew that are not true any more.

    One of the whole court, and one of each officer with somebody on the calendar. Nothing happens without hearings.
    """
    court, kind = the_court(), packet_kind()
    everyone = seats_of(day, None)
    if not everyone:
        return
    holds: dict[UUID, bool] = {}
    officers = sorted({seat.officer_id for seat in everyone if seat.officer_id is not None}, key=str)
    for officer_id in (None, *officers):
        mine = [seat.enrollment_id for seat in everyone if officer_id in (None, seat.officer_id)]
        if not _holds(day, officer_id, mine, kind, court, holds):
            request_packet(day, officer_id, actor=SYSTEM)


def _holds(
    day: date, officer_id: UUID | None, people: list[UUID], kind: ReportKind, court: Court, holds: dict[UUID, bool]
) -> bool:
    """Whether nothing is to be done about a packet: it is being made, failed visibly, or still says what is so."""
    packet = newest_packet(day, officer_id)
    if packet is None or packet.state not in (*ISSUED, *OPEN, "failed"):
        return False
    if packet.state not in ISSUED:
        return True
    parts = parts_of(packet.id)
    if [person.enrollment_id for person, _part in parts] != people:
        return False
    for person, part in parts:
        if person.enrollment_id not in holds:
            enrollment = the_enrollment(person.enrollment_id)
            holds[person.enrollment_id] = (
                kind not in kinds_for(enrollment)
                if part is None
                else part.kind == kind and part.state in ISSUED and still_true(part, enrollment, court)
            )
        if not holds[person.enrollment_id]:
            return False
    return True
