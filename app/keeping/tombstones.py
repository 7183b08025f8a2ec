"""What was sealed or destroyed, outside of the database: after a restore it goes again before the portal opens.

A file for each court in storage (`tombstones/<court id>.json`), written anew after each sealing. It names nobody: a
record's own number, the case's number in the database, what was done and when.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import select

from app.cases.models import Referral
from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.jobs import Job, JobHandler
from app.core.runtime import runtime
from app.keeping.carrying_out import JOBS as CARRYING_OUT
from app.keeping.carrying_out import KEEP_TOMBSTONES, destroy_key, do
from app.keeping.models import RecordSealing
from tenants.database import acting_as, session, transaction
from tenants.models import Court
from tenants.scope import current_court_id

FOLDER = "tombstones"


@dataclass(frozen=True)
class Tombstone:
    """One record that ended. Days are court-local, `done_at` is UTC; all as ISO text."""

    court: str
    record: str
    case: str
    what: str
    ground: str
    dated_on: str
    due_on: str
    done_at: str
    survives: Sequence[str]


def of_court() -> list[Tombstone]:
    """What ended at the court at work, the oldest first."""
    query = select(RecordSealing).where(RecordSealing.state == "done").order_by(RecordSealing.done_at, RecordSealing.id)
    return [_tombstone(row) for row in session().scalars(query)]


def of_all_courts() -> list[Tombstone]:
    found: list[Tombstone] = []
    for court_id in session().scalars(select(Court.id).order_by(Court.id)).all():
        with acting_as(court_id):
            found += of_court()
    return found


def _tombstone(row: RecordSealing) -> Tombstone:
    assert row.done_at is not None
    return Tombstone(
        court=str(row.court_id),
        record=str(row.id),
        case=str(row.referral_id),
        what=row.what,
        ground=row.ground,
        dated_on=row.dated_on.isoformat(),
        due_on=row.due_on.isoformat(),
        done_at=row.done_at.isoformat(),
        survives=tuple(row.survives),
    )


def write(path: Path, stones: Iterable[Tombstone]) -> int:
    """The whole file at once, or not at all; returns how many stand in it. Raises OSError."""
    lines = [asdict(stone) for stone in stones]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{secrets.token_hex(8)}.new")
    with partial.open("w") as out:
        json.dump(lines, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)
    return len(lines)


def read(path: Path) -> list[Tombstone]:
    """A file, or every file of a folder. Raises OSError, ValueError for what is no list of tombstones."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    lines: list[dict[str, Any]] = [line for file in files for line in json.loads(file.read_text())]
    try:
        return [Tombstone(**line) for line in lines]
    except TypeError as error:
        raise ValueError(str(error)) from None


def folder() -> Path:
    """Where the courts' files lie: in storage, beside the heads of their audits."""
    return Path(unquote(urlsplit(runtime().settings.storage_url).path)) / FOLDER


def keep(job: Job) -> None:
    """Write down outside of the database what ended at the court at work (a job: tried again until it stands there).

    What the file knows and the database does not stays: the database may be an old one that was brought back.
    """
    path = folder() / f"{current_court_id()}.json"
    stones = {stone.record: stone for stone in (read(path) if path.exists() else [])}
    write(path, (stones | {stone.record: stone for stone in of_court()}).values())
    with transaction():
        job.done()


def replay(stones: Iterable[Tombstone]) -> int:
    """Let go again what a backup has brought back; returns how many records. Safe to run twice."""
    known = set(session().scalars(select(Court.id)).all())
    again = 0
    for stone in stones:
        if UUID(stone.court) in known:
            with acting_as(UUID(stone.court)), transaction():
                again += _replay(stone)
    return again


def _replay(stone: Tombstone) -> bool:
    case_id = UUID(stone.case)
    row = session().scalar(select(RecordSealing).where(RecordSealing.id == UUID(stone.record)).with_for_update())
    if row is not None and row.state == "done":
        if stone.what == "destroy" and row.box_key:
            destroy_key(row)  # it was sealed when the backup was made, and destroyed since
            return True
        return False
    if session().scalar(select(Referral.id).where(Referral.id == case_id)) is None:
        return False  # younger than the backup: it did not come back
    if row is None:
        row = _as_written(stone)
    row.what = stone.what
    do(row)
    audit("keeping.replay", actor=SYSTEM, subject=("sealing", row.id), case_id=case_id)
    return True


def _as_written(stone: Tombstone) -> RecordSealing:
    """The row that was made after the backup; another plan for the case gives way to it."""
    case_id = UUID(stone.case)
    for other in session().scalars(select(RecordSealing).where(RecordSealing.referral_id == case_id)):
        if other.state in ("planned", "confirmed"):
            other.state, other.canceled_at = "canceled", clock.now()
    session().flush()
    row = RecordSealing(
        id=UUID(stone.record),
        referral_id=case_id,
        ground=stone.ground,
        what=stone.what,
        dated_on=date.fromisoformat(stone.dated_on),
        due_on=date.fromisoformat(stone.due_on),
        survives=list(stone.survives),
        recorded_at=datetime.fromisoformat(stone.done_at),
    )
    session().add(row)
    session().flush()
    return row


JOBS: dict[str, JobHandler] = {**CARRYING_OUT, KEEP_TOMBSTONES: JobHandler(keep)}
