"""The people of a court in numbers, and by what the court calls them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import Invitation, LearnerAccount, Membership
from tenants.database import session


class StaffCounts(NamedTuple):
    """How many people are on the staff, and how many invitations were ever sent."""

    members: int
    invitations: int


def staff_counts() -> StaffCounts:
    """One statement."""
    members = select(func.count()).select_from(Membership).where(Membership.state == "active").scalar_subquery()
    invitations = select(func.count()).select_from(Invitation).scalar_subquery()
    return StaffCounts(*session().connection().execute(select(members, invitations)).one())


def everybody_on_the_staff() -> Sequence[UUID]:
    """The ids of everybody who is or was on the court's staff, by name."""
    return session().scalars(select(Membership.id).order_by(Membership.display_name, Membership.id)).all()


def learner_names(account_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names that learners gave their accounts. One statement."""
    if not account_ids:
        return {}
    columns = (LearnerAccount.id, LearnerAccount.display_name)
    rows = session().execute(select(*columns).where(LearnerAccount.id.in_(account_ids)))
    return {account_id: name for account_id, name in rows}  # noqa: C416 - a Row is no pair to mypy
