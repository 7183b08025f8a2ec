"""What tests of the audit start from: the newest event, the page, and somebody who can do anything to the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import sqlalchemy as sa

from app.cases.lookups import the_enrollment
from app.core.models import AuditDetail, AuditEvent
from app.permissions.identity import Role
from config import Settings
from tenants.database import session
from tests.client import Page
from tests.factories import TestCourt
from tests.servers import Servers


@contextmanager
def all_rights(servers: Servers, settings: Settings) -> Iterator[Callable[..., None]]:
    """Does to the tables what only somebody with all rights can do."""
    database = settings.database_url.rpartition("/")[2]
    base = servers.administrator.replace("postgresql://", "postgresql+psycopg://").rpartition("/")[0]
    engine = sa.create_engine(f"{base}/{database}")

    def tamper(sql: str, **values: object) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("SET session_replication_role = replica"))  # keys and triggers look away
            connection.execute(sa.text(sql), values)

    yield tamper
    engine.dispose()


def referral_of(court: TestCourt, enrollment_id: UUID) -> UUID:
    with court.app.app_context(), court.acting():
        return the_enrollment(enrollment_id).referral_id


def audit_page(court: TestCourt, role: Role = Role.ADMINISTRATOR) -> Page:
    page = court.staff_client(role).get(court.url("audit"))
    assert page.status == 200
    return page


def newest(court: TestCourt, action: str) -> tuple[AuditEvent, AuditDetail]:
    """The last event of an action, with its values."""
    with court.app.app_context(), court.acting():
        query = (
            sa.select(AuditEvent, AuditDetail)
            .join(AuditDetail, AuditDetail.id == AuditEvent.id)
            .where(AuditEvent.action == action)
            .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        )
        row = session().execute(query.limit(1)).one()
        return row[0], row[1]
