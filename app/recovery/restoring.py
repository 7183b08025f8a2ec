"""Bringing a backup back into an empty place, and proving it before anybody is let in.

The dump lacks the number of the migration. Until `open_up` writes it, /readyz answers 503 and a proxy sends nobody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.core.keyring import Keyring
from app.recovery import catalogue, keys, manifest
from app.recovery.backing_up import storage_folder
from app.recovery.manifest import DUMP, FILES, KEYS, LIST, Manifest
from app.recovery.programs import RecoveryRefused, program, run
from config import Settings
from tenants.roles import RECORDS_ROLE, ROLES


@dataclass
class Restored:
    """What came back. `problems`: ways in which it is not what was backed up; empty is what is hoped for."""

    manifest: Manifest
    keys_written: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def load(settings: Settings, folder: Path, *, release: str, passphrase_file: Path | None = None) -> Restored:
    """Bring keys, files and rows back. The target must be empty and nobody connected; nothing is opened yet.

    `release`: this release's newest migration. Raises RecoveryRefused before anything was written (but for keys that
    were not there), psycopg.Error, OSError.
    """
    if not settings.database_owner_url:
        raise RecoveryRefused("DATABASE_OWNER_URL is not set: the address of the empty database as portal_owner")
    found = Restored(manifest.read(folder))
    if passphrase_file is not None and (folder / KEYS).exists():
        sealed = (folder / KEYS).read_bytes()
        found.keys_written = keys.unseal(sealed, settings, keys.passphrase_from(passphrase_file))
    _require_keys(settings.keyring_file, folder, found.manifest)
    if found.manifest.migration != release:
        raise RecoveryRefused(
            f"the backup is of migration {found.manifest.migration}, this release is at {release}: restore it with the "
            "release that made it, then run the migrations"
        )
    _require_whole(folder, found.manifest)
    storage = storage_folder(settings)
    if storage.exists() and any(storage.iterdir()):
        raise RecoveryRefused(f"the storage {storage} is not empty")
    with catalogue.connect(settings.database_owner_url) as connection:
        _require_empty(connection)
        major = catalogue.server_major(connection)
    for _digest, name in _listed(folder):
        manifest.copy(folder / FILES / name, storage / name)
    os.sync()
    words = ("--no-owner", "--exit-on-error", "--single-transaction")
    run(program("pg_restore", major), settings.database_owner_url, *words, str(folder / DUMP))
    found.problems += _differences(settings, found.manifest)
    return found


def _require_keys(keyring_file: Path, folder: Path, found: Manifest) -> None:
    if not keyring_file.is_file():
        inside = "give --passphrase-file" if found.keys_inside else "bring it from where it is kept"
        raise RecoveryRefused(f"there is no keyring at {keyring_file}: {inside}")
    if missing := keys.missing_keys(keyring_file, found.keys):
        raise RecoveryRefused(f"the keyring lacks keys that the backup was made under: {', '.join(missing)}")
    manifest.require_ours(folder, Keyring.load(keyring_file))


def _require_whole(folder: Path, found: Manifest) -> None:
    """Every file of the backup is there and is what it was."""
    faults = [
        name
        for name, wanted in ((DUMP, found.dump_sha256), (LIST, found.list_sha256))
        if not (folder / name).is_file() or manifest.sha256_of(folder / name) != wanted
    ]
    if LIST not in faults:
        for digest, name in _listed(folder):
            path = folder / FILES / name
            if not path.is_file() or manifest.sha256_of(path) != digest:
                faults.append(f"{FILES}/{name}")
    if faults:
        raise RecoveryRefused(f"the backup is damaged: {', '.join(faults[:5])}{' and more' if faults[5:] else ''}")


def _listed(folder: Path) -> list[tuple[str, str]]:
    lines = [line.split("  ", 2) for line in (folder / LIST).read_text().splitlines()]
    return [(digest, name) for digest, _size, name in lines]


def _require_empty(connection: catalogue.Database) -> None:
    tables = connection.execute(catalogue.TABLES).fetchall()
    if tables:
        raise RecoveryRefused(f"the database is not empty: it has {len(tables)} tables. Restore into a new one")
    others = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchone()
    if others and others[0]:
        raise RecoveryRefused("somebody is connected to the database: stop web, worker, scheduler and console first")
    present = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    if missing := sorted({*ROLES, RECORDS_ROLE} - present):
        raise RecoveryRefused(f"the server lacks the roles {', '.join(missing)}: see docs/production.md")


def _differences(settings: Settings, found: Manifest) -> list[str]:
    """Where the restored database is not what the manifest says."""
    problems = [f"was damaged before the backup: {name}" for name in found.damaged]
    if not settings.database_backup_url:
        return [*problems, "rows were not counted: DATABASE_BACKUP_URL is not set"]
    with catalogue.connect(settings.database_backup_url) as connection:
        rows = catalogue.counts(connection)
        for table, wanted in found.tables.items():
            if rows.get(table) != wanted:
                problems.append(f"{table} has {rows.get(table, 'no')} rows, the backup had {wanted}")
        same_server = catalogue.server_major(connection) == found.server_major
        if same_server and catalogue.shape(connection) != found.shape:
            problems.append("policies, grants or keys are not those of the backup")
    return problems


def open_up(settings: Settings, migration: str) -> None:
    """The last step: from now on /readyz says that the portal is there."""
    with catalogue.connect(settings.database_owner_url) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.execute("INSERT INTO alembic_version (version_num) VALUES (%s)", (migration,))


def lost(as_of: datetime, now: datetime) -> str:
    """The time whose changes did not come back, in words."""
    minutes = max(0, round((now - as_of).total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "less than a minute"
