"""The day's limit: nobody should read hard things all day. Counted are the items that somebody opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.accountability.lookups import court_place
from app.accountability.schedule import midnight
from app.accounts.models import Membership
from app.cases.lookups import names_of
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound
from app.core.models import AuditEvent
from app.permissions.permissions import GRANTS, Permission
from app.reviews.models import ReviewLift
from app.reviews.rules import is_over_limit
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.rules import rules_in_force
from tenants.scope import current_court_id

READS = ("learning.read_reflection", "accountability.read_check_in")
REVIEWERS = tuple(role for role, granted in GRANTS.items() if Permission.CHECK_IN_REVIEW in granted)


@dataclass(frozen=True)
class Today:
    """How somebody stands on the court's day. `limit` is the rule's."""

    member: UUID
    name: str
    read: int
    limit: int
    lifted: bool

    @property
    def reached(self) -> bool:
        return is_over_limit(self.read, self.limit, known=False, lifted=self.lifted)


def _day_begins() -> datetime:
    zone, _region = court_place()
    return midnight(clock.today(zone), zone)


def read_today(member: UUID, *, but: UUID | None = None) -> int:
    """How many things `member` opened at the court at work since its midnight; `but` one of them."""
    query = select(func.count(func.distinct(AuditEvent.subject_id))).where(
        AuditEvent.actor_id == member, AuditEvent.at >= _day_begins(), AuditEvent.action.in_(READS)
    )
    if but is not None:
        query = query.where(AuditEvent.subject_id != but)
    return session().scalar(query) or 0


def is_lifted(member: UUID) -> bool:
    """Whether a supervisor lifted the limit for `member` today."""
    zone, _region = court_place()
    query = select(ReviewLift.id).where(ReviewLift.membership_id == member, ReviewLift.day == clock.today(zone))
    return session().scalar(query) is not None


def limit_reached(member: UUID, subject_id: UUID, *, elsewhere: int = 0) -> int | None:
    """The day's limit when one more item, `subject_id`, is too many for `member`; None while it is not.

    `elsewhere`: what a facilitator opened today at other courts.
    """
    limit = rules_in_force()[1].reviewing.daily_limit
    others = read_today(member, but=subject_id)
    known = read_today(member) > others
    over = is_over_limit(others + elsewhere, limit, known=known, lifted=is_lifted(member))
    return limit if over else None


def reviewers_today() -> Sequence[Today]:
    """Everybody who may review at the court at work, those who read most first."""
    read = (
        select(AuditEvent.actor_id, func.count(func.distinct(AuditEvent.subject_id)).label("n"))
        .where(AuditEvent.at >= _day_begins(), AuditEvent.action.in_(READS))
        .group_by(AuditEvent.actor_id)
        .subquery()
    )
    zone, _region = court_place()
    rows = session().execute(
        select(Membership.id, func.coalesce(read.c.n, 0), ReviewLift.id)
        .outerjoin(read, read.c.actor_id == Membership.id)
        .outerjoin(ReviewLift, (ReviewLift.membership_id == Membership.id) & (ReviewLift.day == clock.today(zone)))
        .where(Membership.role.in_(REVIEWERS), Membership.state == "active")
        .order_by(func.coalesce(read.c.n, 0).desc(), Membership.id)
        .limit(200)
    )
    found = rows.all()
    names, limit = names_of([row[0] for row in found]), rules_in_force()[1].reviewing.daily_limit
    return [Today(row[0], names[row[0]], row[1], limit, row[2] is not None) for row in found]


def lift(member: UUID, *, actor: Actor) -> None:
    """Let `member` read on today. Does nothing when it is lifted. Raises NotFound for nobody of this court."""
    with transaction() as current:
        if current.scalar(select(Membership.id).where(Membership.id == member)) is None:
            raise NotFound
        zone, _region = court_place()
        made = current.scalar(
            insert(ReviewLift)
            .values(
                id=uuid7(),
                court_id=current_court_id(),
                membership_id=member,
                day=clock.today(zone),
                lifted_at=clock.now(),
                lifted_by=actor.id,
            )
            .on_conflict_do_nothing()
            .returning(ReviewLift.id)
        )
        if made is not None:
            audit("reviews.lift_limit", actor=actor, subject=("staff", member))
