"""What the tests of records that end have in common: looking everywhere, and going the way from order to end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from app.cases.models import Enrollment, Referral
from app.core import clock
from app.core.models import Outbox
from app.core.outbox import run_job
from app.factory import JOBS
from app.keeping import services
from app.keeping.lookups import open_sealing_of, the_sealing
from app.keeping.models import RecordSealing
from app.keeping.rules import Ground
from app.permissions.identity import Role
from tenants.database import session, transaction
from tests.factories import TestCourt
from tests.servers import Servers

EVERY_TABLE = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'public' AND c.relkind = 'r'"
)


@pytest.fixture
def backstage(servers: Servers, app: Flask) -> Iterator[sa.Connection]:
    """The database's superuser, from whom no policy hides anything."""
    name = app.extensions["portal"].settings.database_url.rpartition("/")[2]
    url = servers.administrator.replace("postgresql://", "postgresql+psycopg://").rpartition("/")[0]
    engine = sa.create_engine(f"{url}/{name}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def rows_with(connection: sa.Connection, word: str) -> list[str]:
    """Every row of every table whose text holds the word, as `table: row`."""
    found = []
    for table in connection.scalars(sa.text(EVERY_TABLE)).all():
        query = sa.text(f'SELECT t::text FROM "{table}" t WHERE t::text ILIKE :word')
        found += [f"{table}: {row}" for row in connection.scalars(query, {"word": f"%{word}%"})]
    return found


def files_with(app: Flask, word: str) -> list[Path]:
    folder = Path(unquote(urlsplit(app.extensions["portal"].settings.storage_url).path))
    return [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def redis_with(app: Flask, word: str) -> list[bytes]:
    """Keys whose name or raw value holds the word."""
    redis = Redis.from_url(app.extensions["portal"].settings.redis_url)
    return [key for key in redis.scan_iter() if word.encode() in key + (redis.dump(key) or b"")]


def run_keeping_jobs() -> None:
    """What a worker does of this package's jobs, those of later, too."""
    for _round in range(6):
        waiting = session().scalars(sa.select(Outbox.id).where(Outbox.kind.like("keeping.%"), Outbox.done_at.is_(None)))
        for job_id in waiting.all():
            assert run_job(job_id, JOBS) in ("done", "gone")


def finish_program() -> None:
    with transaction() as current:
        current.execute(sa.update(Enrollment).values(state="completed", completed_at=clock.now()))


def end_record(court: TestCourt, ground: Ground, *, person: int = 0) -> RecordSealing:
    """The whole way from the order to the end, as two people of the court go it. Call it at work for the court."""
    finish_program()
    referral_id = session().scalars(sa.select(Referral.id).order_by(Referral.id)).all()[person]
    clerk, other = court.member(Role.CLERK, "First"), court.member(Role.ADMINISTRATOR, "Second")
    if (known := open_sealing_of(referral_id)) is not None:
        services.cancel(known.id, actor=clerk)
    today = clock.today("America/Los_Angeles")
    row = services.plan(referral_id, ground=ground, dated_on=today, reference="Book 7", actor=clerk)
    services.confirm(row.id, row_version=str(row.row_version), actor=other)
    run_keeping_jobs()
    return the_sealing(row.id)
