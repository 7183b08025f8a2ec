"""`portal curriculum ...`: publishing modules, and bringing in videos."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli_parts import as_json, refuse, say
from app.core.errors import NotFound, Refused
from app.curriculum.loader import ContentError
from app.curriculum.services import NotSignedOff, load_all_versions, publish_all
from app.operator.curriculum.recordings import import_video
from tenants.database import role_transaction

curriculum_group = AppGroup("curriculum", help="The curriculum, the same for every court.")


@curriculum_group.command("publish")
@as_json
def curriculum_publish(as_json: bool) -> None:
    """Publish every module whose content changed. Whoever began an earlier version stays on it."""
    try:
        with role_transaction("platform") as session:
            published = publish_all(session)
    except ContentError as error:
        raise click.ClickException(str(error)) from None
    except NotSignedOff as error:
        raise click.ClickException(
            f"{error}: people have a version that is signed off; the new one is not. Load it (portal curriculum load), "
            "have it signed off and publish it in the operator console."
        ) from None
    say(as_json, {"published": published}, lambda: "\n".join(published) or "Nothing changed.")


@curriculum_group.command("load")
@as_json
def curriculum_load(as_json: bool) -> None:
    """Bring new content in without giving it to anybody: operators preview, sign off and publish it in the console."""
    try:
        with role_transaction("platform") as session:
            waiting = load_all_versions(session)
    except ContentError as error:
        raise click.ClickException(str(error)) from None
    say(as_json, {"waiting": waiting}, lambda: "\n".join(waiting) or "No version waits.")


@curriculum_group.command("import-video")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@as_json
def curriculum_import_video(folder: Path, as_json: bool) -> None:
    """Bring in the video of FOLDER (its video.toml names module, lesson, file, captions and transcripts)."""
    try:
        with role_transaction("platform") as session:
            row = import_video(session, folder)
            data = {"id": row.id, "module": row.module, "lesson": row.lesson, "sha256": row.sha256, "bytes": row.size}
    except ContentError as error:
        raise click.ClickException(str(error)) from None
    except NotFound:
        raise click.ClickException("There is no such module. Is it published? See: portal curriculum publish") from None
    except Refused as refused:
        raise refuse(refused) from None
    except OSError as error:
        raise click.ClickException(f"The file could not be kept: {error.strerror}") from None
    say(as_json, data, lambda: f"{data['module']}/{data['lesson']} shows this video now.")
