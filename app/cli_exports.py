"""`portal export ...`: a court's data as one file."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from app.cli_parts import as_json, court_by_slug, refuse, say
from app.core.actor import SYSTEM
from app.core.errors import NotFound, Refused
from app.core.runtime import runtime
from app.exports import services as exports
from app.exports.checking import Checked, NotAnExport, Seal, check
from tenants.database import acting_as

SEALS = {
    Seal.OURS: "genuine",
    Seal.ANOTHER: "made with another key than the expected one",
    Seal.BROKEN: "the manifest is not the one that was sealed",
    Seal.NONE: "there is none",
}


export_group = AppGroup("export", help="A court's data as one file: ask for it, hand it over, check it.")


@export_group.command("ask")
@click.argument("slug")
@click.option("--reason", required=True, help="Stands in the court's audit.")
@as_json
def export_ask(slug: str, reason: str, as_json: bool) -> None:
    """Have a court exported; a worker makes the file in the background."""
    with acting_as(court_by_slug(slug).id):
        try:
            export = exports.ask(reason=reason, actor=SYSTEM)
        except Refused as refused:
            raise refuse(refused) from None
    say(as_json, {"id": export.id, "state": export.state}, lambda: f"Export {export.id} is being made.")


@export_group.command("list")
@click.argument("slug")
@as_json
def export_list(slug: str, as_json: bool) -> None:
    """The last exports of a court."""
    with acting_as(court_by_slug(slug).id):
        found = exports.exports()
    columns = ("id", "state", "as_of", "size", "sha256", "downloaded_at", "acknowledged_at", "handed_to")
    data = [{column: getattr(export, column) for column in columns} for export in found]
    lines = [f"{export.id}  {export.state}  {export.as_of or ''}  {export.size} bytes" for export in found]
    say(as_json, data, lambda: "\n".join(lines) or "There is no export yet.")


@export_group.command("hand-over")
@click.argument("slug")
@click.argument("export_id", type=click.UUID)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", required=True, help="Who of the court gets it; stands in the court's audit.")
@as_json
def export_hand_over(slug: str, export_id: UUID, file: Path, to: str, as_json: bool) -> None:
    """Write an export that is ready to FILE, for a court that can not download it itself."""
    with acting_as(court_by_slug(slug).id):
        try:
            export = exports.hand_over(export_id, target=file, to=to, actor=SYSTEM)
        except NotFound:
            raise click.ClickException(f"{slug} has no export {export_id} that is ready.") from None
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from None
    say(as_json, {"file": str(file), "sha256": export.sha256}, lambda: f"{file} holds the export, for {to}.")


@export_group.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--certificate", type=click.Path(exists=True, path_type=Path), help="Instead of this portal's own.")
@as_json
def export_verify(file: Path, certificate: Path | None, as_json: bool) -> None:
    """Name what is missing, changed or extra in an export. Exit code 1 when it is not whole."""
    try:
        found = check(file, certificate_pem=(certificate or runtime().settings.signing_cert_file).read_bytes())
    except NotAnExport as error:
        raise click.ClickException(f"{file} is not an export: {error}.") from None
    say(as_json, {"whole": found.whole, **asdict(found)}, lambda: checked_words(found))
    sys.exit(0 if found.whole else 1)


def checked_words(found: Checked) -> str:
    """What was found, a line for each thing."""
    lines = [f"{found.court}, as of {found.as_of}: {found.files} files", f"its seal: {SEALS[found.seal]}"]
    for word in ("missing", "changed", "extra", "lost"):
        lines += [f"{'lost before the export' if word == 'lost' else word}: {name}" for name in getattr(found, word)]
    return "\n".join([*lines, "The export is whole." if found.whole else "The export is NOT as it was made."])
