"""Making a backup while the portal runs.

The order matters: the signed heads of the audit first (a head older than the chain is true; a newer one would say that
the chain was cut off), then one snapshot of the database, then the files: a row names only such as are there already.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.core import clock
from app.core.keyring import Keyring
from app.core.storage import folder_of
from app.recovery import catalogue, keys, manifest
from app.recovery.manifest import DUMP, FILES, KEYS, LIST, Manifest
from app.recovery.programs import RecoveryRefused, program, run
from config import Settings

HEADS = "audit-heads"
BY_CONTENT = re.compile(r"[0-9a-f]{64}")


def storage_folder(settings: Settings) -> Path:
    return folder_of(settings.storage_url)


def back_up(settings: Settings, target: Path, *, passphrase_file: Path | None = None) -> Manifest:
    """Write a whole backup to the empty or new folder `target`. Raises RecoveryRefused, psycopg.Error, OSError.

    Without a passphrase the keys stay out: see app/recovery/keys.py.
    """
    if not settings.database_backup_url:
        raise RecoveryRefused("DATABASE_BACKUP_URL is not set: the address of the database as portal_backup")
    passphrase = keys.passphrase_from(passphrase_file) if passphrase_file else None
    _make_empty(target)
    storage = storage_folder(settings)
    lines, damaged, size = [], [], 0
    heads = list(_copied(storage, target / FILES, only=HEADS))
    found = _dump(settings.database_backup_url, target)
    for name, digest, length in [*heads, *_copied(storage, target / FILES, but=HEADS)]:
        lines.append(f"{digest}  {length}  {name}")
        size += length
        if BY_CONTENT.fullmatch(Path(name).name) and Path(name).name != digest:
            damaged.append(name)
    (target / LIST).write_text("".join(f"{line}\n" for line in lines))
    if passphrase is not None:
        (target / KEYS).write_bytes(keys.seal(settings, passphrase))
    made = Manifest(
        **found,
        dump_sha256=manifest.sha256_of(target / DUMP),
        list_sha256=manifest.sha256_of(target / LIST),
        files=len(lines),
        bytes=size,
        damaged=damaged,
        keys=keys.fingerprints(settings.keyring_file),
        keys_inside=passphrase is not None,
    )
    made.write(target, Keyring.load(settings.keyring_file))
    os.sync()
    return made


def _make_empty(target: Path) -> None:
    if target.exists() and any(target.iterdir()):
        raise RecoveryRefused(f"{target} is not empty: a backup goes into a folder of its own")
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o700)


def _dump(url: str, target: Path) -> dict[str, Any]:
    """The database as of one snapshot, which the counts are taken in as well."""
    with catalogue.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute(
            "SELECT pg_export_snapshot(), (SELECT max(version_num) FROM alembic_version), "
            "(SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user), current_user"
        ).fetchone()
        as_of = clock.now()
        if row is None or not row[2]:
            raise RecoveryRefused(
                "DATABASE_BACKUP_URL signs in as a role that row-level security binds: the backup would lack rows"
            )
        major = catalogue.server_major(connection)
        # Without the migration's number a restored database is not open yet: see restoring.py.
        words = ("--format=custom", f"--snapshot={row[0]}", "--exclude-table-data=alembic_version", "--no-comments")
        run(program("pg_dump", major), url, *words, f"--file={target / DUMP}")
        tables = catalogue.counts(connection)
        return {
            "as_of": as_of,
            "migration": str(row[1]),
            "server_major": major,
            "shape": catalogue.shape(connection),
            "tables": {name: rows for name, rows in tables.items() if name != "alembic_version"},
        }


def _copied(storage: Path, target: Path, *, only: str = "", but: str = "") -> Iterator[tuple[str, str, int]]:
    """Copy every finished file; name, SHA-256 and size of each. One that is deleted meanwhile is left out."""
    for folder, inside, names in os.walk(storage):
        inside.sort()
        top = Path(folder).relative_to(storage).parts[:1]
        if (only and top not in ((), (only,))) or (but and top == (but,)):
            inside.clear()
            continue
        for name in sorted(names):
            if name.startswith(".") or name.endswith(".new") or (only and not top):
                continue
            path = Path(folder, name)
            relative = path.relative_to(storage)
            try:
                digest, length = manifest.copy(path, target / relative)
            except FileNotFoundError:
                (target / relative).unlink(missing_ok=True)
                continue
            yield str(relative), digest, length
