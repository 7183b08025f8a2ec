"""Taking a case out of the database: rows go by their declared erase rule, files by a job once the rows are gone.

The runtime role may not delete history. For these statements alone it takes on `portal_records`, and puts it down.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, Table, Text, and_, any_, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core import clock
from app.keeping.rows import STAYS_BLANK, Found, events_of, files_of, find, keys_of, tables, uuids
from tenants.database import db, session, statement, transaction
from tenants.erase import Erase
from tenants.isolation import MAY_BE_GONE

NO_DATE = date(1900, 1, 1)  # where a day must stand and none may be known
# Columns of rows that stay which lead to what goes.
CUT = {"referral": ("order_file_id", "agreement_file_id"), "enrollment": ("account_id", "officer_id")}


@dataclass
class Erased:
    """What went: rows by table, and the content of files that is to go now.

    `files` may still be named by another case's row: whoever deletes them looks. `copies` hold many people's values at
    once (an export, a printed batch); their rows do not name them any more.
    """

    rows: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)


@contextmanager
def as_records() -> Iterator[Session]:
    """Within a transaction: the right to see what has gone and to delete rows of cases."""
    with transaction() as current:
        current.flush()
        current.execute(statement("SET LOCAL ROLE portal_records"))
        yield current
        current.flush()
        current.execute(statement("SET LOCAL ROLE NONE"))  # after a fault the rollback does it


def erase(referral_id: UUID, *, at: datetime) -> Erased:
    """Delete or blank every row of a case, in the transaction at hand. Safe to run again: finds what came since."""
    with as_records():
        found = find(referral_id)
        done = Erased()
        files = files_of(found)
        _forget_copies(found, done)
        _count(done, "audit_detail", _delete_details(found))
        named = tables()
        for name, table in named.items():
            if ids := found.of(name):
                if name in STAYS_BLANK:
                    _blank(table, ids, at)
                elif name != "stored_file":
                    _count(done, name, _delete(table, ids))
        _delete_files([row.id for row in files], named, done)
        done.files += [row.sha256 for row in files]
    db.session.expire_all()
    return done


def _count(done: Erased, table: str, rows: int) -> None:
    if rows:
        done.rows[table] = done.rows.get(table, 0) + rows


def _delete(table: Table, ids: list[UUID]) -> int:
    return _rows(delete(table).where(table.c.id == any_(uuids(ids))))


def _rows(deed: Any) -> int:
    result: Any = session().execute(deed)
    return int(result.rowcount)


def _delete_details(found: Found) -> int:
    detail = db.metadata.tables["audit_detail"]
    return _rows(delete(detail).where(detail.c.id.in_(events_of(found))))


def blank_values(table: Table) -> dict[str, Any]:
    """What the columns of a row that stays become: blank where they are declared so, cut where they lead on."""
    values: dict[str, Any] = {column.name: _blank_of(column) for column in table.columns if _goes(column)}
    return values | dict.fromkeys(CUT.get(table.name, ()))


def _goes(column: Column[Any]) -> bool:
    return column.info.get("erase") in (Erase.CLEAR, Erase.ROW)


def _blank_of(column: Column[Any]) -> Any:
    if column.nullable:
        return None
    match column.type:
        case Text():
            return ""
        case Date():
            return NO_DATE
        case JSONB():
            return {}
    raise TypeError(f"{column.table.name}.{column.name}: no blank value of {column.type!r}")


def _blank(table: Table, ids: list[UUID], at: datetime) -> None:
    values = blank_values(table)
    if table.name in MAY_BE_GONE:
        values["gone_at"] = at
    if values and "row_version" in table.columns:
        values["row_version"] = table.c.row_version + 1
    if values:
        session().execute(update(table).where(table.c.id == any_(uuids(ids))).values(values))


def _delete_files(ids: list[UUID], named: dict[str, Table], done: Erased) -> None:
    """Rows of files that no row names any more, a document that survives among them."""
    file = named["stored_file"]
    every = [*named.values(), db.metadata.tables["surviving_document"]]
    still = [
        exists().where(column == file.c.id, table.c.court_id == file.c.court_id)
        for table in every
        for column, target in keys_of(table)
        if target == "stored_file"
    ]
    _count(done, "stored_file", _rows(delete(file).where(and_(file.c.id == any_(uuids(ids)), ~or_(*still)))))


def _forget_copies(found: Found, done: Erased) -> None:
    """Files that hold many people's values together, this person's among them."""
    named = tables()
    export, prints, slips = named["court_export"], named["print_batch"], named["code_batch"]
    imports, files = named["referral_import"], named["stored_file"]

    def those(table: Table, column: str, child: str) -> Any:
        rows = named[child]
        return table.c.id.in_(select(rows.c[column]).where(rows.c.id == any_(uuids(found.of(child)))))

    done.copies += session().scalars(
        update(export).where(export.c.state == "ready").values(state="removed").returning(export.c.sha256)
    )
    deeds: tuple[tuple[Table, str, Any, dict[str, Any]], ...] = (
        (prints, "sha256", those(prints, "batch_id", "report_delivery"), {"sha256": ""}),
        (slips, "file_sha256", those(slips, "batch_id", "enrollment_code"), {"file_sha256": "", "sealed": ""}),
    )
    for table, column, which, values in deeds:
        found_there = select(table.c[column]).where(which, table.c[column] != "")
        done.copies += session().scalars(found_there).all()
        session().execute(update(table).where(which).values(values))
    session().execute(
        update(slips).where(those(slips, "batch_id", "enrollment_code"), slips.c.state == "ready").values(state="gone")
    )
    listed = those(imports, "import_id", "referral_import_row"), imports.c.file_deleted_at.is_(None)
    sent = select(files.c.sha256).join(imports, imports.c.file_id == files.c.id)
    done.copies += session().scalars(sent.where(*listed)).all()
    session().execute(update(imports).where(*listed).values(file_deleted_at=clock.now()))
