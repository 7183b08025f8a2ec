"""Real schedulers, two at once and killed in the middle of a morning's reminders: everybody gets each of them once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accountability.services import make_plan
from app.cases.models import Enrollment
from app.core import clock
from app.core.keyring import add_keys
from app.factory import create_app
from app.local.valkey import LocalValkey
from app.notices.models import Notice
from tenants.database import session, transaction
from tenants.roles import create_database, drop_database
from tests.factories import TestCourt, make_court, make_learner
from tests.servers import Servers
from tests.stack import Stack

PEOPLE = 60
PATIENCE = 240  # seconds
START = datetime(2027, 1, 4, 12, tzinfo=ZoneInfo("America/Los_Angeles"))
REMINDED = datetime(2027, 2, 1, 12, tzinfo=ZoneInfo("America/Los_Angeles"))  # three days before February 4


@pytest.fixture
def stack(servers: Servers, tmp_path: Path) -> Iterator[Stack]:
    name = f"faults_{uuid4().hex[:10]}"
    create_database(servers.administrator, name, template="template_portal")
    valkey = LocalValkey(tmp_path / "valkey", durable=False)
    valkey.start()
    environment = servers.environment(name, tmp_path) | {"REDIS_URL": valkey.url}
    add_keys(Path(environment["KEYRING_FILE"]))
    made = Stack(tmp_path, environment, [], 0)
    try:
        yield made
    finally:
        made.stop()
        valkey.stop()
        clock.follow(None)
        drop_database(servers.administrator, name)


def people_in_check_ins(app: Flask, court: TestCourt) -> list[UUID]:
    """Accounts of people whose first check-in is due on the same day."""
    accounts = []
    with clock.moved_to(START):
        for _each in range(PEOPLE):
            learner, enrollment_id = make_learner(court)
            assert learner.id is not None
            accounts.append(learner.id)
            with app.app_context(), court.acting(), transaction() as current:
                mine = sa.update(Enrollment).where(Enrollment.id == enrollment_id)
                current.execute(mine.values(state="accountability"))
                make_plan(enrollment_id)
    return accounts


def reminded(app: Flask, court: TestCourt) -> Counter[UUID]:
    with app.app_context(), court.acting():
        return Counter(session().scalars(sa.select(Notice.recipient_id).where(Notice.template == "check_in_due")))


@pytest.mark.proves("FA-6", "FA-1")
@pytest.mark.slow  # tests/functional/test_notices_reminders.py has two at once all the time
def test_two_schedulers_of_which_one_is_killed_remind_everybody_once(stack: Stack):
    app = create_app(stack.settings("web"))
    court = make_court(app)
    accounts = people_in_check_ins(app, court)
    stack.move_clock(REMINDED)
    for number in (0, 1):
        stack.start_scheduler(number)
    end = time.monotonic() + PATIENCE
    while not reminded(app, court):
        assert time.monotonic() < end, stack.log("scheduler0")[-2000:]
        time.sleep(0.02)
    stack.kill("scheduler0")
    stack.kill("scheduler1")
    assert all(count == 1 for count in reminded(app, court).values())
    for number in (2, 3):
        stack.start_scheduler(number)
    while len(reminded(app, court)) < PEOPLE:
        assert time.monotonic() < end, stack.log("scheduler2")[-2000:]
        time.sleep(0.2)
    stack.move_clock(REMINDED + timedelta(hours=2))  # they ask again
    time.sleep(25)
    assert reminded(app, court) == Counter(dict.fromkeys(accounts, 1))
