"""The operator's command line: `flask --app wsgi portal ...`; every command takes `--json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from app.core import sealer
from tenants.catalogue import problems
from tenants.database import acting_as, db
from tenants.models import Court

portal = AppGroup("portal", help="Courts, codes, reports, audit, payments.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def process_name() -> str:
    """`cli` under the flask command, `web` under a server."""
    return "cli" if Path(sys.argv[0]).name == "flask" or "flask" in Path(sys.argv[0]).parts else "web"


def register(app: Flask) -> None:
    app.cli.add_command(portal)


def say(as_json: bool, data: Any, words: Callable[[], str]) -> None:
    """Print `data` as JSON, or the words for people."""
    click.echo(json.dumps(data, default=str, indent=1) if as_json else words())


def court_by_slug(slug: str) -> Court:
    """Raises click.ClickException for an unknown court."""
    court = db.session.scalar(select(Court).where(Court.slug == slug))
    if court is None:
        raise click.ClickException(f"There is no court {slug!r}. See: portal court list")
    return court


@portal.group("isolation")
def isolation() -> None:
    """The separation of courts."""


@isolation.command("check")
@as_json
def isolation_check(as_json: bool) -> None:
    """Ask the database's catalogue whether courts are kept apart."""
    with db.engine.connect() as connection:
        found = problems(connection)
    say(as_json, {"problems": found}, lambda: "\n".join(found) or "Courts are kept apart: no problem found.")
    sys.exit(1 if found else 0)


@portal.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
@click.argument("slug", required=False)
@as_json
def audit_verify(slug: str | None, as_json: bool) -> None:
    """Prove the audit chain of one court, or of every court."""
    courts = [court_by_slug(slug)] if slug else list(db.session.scalars(select(Court).order_by(Court.slug)))
    named = [(court.slug, court.id) for court in courts]
    found = []
    for name, court_id in named:
        with acting_as(court_id):
            verdict = sealer.verify()
        found.append(
            {"court": name, "sealed": verdict.sealed, "unsealed": verdict.unsealed, "problems": verdict.problems}
        )
    say(as_json, found, lambda: "\n".join(_audit_words(item) for item in found))
    sys.exit(1 if any(item["problems"] for item in found) else 0)


def _audit_words(item: dict[str, Any]) -> str:
    state = "; ".join(item["problems"]) or "the chain is whole"
    return f"{item['court']}: {item['sealed']} sealed, {item['unsealed']} not yet sealed: {state}"
