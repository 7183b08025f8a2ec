"""Writes an export: a ZIP with every table as CSV and JSON, every file, a schema and a signed manifest.

All of it is read in one transaction (repeatable read): the whole file shows the court at one instant. Rows and files go
through in pieces; memory grows with the number of files only (an entry of the ZIP's directory each).
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any, BinaryIO
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection, RowMapping

from app.cases.imports.models import ReferralImport
from app.core.csv_files import neutralized
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.core.storage import PIECE, Missing
from app.exports import contents, sealing
from app.exports.schema import README, schema
from app.payments.waiving.models import WaiverProof
from app.reports.models import Report
from tenants.database import db, statement
from tenants.models import Court
from tenants.scope import current_court_id

FORMAT = 1
BATCH = 500  # rows held at once
MANIFEST, SIGNATURE, CERTIFICATE = "manifest.json", "manifest.sig", "signing-certificate.pem"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "text/csv": ".csv"}


@dataclass
class Written:
    """What an export came to. `problems` names the files that storage no longer has, or has damaged."""

    tables: dict[str, int] = field(default_factory=dict)  # rows
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)  # path: size, sha256
    files: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


def write(target: BinaryIO, *, export_id: UUID, as_of: datetime) -> Written:
    """Write the export of the court at work into `target`. Raises OSError, ValueError for an unusable signing key."""
    written = Written()
    with _snapshot() as connection, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in contents.exported_tables():
            _write_table(archive, written, connection, table)
        _write_files(archive, written, connection)
        _write_text(archive, written, "schema.json", _json(schema()))
        _write_text(archive, written, "README.txt", README)
        manifest = _json(_manifest(connection, written, export_id, as_of)).encode()
        archive.writestr(MANIFEST, manifest)
        settings = runtime().settings
        archive.writestr(SIGNATURE, sealing.sign(manifest, settings.signing_key_file.read_bytes()))
        archive.writestr(CERTIFICATE, settings.signing_cert_file.read_bytes())
    return written


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """One instant of the court at work, for reading only. The engine's own event tells PostgreSQL the court."""
    engine = db.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        yield connection


def _rows(connection: Connection, table: Table) -> Iterator[RowMapping]:
    query = contents.rows(table, current_court_id())
    found = connection.execution_options(stream_results=True, yield_per=BATCH).execute(query)
    yield from (row._mapping for row in found)  # a row's public way to its names


def _write_table(archive: zipfile.ZipFile, written: Written, connection: Connection, table: Table) -> None:
    names = [column.name for column in contents.columns(table)]
    count = 0
    with _entry(archive, written, f"tables/{table.name}.json") as out:
        text = io.TextIOWrapper(out, "utf-8", write_through=True)
        text.write("[")
        for row in _rows(connection, table):
            text.write(",\n" if count else "\n")
            text.write(json.dumps({name: plain(row[name]) for name in names}, ensure_ascii=False))
            count += 1
        text.write("\n]\n")
        text.detach()
    with _entry(archive, written, f"tables/{table.name}.csv") as out:
        text = io.TextIOWrapper(out, "utf-8", write_through=True, newline="")
        writer = csv.writer(text)
        writer.writerow(names)
        for row in _rows(connection, table):
            writer.writerow([cell(row[name]) for name in names])
        text.detach()
    written.tables[table.name] = count


def plain(value: Any) -> Any:
    """A value of the database as JSON can say it: times as ISO 8601 with their zone, bytes as base64."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def cell(value: Any) -> str:
    """A value as a cell. Text that a spreadsheet would take for a formula gets an apostrophe; the JSON is exact."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return neutralized(value)
    return json.dumps(value, ensure_ascii=False)


def _write_files(archive: zipfile.ZipFile, written: Written, connection: Connection) -> None:
    reports = (
        select(StoredFile.sha256, StoredFile.content_type, Report.number)
        .join(Report, Report.file_id == StoredFile.id)
        .where(StoredFile.court_id == current_court_id())
        .order_by(Report.number)
    )
    others = (
        select(StoredFile.sha256, StoredFile.content_type, StoredFile.purpose)
        .where(
            StoredFile.id.not_in(select(Report.file_id).where(Report.file_id.is_not(None))),
            # What the court's rules deleted in time is no loss; its rows say when it went.
            StoredFile.id.not_in(select(WaiverProof.file_id).where(WaiverProof.file_deleted_at.is_not(None))),
            StoredFile.id.not_in(select(ReferralImport.file_id).where(ReferralImport.file_deleted_at.is_not(None))),
        )
        .order_by(StoredFile.sha256, StoredFile.purpose)
    )
    streamed = connection.execution_options(stream_results=True, yield_per=BATCH)
    for sha256, content_type, number in streamed.execute(reports):
        name = number if NAME.fullmatch(number) else sha256
        _write_file(archive, written, f"reports/{name}{_ending(content_type)}", sha256)
    for sha256, content_type, purpose in streamed.execute(others):
        folder = purpose if NAME.fullmatch(purpose) else "other"
        path = f"files/{folder}/{sha256}{_ending(content_type)}"
        if path not in written.entries:
            _write_file(archive, written, path, sha256)


def _ending(content_type: str) -> str:
    return ENDINGS.get(content_type, ".bin")


def _write_file(archive: zipfile.ZipFile, written: Written, path: str, sha256: str) -> None:
    try:
        source = runtime().storage.open(current_court_id(), sha256)
    except Missing:
        written.problems.append(f"{path}: storage no longer has this file")
        return
    with source, _entry(archive, written, path, zipfile.ZIP_STORED) as out:
        while piece := source.read(PIECE):
            out.write(piece)
    written.files += 1
    if written.entries[path]["sha256"] != sha256:
        written.problems.append(f"{path}: this file was damaged in storage")


def _write_text(archive: zipfile.ZipFile, written: Written, path: str, text: str) -> None:
    with _entry(archive, written, path) as out:
        out.write(text.encode())


class _Counted(io.RawIOBase):
    """Passes bytes on, and knows their number and SHA-256."""

    def __init__(self, target: IO[bytes]) -> None:
        self.target, self.digest, self.size = target, hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.digest.update(piece)
        self.size += len(piece)
        return self.target.write(piece)


@contextmanager
def _entry(
    archive: zipfile.ZipFile, written: Written, path: str, compression: int = zipfile.ZIP_DEFLATED
) -> Iterator[IO[bytes]]:
    info = zipfile.ZipInfo(path)
    info.compress_type = compression
    with archive.open(info, "w", force_zip64=True) as target:
        counted = _Counted(target)
        buffered = io.BufferedWriter(counted, PIECE)
        yield buffered
        buffered.flush()
        buffered.detach()
    written.entries[path] = {"size": counted.size, "sha256": counted.digest.hexdigest()}


def _manifest(connection: Connection, written: Written, export_id: UUID, as_of: datetime) -> dict[str, Any]:
    court = connection.execute(select(Court.slug, Court.name).where(Court.id == current_court_id())).one()
    return {
        "format": FORMAT,
        "export": str(export_id),
        "court": {"id": str(current_court_id()), "address": court.slug, "name": court.name},
        "as_of": as_of.isoformat(),
        "database_schema": connection.scalar(statement("SELECT max(version_num) FROM alembic_version")),
        "rows": written.tables,
        "files": written.entries,
        "left_out": contents.left_out(),
        "problems": written.problems,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
