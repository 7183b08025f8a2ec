"""One release back over a court with a draft, a version that waits and an amendment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command

from app.core import clock
from app.core.keyring import add_keys
from app.court_admin.drafts import start_draft
from app.court_admin.running import _amended_version, amended
from app.factory import create_app
from app.permissions.identity import Role
from tenants import rules
from tenants.database import transaction
from tenants.roles import create_database, drop_database
from tests.factories import make_court, make_learner
from tests.functional.test_migrations_releases import configuration
from tests.servers import Servers, migrate


@pytest.fixture
def empty(servers: Servers) -> Iterator[str]:
    name = f"migrations_{uuid4().hex[:10]}"
    create_database(servers.administrator, name)
    yield name
    drop_database(servers.administrator, name)


@pytest.mark.proves("FA-8")
def test_down_and_up_over_a_draft_a_waiting_version_and_an_amendment(
    servers: Servers, empty: str, tmp_path: Path
) -> None:
    url = servers.url("portal_owner", empty)
    migrate(url)
    settings = servers.settings(empty, tmp_path)
    add_keys(settings.keyring_file)
    court = make_court(create_app(settings))
    _learner, enrollment_id = make_learner(court)
    administrator = court.member(Role.ADMINISTRATOR)
    with court.app.app_context(), court.app.test_request_context(), court.acting(), transaction():
        row, document = rules.rules_in_force()
        stricter = document.model_copy(update={"codes": document.codes.model_copy(update={"valid_days": 10})})
        begins_at = clock.now() + timedelta(days=30)
        newer = rules.publish(stricter, by=None, reason="Later", at=clock.now(), begins_at=begins_at)
        _amended_version(row.id, amended(document.to_json(), stricter.to_json()), newer)
        start_draft(actor=administrator)
    base = servers.administrator.rpartition("/")[0]
    with psycopg.connect(f"{base}/{empty}", autocommit=True) as connection:
        connection.execute(
            "UPDATE enrollment SET rules_id = (SELECT id FROM program_rules WHERE version = 3) WHERE id = %s",
            (enrollment_id,),
        )
        command.downgrade(configuration(url), "0008")
        states = connection.execute("SELECT version, state FROM program_rules ORDER BY version").fetchall()
        assert states == [(1, "published"), (2, "draft"), (3, "draft")], "the release before has version 1 in force"
        migrate(url)
        (pinned,) = connection.execute(
            "SELECT r.version FROM enrollment e JOIN program_rules r ON r.id = e.rules_id WHERE e.id = %s",
            (enrollment_id,),
        ).fetchone() or (None,)
        assert pinned == 3
