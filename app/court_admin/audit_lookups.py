"""Reading the audit: a page of events, one of them, who has seen a case, and all that a filter lets through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, null, select, tuple_
from sqlalchemy.engine import Row

from app.accounts.overview import everybody_on_the_staff, learner_names
from app.caseload.finding import find
from app.caseload.lookups import CourtDay
from app.cases.lookups import names_of, visible_enrollments
from app.cases.models import Enrollment
from app.cases.overview import visible_referrals
from app.core import clock
from app.core.actor import ActorKind
from app.core.errors import NotFound
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.core.models import AuditDetail, AuditEvent, AuditSeal
from app.court_admin.audit_filters import Filter, events_of_case
from app.court_admin.audit_words import READS
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import acting_as, session

PAGE = 50
BATCH = 500  # events of an export that are in memory at once
PEOPLE_AT_MOST = 200  # on the page of one case

ACTOR_WORDS: dict[str, LazyString] = {
    ActorKind.ANONYMOUS: _("Somebody not signed in"),
    ActorKind.STAFF: _("Staff"),
    ActorKind.LEARNER: _("Participant"),
    ActorKind.OPERATOR: _("JaneSchool operator"),
    ActorKind.SYSTEM: _("The portal"),
}


@dataclass(frozen=True)
class Names:
    """What the actors of some events are called by this court."""

    staff: dict[UUID, str]
    learners: dict[UUID, str]

    def of(self, kind: str, actor_id: UUID | None) -> str:
        """The name of an actor; what kind of actor it was where there is no name, or none for the reader."""
        name = None
        if actor_id is not None:
            name = (self.learners if kind == ActorKind.LEARNER else self.staff).get(actor_id)
        return name or str(ACTOR_WORDS.get(kind, kind))


def names_for(identity: Identity, actors: Iterable[tuple[str, UUID | None]]) -> Names:
    """Staff by what the court calls them; participants by name for those who may see personal values."""
    known = set(actors)
    learners = {actor_id for kind, actor_id in known if kind == ActorKind.LEARNER and actor_id is not None}
    return Names(
        staff=names_of({actor_id for kind, actor_id in known if kind == ActorKind.STAFF}),
        learners=learner_names(learners) if may(identity, Permission.AUDIT_VALUES_READ) else {},
    )


# --- A page ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EventsPage:
    """At most PAGE events, the newest first. `cases`: those of their cases that the reader may see, by referral."""

    events: Sequence[AuditEvent]
    names: Names
    cases: dict[UUID, Enrollment]
    newer: UUID | None
    older: UUID | None


_key = tuple_(AuditEvent.at, AuditEvent.id)


def page_of_events(
    identity: Identity,
    wanted: Filter,
    time_zone: str,
    *,
    older_than: UUID | None = None,
    newer_than: UUID | None = None,
) -> EventsPage:
    """One page of what `wanted` lets through; an unknown event to go on from starts with the newest."""
    query = select(AuditEvent).where(*wanted.conditions(time_zone)).limit(PAGE + 1)
    place = _place(older_than or newer_than)
    backwards = place is not None and older_than is None
    if place is not None:
        query = query.where(_key > place if backwards else _key < place)
    order = (AuditEvent.at, AuditEvent.id) if backwards else (AuditEvent.at.desc(), AuditEvent.id.desc())
    rows = list(session().scalars(query.order_by(*order)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    newer = more if backwards else place is not None
    older = True if backwards else more
    return EventsPage(
        events=rows,
        names=names_for(identity, ((row.actor_kind, row.actor_id) for row in rows)),
        cases=visible_referrals(identity, list({row.case_id for row in rows if row.case_id is not None})),
        newer=rows[0].id if rows and newer else None,
        older=rows[-1].id if rows and older else None,
    )


def _place(event_id: UUID | None) -> tuple[datetime, UUID] | None:
    if event_id is None:
        return None
    found = session().execute(select(AuditEvent.at, AuditEvent.id).where(AuditEvent.id == event_id)).first()
    return (found.at, found.id) if found is not None else None


def staff_to_choose() -> list[tuple[UUID, str]]:
    """Everybody who is or was on the staff, for the filter."""
    ids = everybody_on_the_staff()
    names = names_of(ids)
    return [(member, names[member]) for member in ids if member in names]


def cases_named(identity: Identity, words: str, time_zone: str) -> list[Enrollment]:
    """The cases that a name or a number may mean, among those that `identity` may see, by name."""
    day = CourtDay(clock.today(time_zone), time_zone)
    found = [UUID(str(row[0])) for row in find(identity, day, words)]
    query = visible_enrollments(identity).where(Enrollment.id.in_(found))
    by_id = {row.id: row for row in session().scalars(query)} if found else {}
    return [by_id[one] for one in found if one in by_id]


# --- One event -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OneEvent:
    """An event with its old and new values (None: erased, or not for the reader) and its link, once it is sealed."""

    event: AuditEvent
    detail: AuditDetail | None
    position: int | None
    sealed_at: datetime | None


def get_event(event_id: UUID) -> OneEvent:
    """One event of the court at work. Raises NotFound."""
    found = (
        session()
        .execute(
            select(AuditEvent, AuditDetail, AuditSeal.position, AuditSeal.sealed_at)
            .outerjoin(AuditDetail, AuditDetail.id == AuditEvent.id)
            .outerjoin(AuditSeal, AuditSeal.id == AuditEvent.id)
            .where(AuditEvent.id == event_id)
        )
        .first()
    )
    if found is None:
        raise NotFound
    return OneEvent(*found)


# --- Who has seen a case ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeenBy:
    """What one person did with a case: how often looked, how often changed something; UTC."""

    actor_kind: str
    actor_id: UUID | None
    role: str
    reads: int
    writes: int
    first_at: datetime
    last_at: datetime


def who_has_seen(referral_id: UUID) -> list[SeenBy]:
    """Everybody in the audit of one case, the last to act first; at most PEOPLE_AT_MOST. One statement."""
    is_read = AuditEvent.action.in_(READS)
    who = (AuditEvent.actor_kind, AuditEvent.actor_id, AuditEvent.actor_role)
    rows = session().execute(
        select(
            *who,
            func.count().filter(is_read),
            func.count().filter(~is_read),
            func.min(AuditEvent.at),
            func.max(AuditEvent.at).label("last_at"),
        )
        .where(AuditEvent.id.in_(events_of_case(referral_id)))
        .group_by(*who)
        .order_by(func.max(AuditEvent.at).desc(), *who)
        .limit(PEOPLE_AT_MOST)
    )
    return [SeenBy(*row) for row in rows]


# --- All of it -------------------------------------------------------------------------------------------------------

Exported = Row[*tuple[Any, ...]]
"""One line of an export: event, position, old, new, address. The last three are None when erased or not wanted."""


def _exported(wanted: Filter, time_zone: str, *, values: bool) -> Select[Any]:
    personal = (AuditDetail.old, AuditDetail.new, AuditDetail.address) if values else (null(), null(), null())
    query = (
        select(AuditEvent, AuditSeal.position, *personal)
        .outerjoin(AuditSeal, AuditSeal.id == AuditEvent.id)
        .where(*wanted.conditions(time_zone))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(BATCH)
    )
    return query.outerjoin(AuditDetail, AuditDetail.id == AuditEvent.id) if values else query


def batches(court_id: UUID, wanted: Filter, time_zone: str, *, values: bool) -> Iterator[Sequence[Exported]]:
    """Everything that `wanted` lets through, the newest first, in batches read one after the other.

    Each is read in a short transaction of its own: no export holds one open for minutes, and memory stays flat. What
    is written meanwhile is newer than the first batch and left out.
    """
    query = _exported(wanted, time_zone, values=values)
    rows: Sequence[Exported] = ()
    while not rows or len(rows) == BATCH:
        more = query.where(_key < (rows[-1][0].at, rows[-1][0].id)) if rows else query
        with acting_as(court_id):
            rows = session().execute(more).all()
        if not rows:
            return
        yield rows
