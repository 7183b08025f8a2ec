"""The one audit call. It writes into the transaction that does the deed: no deed without its row, no row without it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.bulk import insert_many
from app.core.models import AuditDetail, AuditEvent
from app.core.runtime import runtime
from tenants.database import apart, transaction
from tenants.keys import uuid7

COVERING_FOR = "covering_for"
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Deed:
    """One event to record; the fields as in `audit`."""

    action: str
    subject: tuple[str, UUID | None]
    case_id: UUID | None = None
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None
    outcome: Outcome = Outcome.DONE


def audit(
    action: str,
    *,
    actor: Actor,
    subject: tuple[str, UUID | None],
    case_id: UUID | None = None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    outcome: Outcome = Outcome.DONE,
) -> None:
    """Record `action` (`package.verb`, e.g. `cases.refer`) on `subject` (kind, id), in the transaction at hand.

    `old` and `new` are JSON-ready and may hold personal values: they go to the erasable side table, and only their
    salted digest into the event. `case_id` is the referral concerned, if any.
    """
    audit_many([Deed(action, subject, case_id, old, new, outcome)], actor=actor)


def audit_many(deeds: Sequence[Deed], *, actor: Actor) -> None:
    """Record many deeds of one actor, as `audit` does each: two statements, however many there are."""
    if not deeds:
        return
    deeds = _saying_for_whom(deeds, actor)
    events, details = [], []
    now = clock.now()
    for deed in deeds:
        salt, event_id = os.urandom(16), uuid7()
        old, new = _plain(deed.old), _plain(deed.new)
        events.append(
            {
                "id": event_id,
                "at": now,
                "actor_kind": actor.kind,
                "actor_id": actor.id,
                "actor_role": actor.role,
                "action": deed.action,
                "subject_kind": deed.subject[0],
                "subject_id": deed.subject[1],
                "case_id": deed.case_id,
                "outcome": deed.outcome,
                "detail_digest": detail_digest(salt, old, new, actor.address),
            }
        )
        details.append({"id": event_id, "salt": salt, "old": old, "new": new, "address": actor.address})
    with transaction():
        # One shape of statement whatever is missing: a sign-in of a known and of an unknown person look the same.
        insert_many(AuditEvent, events)
        insert_many(AuditDetail, details)


def _saying_for_whom(deeds: Sequence[Deed], actor: Actor) -> Sequence[Deed]:
    """What a colleague does who stands in names the one whose case it is."""
    cases = {deed.case_id for deed in deeds if deed.case_id is not None}
    if not (actor.covering and actor.id is not None and cases):
        return deeds
    covered = runtime().registry.covered_for(actor.id, cases)
    return [
        replace(deed, new={**(deed.new or {}), COVERING_FOR: str(covered[deed.case_id])})
        if deed.case_id is not None and deed.case_id in covered
        else deed
        for deed in deeds
    ]


def _plain(values: dict[str, Any] | None) -> dict[str, Any]:
    """As JSON gives it back (keys are text, tuples are lists), so that the digest holds for what is stored."""
    plain: dict[str, Any] = json.loads(json.dumps(values)) if values else {}
    return plain


def audit_refused(
    action: str, *, actor: Actor, subject: tuple[str, UUID | None], new: dict[str, Any] | None = None
) -> None:
    """Record a failed try in a transaction of its own, so that it stays when the request's work is rolled back."""
    with apart():
        audit(action, actor=actor, subject=subject, new=new, outcome=Outcome.REFUSED)


def detail_digest(salt: bytes, old: dict[str, Any], new: dict[str, Any], address: str) -> bytes:
    """Salted SHA-256 over the canonical JSON of an event's detail."""
    return hashlib.sha256(salt + _CANONICAL([old, new, address]).encode()).digest()
