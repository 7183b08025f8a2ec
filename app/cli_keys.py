"""`portal keys ...`: the keys of the keyring, and a new one for a purpose. What earlier keys made still opens."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli_parts import as_json, say
from app.core import clock
from app.core.keyring import PURPOSES, add_keys, ages
from app.core.runtime import runtime

keys_group = AppGroup("keys", help="The keyring: keys of codes, links, second factors, limits and audit heads.")

USE = {
    "enrollment-code": "enrollment codes (keyed hashes)",
    "link-token": "links in mails (sealed until they are sent)",
    "totp": "secrets of second factors (sealed)",
    "audit-head": "signed heads of the audit, manifests of backups",
    "limit": "counting of guesses (keyed hashes)",
    "sealed-record": "keys of sealed records (sealed), and their case numbers (keyed hashes)",
}


@keys_group.command("list")
@as_json
def keys_list(as_json: bool) -> None:
    """Each purpose: how many keys, and how old the one is that makes new values."""
    _show(runtime().settings.keyring_file, as_json)


@keys_group.command("rotate")
@click.argument("purpose", nargs=-1)
@as_json
def keys_rotate(purpose: tuple[str, ...], as_json: bool) -> None:
    """Make a new key for PURPOSE (or for each). Nothing is voided: earlier keys stay and open what they made.

    Copy the file to every machine first, then restart the processes: one that has not the new key yet can not read what
    another makes with it. Keep a copy apart from the backups (docs/operations.md).
    """
    file = runtime().settings.keyring_file
    known = list(ages(file))
    if unknown := [name for name in purpose if name not in known and name not in PURPOSES]:
        raise click.ClickException(f"There is no purpose {', '.join(unknown)}. See: portal keys list")
    add_keys(file, purpose or tuple(known))
    _show(file, as_json)


def _show(file: Path, as_json: bool) -> None:
    data = []
    for purpose, made in ages(file).items():
        days = (clock.now() - made).days if made is not None else None
        data.append({"purpose": purpose, "use": USE.get(purpose, ""), "made": made, "days": days})
    lines = [
        f"{one['purpose']:16} {'age not known' if one['days'] is None else str(one['days']) + ' days':14} {one['use']}"
        for one in data
    ]
    say(as_json, data, lambda: "\n".join(lines))
