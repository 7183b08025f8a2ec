"""What every command of the portal's command line uses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.core.errors import Refused
from tenants.database import db
from tenants.models import Court


class PortalGroup(AppGroup):
    """Commands whose common faults are said in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OperationalError as error:
            said = str(error.orig).splitlines()[0]
            raise click.ClickException(
                f"PostgreSQL does not answer: {said}. Is it running? (The demo: make demo)"
            ) from None


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def say(as_json: bool, data: Any, words: Callable[[], str]) -> None:
    """Print `data` as JSON, or the words for people."""
    click.echo(json.dumps(data, default=str, indent=1) if as_json else words())


def court_by_slug(slug: str) -> Court:
    """Raises click.ClickException for an unknown court."""
    court = db.session.scalar(select(Court).where(Court.slug == slug))
    if court is None:
        raise click.ClickException(f"There is no court {slug!r}. See: portal court list")
    return court


def refuse(refused: Refused) -> click.ClickException:
    """A service's refusal in the command line's way: the option at fault, the words, exit code 1."""
    option = f"--{refused.field.replace('_', '-')}: " if refused.field else ""
    return click.ClickException(f"{option}{refused.message}")
