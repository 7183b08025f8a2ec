"""Who is responsible for a case: one, several or a whole caseload given to somebody else, in force at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from app.accounts.telling import tell_staff
from app.cases.lookups import who_can_supervise
from app.cases.models import Enrollment, Referral, ReferralAmendment
from app.core import clock
from app.core.actor import Actor
from app.core.audit import Deed, audit_many
from app.core.bulk import insert_many
from app.core.errors import Refused
from app.core.i18n import gettext as _
from tenants.database import session, transaction

CLOSED = ("completed", "terminated", "transferred", "withdrawn")


def caseload_size(member_id: UUID) -> int:
    """How many running cases are assigned to a member."""
    query = select(func.count()).where(Enrollment.officer_id == member_id, Enrollment.state.not_in(CLOSED))
    return session().scalar(query) or 0


def supervises(member_id: UUID) -> bool:
    """Whether cases can be assigned to this member under the rules in force."""
    return member_id in {member.id for member in who_can_supervise()}


def hand_over(member_id: UUID, to: UUID | None, *, actor: Actor) -> int:
    """Give every running case of a member who leaves to another one, or to nobody (None); returns how many moved.

    Acts at once: from the next request on the cases show for the new one only. Raises Refused at `caseload_to`.
    """
    if to is not None and (to == member_id or not supervises(to)):
        raise Refused(_("Choose an officer from the list."), "caseload_to")
    with transaction() as current:
        query = select(Enrollment.id).where(Enrollment.officer_id == member_id, Enrollment.state.not_in(CLOSED))
        return len(_give(current.scalars(query).all(), to, reason=_("The officer left this work."), actor=actor))


def reassign(enrollment_ids: Collection[UUID], to: UUID | None, *, reason: str, actor: Actor) -> set[UUID]:
    """Give running cases to `to`, or to nobody (None); returns the ids of those that moved.

    In force at once, all in one transaction: from the next request on they show for the new officer only. The officers
    of before and the new one are told how many; each case's history says why. A case that is closed, or has that
    officer already, stays as it is. Raises Refused at `officer` or `reason`.
    """
    if to is not None and not supervises(to):
        raise Refused(_("Choose an officer from the list."), "officer")
    if not reason.strip():
        raise Refused(_("Write why this is changed."), "reason")
    return set(_give(enrollment_ids, to, reason=reason.strip(), actor=actor))


def lock_cases(enrollment_ids: Collection[UUID]) -> None:
    """Hold these cases until the transaction ends; in one order, so that two who want the same wait for each other."""
    with transaction() as current:
        query = select(Enrollment.id).where(Enrollment.id.in_(enrollment_ids)).order_by(Enrollment.id)
        current.execute(query.with_for_update(key_share=True)).all()


def _give(enrollment_ids: Collection[UUID], to: UUID | None, *, reason: str, actor: Actor) -> Mapping[UUID, UUID]:
    """Returns the referrals of the cases that moved, by case."""
    with transaction() as current:
        lock_cases(enrollment_ids)
        rows = current.execute(
            select(Enrollment.id, Enrollment.referral_id, Enrollment.officer_id)
            .where(Enrollment.id.in_(enrollment_ids), Enrollment.state.not_in(CLOSED))
            .order_by(Enrollment.id)
        ).all()
        moving = [row for row in rows if row.officer_id != to]
        if not moving:
            return {}
        now, new = clock.now(), {"officer_id": str(to or "")}
        _put(Enrollment, [row.id for row in moving], officer_id=to)
        _put(Referral, [row.referral_id for row in moving], amended_at=now)
        old = {row.id: {"officer_id": str(row.officer_id or "")} for row in moving}
        told = {"at": now, "actor_id": actor.id, "reason": reason, "new": new}
        insert_many(ReferralAmendment, [{"referral_id": row.referral_id, "old": old[row.id], **told} for row in moving])
        said = {**new, "reason": reason}
        deeds = [Deed("cases.reassign", ("enrollment", row.id), row.referral_id, old[row.id], said) for row in moving]
        audit_many(deeds, actor=actor)
        tell_officers(Counter(row.officer_id for row in moving), to, actor=actor)
        return {row.id: row.referral_id for row in moving}


def _put(model: type[Enrollment] | type[Referral], ids: Collection[UUID], **values: UUID | datetime | None) -> None:
    session().execute(
        update(model)
        .where(model.id.in_(ids))
        .values(**values, row_version=model.row_version + 1)
        .execution_options(synchronize_session="fetch")
    )


def tell_officers(given_away: Mapping[UUID | None, int], to: UUID | None, *, actor: Actor) -> None:
    """Tell those who gave cases away, with how many, and the one who got them; nobody hears of their own doing."""
    for officer, number in given_away.items():
        if officer is not None and officer != actor.id:
            tell_staff(officer, "cases_given_away", "caseload", number=number)
    if to is not None and to != actor.id:
        tell_staff(to, "cases_given_to_you", "caseload", number=sum(given_away.values()))
