"""`portal backup` and `portal restore`.

On a machine that has no keyring yet the portal's commands do not start: `python -m app.cli_recovery restore ...` does.
"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path

import click
import psycopg

from app.cli_parts import as_json, say
from app.core import clock
from app.factory import create_app, schema_head
from app.keeping import tombstones
from app.recovery import restoring
from app.recovery.backing_up import back_up
from app.recovery.opening import BEFORE_OPENING, audit_problems, isolation_problems
from app.recovery.programs import RecoveryRefused
from app.recovery.restoring import Restored, lost
from config import Settings

FOLDER = click.Path(file_okay=False, path_type=Path)
NEWER = click.Path(exists=True, path_type=Path)
PASSPHRASE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _in_words(error: Exception) -> click.ClickException:
    # The first line only: drivers add the address that they tried.
    return click.ClickException(str(error).splitlines()[0] if str(error) else type(error).__name__)


@click.command("backup")
@click.argument("folder", type=FOLDER)
@click.option("--passphrase-file", type=PASSPHRASE, help="Put the keys in as well, encrypted by its first line.")
@as_json
def backup(folder: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Back up database and files to FOLDER while the portal runs; the keys only under a passphrase."""
    begun = time.monotonic()
    try:
        made = back_up(Settings.of("cli"), folder, passphrase_file=passphrase_file)
    except (RecoveryRefused, psycopg.Error, OSError) as error:
        raise _in_words(error) from None
    took = round(time.monotonic() - begun, 1)
    keys = "inside, under the passphrase" if made.keys_inside else "NOT inside: keep them elsewhere"
    words = [
        f"{folder} holds everything as of {made.as_of:%Y-%m-%d %H:%M:%S} UTC, made in {took} s.",
        f"{sum(made.tables.values())} rows in {len(made.tables)} tables, migration {made.migration}",
        f"{made.files} files, {made.bytes} bytes",
        f"Keys: {keys}.",
        *(f"DAMAGED in storage: {name}" for name in made.damaged),
    ]
    say(as_json, {**asdict(made), "seconds": took}, lambda: "\n".join(words))
    sys.exit(1 if made.damaged else 0)


@click.command("restore")
@click.argument("folder", type=FOLDER)
@click.option("--passphrase-file", type=PASSPHRASE, help="Bring back the keys that are not here yet.")
@click.option("--tombstones", "stones", type=NEWER, help="What was sealed or destroyed since: a newer file or folder.")
@click.option("--despite-problems", is_flag=True, help="Open the portal although something is not as it was.")
@as_json
def restore(
    folder: Path, passphrase_file: Path | None, stones: Path | None, despite_problems: bool, as_json: bool
) -> None:
    """Bring a backup back into an empty database and an empty storage, prove it, and open the portal."""
    begun = time.monotonic()
    settings = Settings.of("cli")
    try:
        found = restoring.load(settings, folder, release=schema_head(), passphrase_file=passphrase_file)
        done = prove(settings, found, stones)
        opened = not found.problems or despite_problems
        if opened:
            restoring.open_up(settings, found.manifest.migration)
    except (RecoveryRefused, psycopg.Error, OSError) as error:
        raise _in_words(error) from None
    as_of, took = found.manifest.as_of, round(time.monotonic() - begun, 1)
    words = [
        f"Restored in {took} s: everything as of {as_of:%Y-%m-%d %H:%M:%S} UTC.",
        f"Lost: what was recorded after it ({lost(as_of, clock.now())} until now).",
        *done,
        *(f"NOT AS IT WAS: {problem}" for problem in found.problems),
        "The portal is open. Next: start its processes, then `portal payments reconcile`, then `portal doctor`."
        if opened
        else "The portal stays closed. Mend it, or restore once more with --despite-problems.",
    ]
    data = {
        "as_of": as_of,
        "seconds": took,
        "lost": lost(as_of, clock.now()),
        "steps": done,
        "problems": found.problems,
        "opened": opened,
        "keys_written": found.keys_written,
    }
    say(as_json, data, lambda: "\n".join(words))
    sys.exit(0 if opened else 1)


def prove(settings: Settings, found: Restored, stones: Path | None = None) -> list[str]:
    """Do what must be done before opening and look at what came back: adds to `found.problems`, says what was done."""
    app = create_app(settings)
    with app.app_context():
        done = [f"{name}: {step()}" for name, step in BEFORE_OPENING.items()]
        if stones is not None:
            again = tombstones.replay(tombstones.read(stones))
            done.append(f"{stones}: {again} records were sealed or destroyed again")
        found.problems += [*isolation_problems(), *audit_problems()]
    return done


@click.group()
def recovery() -> None:
    """Backup and restore, without an app at hand."""


recovery.add_command(backup)
recovery.add_command(restore)

if __name__ == "__main__":
    recovery()
