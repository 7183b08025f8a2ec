"""What a backup holds: hashes, counts and the migration, in `manifest.json`. A folder without one is no backup."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.keyring import Keyring
from app.recovery.programs import RecoveryRefused

VERSION = 1
FILE, MAC = "manifest.json", "manifest.mac"
DUMP, LIST, FILES, KEYS = "database.dump", "files.txt", "files", "keys.sealed"
PURPOSE = "audit-head"  # the key that already vouches for what is kept outside the database
PIECE = 1024 * 1024  # bytes


@dataclass(frozen=True)
class Manifest:
    """`as_of` (UTC): what was committed later is not in it. `tables`: rows of each. `shape`: see catalogue.shape.

    `damaged`: files that were not what their name says when they were copied. `keys`: the keyring's fingerprints.
    """

    as_of: datetime
    migration: str
    server_major: int
    dump_sha256: str
    list_sha256: str
    shape: str
    tables: dict[str, int]
    files: int
    bytes: int
    damaged: list[str]
    keys: dict[str, list[str]]
    keys_inside: bool
    version: int = VERSION

    def write(self, folder: Path, keyring: Keyring) -> None:
        """Put it into `folder`, the last of all, with a code by the keyring that says it is ours."""
        content = json.dumps(asdict(self), default=str, indent=1, sort_keys=True)
        (folder / MAC).write_text(keyring.digest(PURPOSE, content))
        partial = folder / f"{FILE}.new"
        partial.write_text(content)
        partial.replace(folder / FILE)


def read(folder: Path) -> Manifest:
    """The manifest of a backup, its seal not yet looked at. Raises RecoveryRefused."""
    try:
        values: dict[str, Any] = json.loads((folder / FILE).read_text())
        if values.get("version") != VERSION:
            raise RecoveryRefused(f"{folder} was made by another release: its manifest has version {values['version']}")
        return Manifest(**{**values, "as_of": datetime.fromisoformat(values["as_of"])})
    except FileNotFoundError:
        raise RecoveryRefused(f"{folder} holds no finished backup: there is no {FILE}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RecoveryRefused(f"{folder / FILE} can not be read ({type(error).__name__})") from None


def require_ours(folder: Path, keyring: Keyring) -> None:
    """Raises RecoveryRefused for a manifest that was not written under one of the keyring's keys, or changed since."""
    content = (folder / FILE).read_text()
    mac = (folder / MAC).read_text() if (folder / MAC).exists() else ""
    if mac.strip() not in keyring.digests(PURPOSE, content):
        raise RecoveryRefused("the manifest was changed, or was made under another keyring")


def sha256_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file and bring it onto the disk; its SHA-256 and its size in bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as inside, target.open("wb") as outside:
        while piece := inside.read(PIECE):
            digest.update(piece)
            size += outside.write(piece)
        outside.flush()
        os.fsync(outside.fileno())
    return digest.hexdigest(), size
