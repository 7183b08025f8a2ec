"""What somebody wants to see of the audit. A filter is made of ids, groups and days: it may stand in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, or_, select, union_all

from app.accountability.schedule import midnight
from app.cases.models import Enrollment
from app.core.actor import ActorKind
from app.core.models import AuditEvent
from app.court_admin.audit_words import OF_LISTS, Kind, actions_of
from app.reports.lists.models import ListReportPerson


@dataclass(frozen=True)
class Filter:
    """Which events. `who` acted, or is whom the event is about. Days are court-local and belong to it, both."""

    who: UUID | None = None
    actors: ActorKind | None = None
    case: UUID | None = None
    kind: Kind | None = None
    begins: date | None = None
    ends: date | None = None

    @classmethod
    def from_address(cls, values: Mapping[str, str]) -> Filter:
        """From an address or a form; whatever is not understood is as if it were not there."""
        return cls(
            who=_id(values.get("who", "")),
            actors=_one_of(ActorKind, values.get("actors", "")),
            case=_id(values.get("case", "")),
            kind=_one_of(Kind, values.get("kind", "")),
            begins=_day(values.get("from", "")),
            ends=_day(values.get("to", "")),
        )

    def to_address(self) -> dict[str, Any]:
        """The other way round: only what is set."""
        values = {
            "who": self.who,
            "actors": self.actors,
            "case": self.case,
            "kind": self.kind,
            "from": self.begins,
            "to": self.ends,
        }
        return {name: str(value) for name, value in values.items() if value is not None}

    def conditions(self, time_zone: str) -> list[ColumnElement[bool]]:
        """On AuditEvent, with the days on the court's clock."""
        wanted: list[ColumnElement[bool]] = []
        if self.who is not None:
            wanted.append(or_(AuditEvent.actor_id == self.who, AuditEvent.subject_id == self.who))
        if self.actors is not None:
            wanted.append(AuditEvent.actor_kind == self.actors)
        if self.case is not None:
            wanted.append(AuditEvent.id.in_(events_of_case(self.case)))
        if self.kind is not None:
            wanted.append(AuditEvent.action.in_(actions_of(self.kind)))
        if self.begins is not None:
            wanted.append(AuditEvent.at >= _start(self.begins, time_zone))
        if self.ends is not None:
            wanted.append(AuditEvent.at < _start(self.ends, time_zone, days=1))
        return wanted


def events_of_case(referral_id: UUID) -> CompoundSelect[Any]:
    """Ids of the events of a case: its own, and whoever read a report about many people that names its person.

    Two looks into an index each, whatever else the court's audit holds; lists note their readers once, not by person.
    """
    own = select(AuditEvent.id).where(AuditEvent.case_id == referral_id)
    of_lists = (
        select(AuditEvent.id)
        .join(ListReportPerson, ListReportPerson.list_id == AuditEvent.subject_id)
        .join(Enrollment, Enrollment.id == ListReportPerson.enrollment_id)
        .where(Enrollment.referral_id == referral_id, AuditEvent.action.in_(OF_LISTS))
    )
    return union_all(own, of_lists)


def _start(day: date, time_zone: str, days: int = 0) -> datetime:
    """The first instant (UTC) of a court-local day, or of one some days later; years are kept within the calendar."""
    within = min(max(day, date(1970, 1, 2)), date(9998, 12, 30))
    return midnight(within + timedelta(days=days), time_zone)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


Choice = TypeVar("Choice", Kind, ActorKind)


def _one_of(kinds: type[Choice], text: str) -> Choice | None:
    try:
        return kinds(text)
    except ValueError:
        return None
