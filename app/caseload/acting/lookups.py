"""The people of an action, for the one person who asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, false, func, literal, not_, select, true
from sqlalchemy.orm import aliased

from app.accountability.lookups import NEXT_DUE, last_missed, of_check_ins
from app.accounts.models import Membership
from app.caseload.acting.models import CaseAction, CaseActionItem
from app.caseload.acting.rules import Subject
from app.caseload.lookups import NEXT_HEARING, RULES
from app.cases.lookups import reach_of, visible_to
from app.cases.many import among, ids, is_none_of
from app.cases.models import Enrollment, Hearing, Person, Referral
from app.cases.working import Worker, works_on
from app.core import clock
from app.core.errors import NotFound
from app.permissions.identity import Identity, Role
from app.reports.packets.lookups import NOT_HEARD
from tenants.database import session
from tenants.models import ProgramRules

SHOWN = 100


def subjects(
    identity: Identity, enrollment_ids: Iterable[UUID], today: date, hearing_on: date | None = None
) -> dict[UUID, Subject]:
    """Those of these cases that `identity` may see now, by id. One statement. Days are court-local.

    `hearing_on`: the day of a calendar, of which each person's hearing is looked up: the first that is not
    recorded yet, if there is one.
    """
    query = visible_to(reach_of(identity), identity.id, clock.now()).where(among(Enrollment.id))
    missed, officer = last_missed().lateral(), aliased(Membership)
    that_day = (
        select(Hearing.id, Hearing.at_time, Hearing.recorded_at)
        .where(
            Hearing.referral_id == Referral.id,
            Hearing.on_date == literal(hearing_on, Date()),
            is_none_of(Enrollment.state, NOT_HEARD),
        )
        .order_by(Hearing.recorded_at.is_not(None), Hearing.at_time.asc().nulls_last(), Hearing.id)
        .limit(1)
        .correlate(Enrollment, Referral)
        .lateral()
    )
    columns = query.with_only_columns(
        Enrollment.id,
        func.concat(Person.given_names, " ", Person.family_names),
        Enrollment.state,
        Enrollment.officer_id,
        Referral.deadline,
        Referral.case_ends_on,
        Enrollment.rules_id.is_not(None),
        Enrollment.account_id.is_not(None),
        missed.c.id,
        missed.c.number,
        missed.c.due_on,
        of_check_ins(NEXT_DUE),
        not_(func.coalesce(RULES["officer_may_extend"].as_boolean(), false())),
        Person.given_names,
        Person.language,
        NEXT_HEARING,
        that_day.c.id,
        that_day.c.at_time,
        that_day.c.recorded_at.is_not(None),
        officer.role,
    )
    columns = (
        columns.outerjoin(missed, missed.c.id.is_not(None))
        .outerjoin(that_day, true())
        .outerjoin(officer, officer.id == Enrollment.officer_id)
        .outerjoin(ProgramRules, ProgramRules.id == Enrollment.rules_id)
    )
    rows: Any = session().execute(columns, {**ids(enrollment_ids), "today": today})
    found = ([*row[:-1], _works(identity, row.officer_id, row.role)] for row in rows)
    return {values[0]: Subject(*values) for values in found}


def _works(identity: Identity, officer_id: UUID | None, role: str | None) -> bool:
    assigned = Worker(officer_id, Role(role), "") if officer_id is not None and role else None
    return works_on(identity.as_role, identity.id, assigned)


def get_action_for(identity: Identity, action_id: UUID) -> CaseAction:
    """An action of one's own. Raises NotFound."""
    query = select(CaseAction).where(CaseAction.id == action_id, CaseAction.asked_by == identity.id)
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


def items_of(action_id: UUID, *states: str, after: int = -1, most: int = SHOWN) -> Sequence[CaseActionItem]:
    """The parts of an action in their order, from behind a position on; only those in `states`, if any are named."""
    query = select(CaseActionItem).where(CaseActionItem.action_id == action_id, CaseActionItem.position > after)
    if states:
        query = query.where(CaseActionItem.state.in_(states))
    return session().scalars(query.order_by(CaseActionItem.position).limit(most)).all()


class Counts(NamedTuple):
    """How many people of an action stand where."""

    waiting: int = 0
    left_out: int = 0
    done: int = 0
    not_done: int = 0

    @property
    def asked(self) -> int:
        """Those for whom it was to be done."""
        return self.waiting + self.done + self.not_done


def counts_of(action_id: UUID) -> Counts:
    rows = session().execute(
        select(CaseActionItem.state, func.count())
        .where(CaseActionItem.action_id == action_id)
        .group_by(CaseActionItem.state)
    )
    return Counts(**{row[0]: row[1] for row in rows})
