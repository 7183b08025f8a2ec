"""Chains committed audit rows, court by court, and keeps the signed head outside the database.

The chain is built after the fact: inside every transaction it would make all writers of a court wait for each other.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import func, insert, select

from app.core import clock
from app.core.audit import detail_digest
from app.core.models import AuditDetail, AuditEvent, AuditSeal
from app.core.runtime import runtime
from tenants.database import session, transaction
from tenants.scope import current_court_id

GENESIS = b"\x00" * 32
BATCH = 1000


def event_digest(event: AuditEvent) -> bytes:
    """SHA-256 over every column of an event, in a fixed order."""
    values = [
        str(event.id),
        event.at.isoformat(),
        event.actor_kind,
        str(event.actor_id),
        event.actor_role,
        event.action,
        event.subject_kind,
        str(event.subject_id),
        str(event.case_id),
        event.outcome,
        event.detail_digest.hex(),
    ]
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).digest()


def link(previous: bytes, event: AuditEvent) -> bytes:
    return hashlib.sha256(previous + event_digest(event)).digest()


class ChainBroken(RuntimeError):
    """The chain does not reach the signed head: sealing on would cover the traces. `verify` names what is missing."""


def seal() -> int:
    """Chain what the court at work has committed and not yet sealed; returns how many rows. One sealer at a time.

    The head goes to storage after the links are committed, under the same lock: it may lag behind after a crash, but
    never runs ahead and never goes back. Raises ChainBroken.
    """
    with transaction() as current:
        if not current.scalar(select(func.pg_try_advisory_xact_lock(_lock_key()))):
            return 0
        position, digest = head()
        _refuse_broken(position)
        unsealed = current.scalars(
            select(AuditEvent)
            .outerjoin(AuditSeal, AuditSeal.id == AuditEvent.id)
            .where(AuditSeal.id.is_(None))
            .order_by(AuditEvent.at, AuditEvent.id)
            .limit(BATCH)
        ).all()
        rows: list[dict[str, Any]] = []
        for event in unsealed:
            position, digest = position + 1, link(digest, event)
            rows.append({"id": event.id, "position": position, "digest": digest, "sealed_at": clock.now()})
        if rows:
            current.execute(insert(AuditSeal), rows)
    with transaction() as current:
        current.execute(select(func.pg_advisory_xact_lock(_lock_key())))
        _keep_head(*head())
    return len(rows)


def _lock_key() -> int:
    return current_court_id().int % 2**63


def head() -> tuple[int, bytes]:
    """Position and digest of the court's last link."""
    last = session().execute(select(AuditSeal.position, AuditSeal.digest).order_by(AuditSeal.position.desc()).limit(1))
    row = last.first()
    return (row.position, row.digest) if row else (0, GENESIS)


def _refuse_broken(position: int) -> None:
    kept = _kept_head()
    if kept is None and position == 0:
        _keep_head(0, GENESIS)  # from the first link on, a missing head means that somebody removed it
    elif kept is None:
        raise ChainBroken("the signed head is missing from storage")
    elif kept["position"] > position:
        raise ChainBroken(f"the chain ends at link {position}, its signed head is {kept['position']}")


def _head_file() -> Path:
    folder = Path(unquote(urlsplit(runtime().settings.storage_url).path)) / "audit-heads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{current_court_id()}.json"


def _kept_head() -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = json.loads(_head_file().read_text())
    except FileNotFoundError:
        return None
    return kept


def _keep_head(position: int, digest: bytes) -> None:
    """Write the signed head to storage: rows cut off the end of the chain are then missed."""
    kept = _kept_head()
    if kept is not None and kept["position"] >= position:
        return
    file = _head_file()
    partial = file.with_suffix(f".{secrets.token_hex(8)}.new")
    with partial.open("w") as out:
        json.dump(
            {"position": position, "mac": runtime().keyring.digest("audit-head", _head_text(position, digest))}, out
        )
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)


def _head_text(position: int, digest: bytes) -> str:
    return f"{current_court_id()}:{position}:{digest.hex()}"


class FindingKind(StrEnum):
    """What can be wrong with a chain."""

    LINKS_MISSING = "links_missing"
    REMOVED = "removed"
    CHANGED = "changed"
    DETAIL_CHANGED = "detail_changed"
    CUT_OFF = "cut_off"
    HEAD_MISSING = "head_missing"
    HEAD_DIFFERS = "head_differs"


FINDING_TEXT = {
    FindingKind.LINKS_MISSING: "links {first} to {last} are missing",
    FindingKind.REMOVED: "event {event_id} at link {first} was removed",
    FindingKind.CHANGED: "event {event_id} ({action}) at link {first} was changed or moved",
    FindingKind.DETAIL_CHANGED: "the detail of event {event_id} ({action}) was changed",
    FindingKind.CUT_OFF: "links {first} to {last} were cut off the end",
    FindingKind.HEAD_MISSING: "the signed head is missing from storage",
    FindingKind.HEAD_DIFFERS: "the signed head does not match",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `first` and `last` are positions of links; a finding about one link has `first` only."""

    kind: FindingKind
    first: int = 0
    last: int = 0
    event_id: UUID | None = None
    action: str = ""

    def __str__(self) -> str:
        """In English, for the command line and the log."""
        return FINDING_TEXT[self.kind].format_map(vars(self))


@dataclass(frozen=True)
class Verdict:
    """What `verify` found. `findings` is empty when the chain is whole; `unsealed` rows are not yet covered."""

    court_id: UUID
    sealed: int
    unsealed: int
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """The findings in English."""
        return tuple(map(str, self.findings))


def verify() -> Verdict:
    """Prove the audit chain of the court at work, naming whatever was changed, removed, reordered or cut off."""
    found: list[Finding] = []
    previous, expected = GENESIS, 1
    kept = _kept_head()  # before the rows: a sealer at work may move both on
    at_kept = GENESIS
    with transaction() as current:
        rows = current.execute(
            select(AuditSeal, AuditEvent, AuditDetail)
            .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.id)
            .outerjoin(AuditDetail, AuditDetail.id == AuditSeal.id)
            .order_by(AuditSeal.position)
            .execution_options(yield_per=BATCH)
        )
        for sealed, event, detail in rows:
            found += _check(sealed, event, detail, previous, expected)
            previous, expected = sealed.digest, sealed.position + 1
            if kept is not None and kept["position"] == sealed.position:
                at_kept = sealed.digest
        unsealed = current.scalar(
            select(func.count())
            .select_from(AuditEvent)
            .outerjoin(AuditSeal, AuditSeal.id == AuditEvent.id)
            .where(AuditSeal.id.is_(None))
        )
    found += _check_head(kept, expected - 1, at_kept)
    return Verdict(current_court_id(), expected - 1, unsealed or 0, tuple(found))


def _check(
    sealed: AuditSeal, event: AuditEvent | None, detail: AuditDetail | None, previous: bytes, expected: int
) -> list[Finding]:
    found, place = [], sealed.position
    if place != expected:
        found.append(Finding(FindingKind.LINKS_MISSING, expected, place - 1))
    if event is None:
        return [*found, Finding(FindingKind.REMOVED, place, event_id=sealed.id)]
    if place == expected and link(previous, event) != sealed.digest:
        found.append(Finding(FindingKind.CHANGED, place, event_id=event.id, action=event.action))
    # An erased detail is lawful; one that is there must be the one that was written.
    if detail is not None and detail_digest(detail.salt, detail.old, detail.new, detail.address) != event.detail_digest:
        found.append(Finding(FindingKind.DETAIL_CHANGED, place, event_id=event.id, action=event.action))
    return found


def _check_head(kept: dict[str, Any] | None, position: int, at_kept: bytes) -> list[Finding]:
    if kept is None:
        # The court's first seal may have come between the look at the head and the look at the rows.
        return [] if position == 0 or _kept_head() is not None else [Finding(FindingKind.HEAD_MISSING)]
    if kept["position"] > position:
        return [Finding(FindingKind.CUT_OFF, position + 1, kept["position"])]
    genuine = kept["mac"] in runtime().keyring.digests("audit-head", _head_text(kept["position"], at_kept))
    return [] if genuine else [Finding(FindingKind.HEAD_DIFFERS)]
