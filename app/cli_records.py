"""`portal tombstones ...`: what was sealed or destroyed, to be kept beside the backups."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli_parts import as_json, say
from app.keeping import tombstones

tombstones_group = AppGroup("tombstones", help="What was sealed or destroyed, so that no backup brings it back.")


@tombstones_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def tombstones_export(file: Path, as_json: bool) -> None:
    """Write every court's tombstones to FILE. It names nobody; keep the newest one apart from the backups."""
    try:
        number = tombstones.write(file, tombstones.of_all_courts())
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    say(as_json, {"file": str(file), "records": number}, lambda: f"{file} holds {number} records that ended.")


@tombstones_group.command("replay")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@as_json
def tombstones_replay(path: Path, as_json: bool) -> None:
    """Seal or destroy again what a restored backup has brought back. PATH: a file of `export`, or the folder
    `tombstones` of the storage that was lost. Safe to run twice."""
    try:
        number = tombstones.replay(tombstones.read(path))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path}: {error}") from None
    say(as_json, {"records": number}, lambda: f"{number} records were sealed or destroyed again.")
