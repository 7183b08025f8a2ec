"""Bringing in 5,000 referrals from a file, over batched INSERTs of the same rows and their audit rows.

Ours is everything between the click and the last row: reading the file, every fault, the look for duplicates, the
referrals with their audit, the result of each row. The floor is told all that and only writes: the same rows of the
same tables in the same batches, by the driver's executemany, a transaction for each batch.
"""

from __future__ import annotations

import csv
import io
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import select

from app.cases.imports import services
from app.cases.imports.columns import Kind, template_headings
from app.core.keyring import add_keys
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.factory import create_app
from app.permissions.identity import Role
from tenants.database import session
from tests.bench.ground import own_servers
from tests.factories import TestCourt, letters, make_court

ROWS = 5_000
ROUNDS = 3
GOAL = 3.0  # times the floor
TABLES = ("person", "referral", "enrollment", "case_number", "hearing", "audit_event", "audit_detail")
AUDITED = {
    "audit_event": sql.SQL("SELECT * FROM audit_event WHERE action = 'cases.refer' ORDER BY id"),
    "audit_detail": sql.SQL(
        "SELECT d.* FROM audit_detail d JOIN audit_event e ON e.court_id = d.court_id AND e.id = d.id "
        "WHERE e.action = 'cases.refer' ORDER BY d.id"
    ),
}


def rows() -> list[tuple[str, float, float, str]]:
    """Name, ours, floor, note; seconds of the wall clock, medians, both in turn in courts of their own."""
    with _portal() as (app, address):
        took: list[tuple[float, float]] = []
        for number in range(ROUNDS):
            court = make_court(app)
            ours = _import(court, _file(number))
            took.append((ours, _floor(address, court, make_court(app))))
    ours, floor = statistics.median(one[0] for one in took), statistics.median(one[1] for one in took)
    note = f"{ours / floor:.2f} times (goal {GOAL:.0f}); {ROWS / ours:,.0f} rows a second"
    return [(f"import: {ROWS:,} referrals from a file (s)", ours, floor, note)]


def _file(number: int) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, template_headings(Kind.REFERRALS))
    writer.writeheader()
    for at in range(ROWS):
        born = date(1950, 1, 1) + timedelta(days=(at * 7) % 18_000)
        writer.writerow(
            {
                "Given names": f"Robin{letters(at)}",
                "Family names": f"Bench{letters(at * 13 + number)}",
                "Birth date": f"{born.month}/{born.day}/{born.year}",
                "Case number": f"26-BE-{at:05d}",
                "Order date": "6/8/2026",
                "Deadline": "2027-06-08",
                "Email": f"robin{at}@mail.example",
                "Language": "English",
            }
        )
    return out.getvalue().encode()


def _import(court: TestCourt, content: bytes) -> float:
    """Seconds from the click on "Refer 5,000 people" to the last row."""
    clerk = court.member(Role.CLERK)
    with court.app.app_context(), court.acting():
        made = services.keep_import(content, name="bench.csv", kind=Kind.REFERRALS, actor=clerk)
        began = time.perf_counter()
        services.confirm(made.id, with_look_alikes=False, actor=clerk)
        for job_id in (
            session()
            .scalars(
                select(Outbox.id).where(Outbox.kind == services.BATCH_JOB, Outbox.done_at.is_(None)).order_by(Outbox.id)
            )
            .all()
        ):
            result = run_job(job_id, runtime().registry.jobs)
            if result != "done":
                raise RuntimeError(f"a stretch came to {result}")
        return time.perf_counter() - began


def _floor(address: str, court: TestCourt, other: TestCourt) -> float:
    """Seconds to write the rows that the import made once more, for another court."""
    with psycopg.connect(address) as connection:
        found = {table: _rows_of(connection, table, court.id) for table in TABLES}
        if len(found["referral"][1]) != ROWS:
            raise RuntimeError(f"{len(found['referral'][1])} referrals instead of {ROWS}")
        member = other.member(Role.CLERK).id
        assert member is not None
        lines = {table: _for(other.id, member, columns, read) for table, (columns, read) in found.items()}
        connection.rollback()
        began = time.perf_counter()
        for batch in range(0, ROWS, services.BATCH):
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('portal.court_id', %s, true)", (str(other.id),))
                for table, (columns, _read) in found.items():
                    part = lines[table][batch : batch + services.BATCH]
                    if part:
                        cursor.executemany(_insert(table, columns), part)
        return time.perf_counter() - began


def _rows_of(
    connection: psycopg.Connection[Any], table: str, court_id: UUID
) -> tuple[list[str], list[tuple[Any, ...]]]:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.court_id', %s, true)", (str(court_id),))
        query = sql.SQL("SELECT * FROM {} ORDER BY id").format(sql.Identifier(table))
        cursor.execute(AUDITED.get(table, query))
        return [column.name for column in cursor.description or ()], cursor.fetchall()


def _for(court_id: UUID, member: UUID, columns: list[str], read: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same rows as another court's, ready for the driver."""
    fixed = {"court_id": court_id, "referred_by": member, "actor_id": member}
    return [
        tuple(
            fixed.get(column, Jsonb(value) if isinstance(value, dict | list) else value)
            for column, value in zip(columns, row, strict=True)
        )
        for row in read
    ]


def _insert(table: str, columns: list[str]) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder() for _column in columns),
    )


@contextmanager
def _portal() -> Iterator[tuple[Flask, str]]:
    """The portal over servers of its own, and the address of its runtime role."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        with own_servers() as servers:
            settings = servers.settings("template_portal", folder)
            add_keys(settings.keyring_file)
            yield create_app(settings), settings.database_url.replace("+psycopg", "")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        print(f"{name}: {ours:.2f} against {floor:.2f}: {note}")
