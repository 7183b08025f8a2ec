"""Telling the court's staff something: a message that names nobody and leads to a page behind the sign-in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.accounts.models import Membership, StaffCredential
from app.notices.services import Reader, tell_reader
from app.permissions.identity import Role
from tenants.database import session
from tenants.program import Reminders
from tenants.rules import NoRules, rules_in_force


def tell_staff(
    membership_id: UUID, kind: str, page: str, *, urgent: bool = False, **context: str | int | date
) -> UUID | None:
    """Write a message of `kind` (a template pair under `templates/email/`) in the transaction at hand.

    It stands in the person's inbox, and is mailed after the court's quiet hours unless the person wants one mail a day.
    `urgent`: mailed at once, at any hour, whatever was chosen. Nothing is written to somebody who is deactivated.
    Never put a name or a case number into `context`. Returns the message's id, None where none was written.
    """
    return next(iter(_tell(Membership.id == membership_id, kind, page, context, urgent=urgent)), None)


def tell_roles(
    roles: Collection[Role], kind: str, page: str, *, urgent: bool = False, **context: str | int | date
) -> None:
    """As `tell_staff`, for everybody of the court with one of `roles`."""
    _tell(Membership.role.in_(roles), kind, page, context, urgent=urgent)


def _tell(
    which: ColumnElement[bool], kind: str, page: str, context: dict[str, str | int | date], *, urgent: bool
) -> list[UUID]:
    query = (
        select(Membership.id, Membership.language, StaffCredential.email)
        .join(StaffCredential, StaffCredential.id == Membership.credential_id)
        .where(which, Membership.state == "active")
        .order_by(Membership.id)
    )
    rows, quiet = session().execute(query).all(), _quiet()
    return [
        tell_reader(Reader("staff", row.id, row.email, row.language), kind, page, context, quiet=quiet, urgent=urgent)
        for row in rows
    ]


def _quiet() -> Reminders:
    try:
        return rules_in_force()[1].reminders
    except NoRules:
        return Reminders()
