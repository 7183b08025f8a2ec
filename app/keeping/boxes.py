"""A sealed record: everything of a case in one file, encrypted with a key that is its own.

The key lies in the row of the sealing, itself sealed by the keyring. Destroying it makes the file unreadable wherever
copies of it may lie.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import any_, func, select

from app.core.runtime import runtime
from app.core.storage import Missing
from app.keeping.rows import Found, events_of, files_of, tables, uuids
from tenants.database import db, session
from tenants.scope import current_court_id

PURPOSE = "sealed-record"
NONCE = 12  # bytes
# Papers about many people, what the machine was told to do, and what was typed and never sent are no part of a record.
NOT_OF_THE_RECORD = frozenset(
    {
        "list_report", "list_report_person", "report_batch_item", "case_action_item", "outbox", "occurrence",
        "review_item", "kept_text", "account_session", "account_recovery", "referral_import_row",
    }
)  # fmt: skip


class KeyDestroyed(RuntimeError):
    """There is no key any more: nobody can open the box."""


def contents_of(found: Found) -> dict[str, Any]:
    """Every row and file of a case, ready for JSON: `tables` by name, `files` with their content in base64.

    Files that storage does not have are named with an empty content.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, table in tables().items():
        if name in NOT_OF_THE_RECORD or not found.of(name):
            continue
        query = select(func.to_jsonb(table.table_valued())).where(table.c.id == any_(uuids(found.of(name))))
        rows[name] = list(session().scalars(query.order_by(table.c.id)))
    for name in ("audit_event", "audit_detail"):
        table = db.metadata.tables[name]
        query = select(func.to_jsonb(table.table_valued())).where(table.c.id.in_(events_of(found)))
        rows[name] = list(session().scalars(query.order_by(table.c.id)))
    files = [
        {"name": row.name, "type": row.content_type, "purpose": row.purpose, "content": _content(row.sha256)}
        for row in files_of(found)
    ]
    return {"tables": rows, "files": files}


def _content(sha256: str) -> str:
    try:
        return base64.b64encode(runtime().storage.get(current_court_id(), sha256)).decode()
    except Missing:
        return ""


def put(sealing_id: UUID, contents: dict[str, Any]) -> tuple[str, str]:
    """Encrypt and keep; returns the file's SHA-256 and the sealed key."""
    key, nonce = AESGCM.generate_key(256), os.urandom(NONCE)
    plain = zlib.compress(json.dumps(contents, ensure_ascii=False).encode())
    box = nonce + AESGCM(key).encrypt(nonce, plain, _bound(sealing_id))
    sha256 = runtime().storage.put(current_court_id(), box)
    return sha256, runtime().keyring.seal(PURPOSE, key, bound_to=_bound(sealing_id).decode())


def take(sealing_id: UUID, sha256: str, box_key: str) -> dict[str, Any]:
    """What `put` kept. Raises KeyDestroyed, storage.Missing, InvalidTag when box and key do not belong together."""
    if not box_key:
        raise KeyDestroyed
    box = runtime().storage.get(current_court_id(), sha256)
    key = runtime().keyring.open(PURPOSE, box_key, bound_to=_bound(sealing_id).decode())
    contents: dict[str, Any] = json.loads(
        zlib.decompress(AESGCM(key).decrypt(box[:NONCE], box[NONCE:], _bound(sealing_id)))
    )
    return contents


def _bound(sealing_id: UUID) -> bytes:
    return f"{current_court_id()}:{sealing_id}".encode()
