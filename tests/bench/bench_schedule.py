"""The daily schedule of a court with 10,000 and with 100,000 people in check-ins: everything from looking what is due
to the last message of the day, beside the same rows written by the driver, a transaction each.

Ten times the people are ten times the messages of a day, so the goal is to grow by no more than 12 times. A second run
on the same day, which finds nothing left to say, is printed too: it is what the scheduler pays each hour.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql

from app.accountability.reminding import remind_of_check_ins
from app.cases.reminding import remind_of_coursework
from app.core import clock
from app.core.keyring import add_keys
from app.factory import create_app
from app.permissions.identity import Role
from tests.bench.ground import own_servers
from tests.factories import TestCourt, make_court

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SCHEDULE_SIZES", "10000,100000").split(","))
GOAL = 12.0  # times, for ten times the people
NOON = datetime(2027, 3, 2, 20, tzinfo=UTC)  # in Los Angeles
WRITTEN = ("occurrence", "notice", "outbox")

# People with six monthly check-ins, each on a day of the month of their own; reminders are due 7, 3 and 1 days before.
FILL = """
CREATE TEMPORARY TABLE made AS
SELECT n, gen_random_uuid() AS person, gen_random_uuid() AS referral, gen_random_uuid() AS account,
       gen_random_uuid() AS enrollment
FROM generate_series(1, %(people)s) AS n;
INSERT INTO person (court_id, id, given_names, family_names, birth_date, email, phone, language, created_at,
                    row_version)
SELECT %(court)s, person, 'Pat', 'Number' || n, '1990-01-01', '', '', 'en', %(now)s, 1 FROM made;
INSERT INTO learner_account (court_id, id, sign_in_name, kind, display_name, password_hash, language, created_at,
                             row_version)
SELECT %(court)s, account, n || '@mail.example', 'email', 'Pat Number' || n, 'none', 'en', %(now)s, 1 FROM made;
INSERT INTO referral (court_id, id, person_id, order_date, deadline, referred_by, referred_at, row_version)
SELECT %(court)s, referral, person, '2027-01-04', '2027-02-01', %(clerk)s, %(now)s, 1 FROM made;
INSERT INTO enrollment (court_id, id, referral_id, account_id, rules_id, state, last_activity_at, row_version)
SELECT %(court)s, enrollment, referral, account, %(rules)s, 'accountability', %(now)s, 1 FROM made;
INSERT INTO check_in (court_id, id, enrollment_id, number, opens_at, due_on, closes_at, grace_until, state, answers,
                      feedback, row_version)
SELECT %(court)s, gen_random_uuid(), enrollment, month, due - interval '7 days', due, due + interval '1 day',
       due + interval '4 days', CASE WHEN month = 1 THEN 'accepted' ELSE 'scheduled' END, '{}', '', 1
FROM made, generate_series(1, 6) AS month,
     LATERAL (SELECT date '2027-02-01' + (n %% 30)::int + (month - 1) * 30 AS due) AS days;
DROP TABLE made;
"""


def rows() -> list[tuple[str, float, float, str]]:
    """Name, ours, floor, note; seconds of the wall clock, each once."""
    found: list[tuple[str, float, float, str]] = []
    took: list[float] = []
    with _portal() as (app, administrator), clock.moved_to(NOON):
        for people in SIZES:
            court = _filled(app, administrator, people)
            ours, again = _day(court), _day(court)
            messages = _count(administrator, court)
            floor = _floor(administrator, court, make_court(app))
            took.append(ours)
            times = f"; {ours / took[0]:.1f} times the first (goal {GOAL:.0f})" if len(took) > 1 else ""
            note = f"{messages:,} messages, {messages / ours:,.0f} a second; again: {again * 1000:.0f} ms{times}"
            found.append((f"daily schedule: {people:,} people in check-ins (s)", ours, floor, note))
    return found


def _filled(app: Flask, administrator: str, people: int) -> TestCourt:
    court = make_court(app)
    clerk = court.member(Role.CLERK)
    with psycopg.connect(administrator, autocommit=True) as connection:
        rules = connection.execute("SELECT id FROM program_rules WHERE court_id = %s", (court.id,)).fetchone()
        assert rules is not None
        values: dict[str, Any] = {
            "people": people,
            "court": court.id,
            "clerk": clerk.id,
            "rules": rules[0],
            "now": NOON,
        }
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(FILL, values)
        cursor.execute("ANALYZE")  # as autovacuum does where a court has been at work for a day
    return court


def _day(court: TestCourt) -> float:
    """Every turn of the day's schedules until none has more to say; seconds."""
    began = time.perf_counter()
    with court.app.test_request_context(), court.acting():
        for schedule in (remind_of_check_ins, remind_of_coursework):
            while schedule() <= clock.now():
                continue
    return time.perf_counter() - began


def _count(administrator: str, court: TestCourt) -> int:
    with psycopg.connect(administrator) as connection:
        found = connection.execute("SELECT count(*) FROM notice WHERE court_id = %s", (court.id,)).fetchone()
        assert found is not None
        return int(found[0])


def _floor(administrator: str, court: TestCourt, empty: TestCourt) -> float:
    """The same rows once more, by plain INSERTs of one psycopg connection, a transaction for each person."""
    with psycopg.connect(administrator) as connection:
        columns = {table: _columns(connection, table) for table in WRITTEN}
        kept = {table: _rows(connection, table, columns[table], court) for table in WRITTEN}
        statements = {
            table: sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join([sql.Placeholder()] * len(names)),
            )
            for table, names in columns.items()
        }
        for table in WRITTEN:
            at = columns[table].index("court_id")
            kept[table] = [(*row[:at], empty.id, *row[at + 1 :]) for row in kept[table]]
        connection.execute(
            "SET session_replication_role = replica"
        )  # the other court's rows that keys name are not here
        connection.commit()
        began = time.perf_counter()
        for person in range(len(kept["notice"])):
            with connection.transaction():
                for table in WRITTEN:
                    if person < len(kept[table]):
                        connection.execute(statements[table], kept[table][person])
        return time.perf_counter() - began


def _columns(connection: psycopg.Connection[Any], table: str) -> list[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
    return [row[0] for row in connection.execute(query, (table,))]


def _rows(
    connection: psycopg.Connection[Any], table: str, columns: list[str], court: TestCourt
) -> list[tuple[Any, ...]]:
    query = sql.SQL("SELECT {} FROM {} WHERE court_id = %s ORDER BY id").format(
        sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(name)) if name in ("context", "payload") else sql.Identifier(name)
            for name in columns
        ),
        sql.Identifier(table),
    )
    return connection.execute(query, (court.id,)).fetchall()


@contextmanager
def _portal() -> Iterator[tuple[Flask, str]]:
    """The portal over a database of its own, with the address of its administrator."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        with own_servers() as servers:
            settings = servers.settings("template_portal", folder)
            add_keys(settings.keyring_file)
            yield create_app(settings), servers.administrator.rpartition("/")[0] + "/template_portal"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        print(f"{name}: {ours:.2f} against {floor:.2f}: {note}")
