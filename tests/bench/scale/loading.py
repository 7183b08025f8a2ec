"""The bench's own database under `var/bench`: its server, and filling it by COPY as the bulk role."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from app.local.postgres import LocalPostgres
from config import ROOT
from tenants.roles import ROLES, create_database, create_roles, drop_database
from tests.bench.scale.shapes import ORDER, Pattern, for_court, make_pattern, pattern_of
from tests.servers import Servers, migrate

FOLDER = ROOT / "var" / "bench"
LARGE, SMALL = "portal_bench_large", "portal_bench_small"
SMALL_COURTS = 20
AT_ONCE = 20  # courts in one transaction
CHECKED_UP_TO = 20_000  # enrollments for which the database looks at every foreign key
# Nothing here is worth a disk's wait: it can be loaded again.
SETTINGS = {"max_wal_size": "4GB", "checkpoint_timeout": "1h", "maintenance_work_mem": "256MB", "autovacuum": "off"}


class NotLoaded(Exception):
    """There is nothing to measure; the message says what to run."""


@dataclass(frozen=True)
class Loaded:
    """What lies in a database: how many courts and enrollments, how many of them a court has on average, since when."""

    courts: int
    enrollments: int
    average: int
    at: datetime
    seconds: float
    rows: int


class BenchServer:
    """The PostgreSQL server under `folder`; runs within the block."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.postgres = LocalPostgres(folder / "postgres", durable=False)

    def __enter__(self) -> BenchServer:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.postgres.start()
        self._passwords = self._kept_passwords()
        with psycopg.connect(self.administrator(), autocommit=True) as connection:
            for name, value in SETTINGS.items():
                words = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                connection.execute(words)
            connection.execute("SELECT pg_reload_conf()")
        create_roles(self.administrator(), self._passwords)
        return self

    def __exit__(self, *_error: object) -> None:
        self.postgres.stop()

    def administrator(self, database: str = "postgres") -> str:
        return self.postgres.superuser_url(database).replace("+psycopg", "")

    def servers(self, folder: Path) -> Servers:
        """As the suite knows its servers; files of the portal go under `folder`."""
        return Servers(str(folder), self.administrator(), self.postgres.port, "redis://127.0.0.1:1/0", self._passwords)

    def url(self, role: str, database: str) -> str:
        """The driver's address of a database for a role."""
        return self.servers(self.folder).url(role, database).replace("+psycopg", "")

    def loaded(self, database: str) -> Loaded:
        """What was loaded. Raises NotLoaded."""
        try:
            told = json.loads((self.folder / f"{database}.json").read_text())
        except FileNotFoundError:
            raise NotLoaded("no data at scale: run `make bench-data` first") from None
        return Loaded(**told | {"at": datetime.fromisoformat(told["at"])})

    def _kept_passwords(self) -> dict[str, str]:
        kept = self.folder / "passwords.json"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(json.dumps({role: secrets.token_urlsafe(16) for role in ROLES}))
        passwords: dict[str, str] = json.loads(kept.read_text())
        return passwords

    def load(
        self, database: str, *, courts: int, enrollments: int, now: datetime | None = None, workers: int = 2
    ) -> Loaded:
        """Make `database` anew and fill it: `enrollments` people in `courts` courts, as of `now`."""
        began, now = time.monotonic(), now or datetime.now(UTC)
        note = self.folder / f"{database}.json"
        note.unlink(missing_ok=True)
        drop_database(self.administrator(), database)
        create_database(self.administrator(), database)
        migrate(self.servers(self.folder).url("portal_owner", database))
        with psycopg.connect(self.administrator(database), autocommit=True) as connection:
            connection.execute("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO portal_backup")
            connection.execute("GRANT SET ON PARAMETER session_replication_role TO portal_backup")
        average = enrollments // courts
        patterns = {pattern_of(court): court for court in range(courts)}
        made = {one: make_pattern(court, average=average, now=now) for one, court in patterns.items()}
        stretches = [range(at, min(at + AT_ONCE, courts)) for at in range(0, courts, AT_ONCE)]
        checked = enrollments <= CHECKED_UP_TO
        with ThreadPoolExecutor(workers) as pool:
            address = self.url("portal_backup", database)
            rows = sum(pool.map(lambda stretch: _copy(address, stretch, made, checked=checked), stretches))
        with psycopg.connect(self.administrator(database), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            count = connection.execute("SELECT count(*) FROM enrollment").fetchone()
        assert count is not None
        found = Loaded(courts, count[0], average, now, time.monotonic() - began, rows)
        note.write_text(json.dumps(found.__dict__ | {"at": now.isoformat()}))
        return found


def _copy(address: str, courts: range, patterns: dict[tuple[bool, int], Pattern], *, checked: bool) -> int:
    """Fill these courts in one transaction; how many rows they have.

    The foreign keys of a million people's rows are not looked at one by one: they are right by construction, which a
    smaller load, `checked`, shows.
    """
    rows = 0
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        if not checked:
            cursor.execute("SET session_replication_role = replica")
        for name in ORDER:
            columns = patterns[pattern_of(courts[0])].columns[name]
            words = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            with cursor.copy(words) as copy:
                for court in courts:
                    pattern = patterns[pattern_of(court)]
                    assert pattern.columns[name] == columns
                    copy.write(for_court(pattern.text[name], court))
                    rows += pattern.rows[name]
    return rows


def remove(folder: Path = FOLDER) -> None:
    """Stop the server and remove everything."""
    with suppress(FileNotFoundError):
        LocalPostgres(folder / "postgres", durable=False).discard()
    shutil.rmtree(folder, ignore_errors=True)
