"""The people of an action, for the one person who asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from app.accountability.lookups import NEXT_DUE, last_missed, of_check_ins
from app.caseload.acting.models import CaseAction, CaseActionItem
from app.caseload.acting.rules import Subject
from app.cases.lookups import reach_of, visible_to
from app.cases.many import among, ids
from app.cases.models import Enrollment, Person, Referral
from app.core import clock
from app.core.errors import NotFound
from app.permissions.identity import Identity
from tenants.database import session

SHOWN = 100


def subjects(identity: Identity, enrollment_ids: Iterable[UUID]) -> dict[UUID, Subject]:
    """Those of these cases that `identity` may see now, by id. One statement."""
    query = visible_to(reach_of(identity), identity.id, clock.now()).where(among(Enrollment.id))
    missed = last_missed().lateral()
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
    ).outerjoin(missed, missed.c.id.is_not(None))
    rows = session().execute(columns, ids(enrollment_ids))
    return {row[0]: Subject(*row) for row in rows}


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
