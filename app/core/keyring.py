"""Keys by purpose, from one file outside the database. New values use the newest key; old keys still open old values.

File: JSON, {"purpose": [{"id": "...", "key": base64 of 32 bytes, "made": instant}, ...]}, the newest last.
Rotation appends. Older keys do not say when they were made.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core import clock

PURPOSES = ("enrollment-code", "link-token", "totp", "audit-head", "limit", "transfer", "sealed-record")


@dataclass(frozen=True)
class Key:
    id: str
    secret: bytes


class Keyring:
    """Keyed hashes and sealed values. Raises KeyError for a purpose or key id that the file does not hold."""

    def __init__(self, keys: dict[str, list[Key]]) -> None:
        self._keys = keys

    @classmethod
    def load(cls, file: Path) -> Keyring:
        data = json.loads(file.read_text())
        return cls({p: [Key(k["id"], base64.b64decode(k["key"])) for k in keys] for p, keys in data.items()})

    def digest(self, purpose: str, value: str) -> str:
        """A keyed hash of `value` by the newest key, 64 hexadecimal characters."""
        return _mac(self._keys[purpose][-1], value)

    def digests(self, purpose: str, value: str) -> list[str]:
        """The hashes of `value` by every key, so that a rotation voids nothing that was stored before."""
        return [_mac(key, value) for key in self._keys[purpose]]

    def seal(self, purpose: str, value: bytes, *, bound_to: str) -> str:
        """Encrypt; it only opens again with the same `bound_to` (the row's id, say)."""
        key = self._keys[purpose][-1]
        nonce = os.urandom(12)
        box = AESGCM(key.secret).encrypt(nonce, value, bound_to.encode())
        return f"{key.id}:{base64.b64encode(nonce + box).decode()}"

    def open(self, purpose: str, sealed: str, *, bound_to: str) -> bytes:
        """The value that `seal` hid. Raises cryptography.exceptions.InvalidTag when it was altered or moved."""
        key_id, _, box = sealed.partition(":")
        key = next((key for key in self._keys[purpose] if key.id == key_id), None)
        if key is None:
            raise KeyError(key_id)
        raw = base64.b64decode(box)
        return AESGCM(key.secret).decrypt(raw[:12], raw[12:], bound_to.encode())


def _mac(key: Key, value: str) -> str:
    return hmac.new(key.secret, value.encode(), hashlib.sha256).hexdigest()


def add_keys(file: Path, purposes: tuple[str, ...] = PURPOSES) -> None:
    """Append a fresh key for each purpose; creates the file (mode 0600) when there is none."""
    data: dict[str, list[dict[str, str]]] = json.loads(file.read_text()) if file.exists() else {}
    for purpose in purposes:
        keys = data.setdefault(purpose, [])
        key = base64.b64encode(os.urandom(32)).decode()
        keys.append({"id": str(len(keys) + 1), "key": key, "made": clock.now().isoformat(timespec="seconds")})
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".new")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(data, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)


def ages(file: Path) -> dict[str, datetime | None]:
    """When the newest key of each purpose was made (UTC); None where the file does not say."""
    data: dict[str, list[dict[str, str]]] = json.loads(file.read_text())
    made = {purpose: keys[-1].get("made") for purpose, keys in data.items() if keys}
    return {purpose: datetime.fromisoformat(at) if at else None for purpose, at in made.items()}
