"""Answers to waiver requests that were given before answers were kept: the window that was promised goes on."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from alembic import command

from app.core.keyring import add_keys
from app.factory import create_app
from app.payments.deciding.rules import Outcome
from tests.factories import make_court
from tests.functional.deciding_steps import answers_of, asked, decide, document
from tests.functional.test_migrations_releases import configuration, empty
from tests.servers import Servers, migrate

__all__ = ["empty"]  # a fixture


@pytest.mark.proves("CD-3")
def test_a_denial_keeps_its_reason_and_its_window_over_the_change(servers: Servers, empty: str, tmp_path: Path):
    url = servers.url("portal_owner", empty)
    migrate(url)
    settings = servers.settings(empty, tmp_path)
    add_keys(settings.keyring_file)
    court = make_court(create_app(settings), document=document(waivers={"reconsideration_days": 21}))
    _learner, denied = asked(court)
    _other, granted = asked(court)
    before = decide(court, denied, Outcome.DENIED, reason="facts_differ", explanation="Two lines:\nlike this.")
    decide(court, granted, Outcome.PARTIAL, amount_cents=10000)
    parts = answers_of(court, granted)[0].parts
    command.downgrade(configuration(url), "0017")
    migrate(url)
    base = servers.administrator.rpartition("/")[0]
    with psycopg.connect(f"{base}/{empty}") as connection:
        query = (
            "SELECT enrollment_id, kind, reason, explanation, ask_again_until, parts, decided_by FROM waiver_decision"
        )
        rows = {row[0]: row[1:] for row in connection.execute(query).fetchall()}
    assert rows[denied][:4] == ("denied", "facts_differ", "Two lines:\nlike this.", before.ask_again_until)
    assert rows[denied][5] == before.decided_by
    assert (rows[granted][0], rows[granted][4]) == ("granted_partial", parts)
