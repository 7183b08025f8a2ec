"""`portal reviews ...`: whether the queue says what really waits, and making it so."""

from __future__ import annotations

from collections.abc import Iterator

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.cli_parts import as_json, court_by_slug, say
from app.reviews import mirror
from tenants.database import acting_as, db
from tenants.models import Court, CourtState

reviews_group = AppGroup("reviews", help="The queue of what waits for a reviewer: check it, repair it.")


def _courts(slug: str | None) -> Iterator[Court]:
    if slug is not None:
        yield court_by_slug(slug)
        return
    yield from db.session.scalars(select(Court).where(Court.state != CourtState.CLOSED).order_by(Court.slug)).all()


@reviews_group.command("check")
@click.option("--court", "slug", help="One court; without it, all.")
@as_json
def check(slug: str | None, as_json: bool) -> None:
    """What waits and is not in the queue, and the other way round. Exit code 1 when anything differs."""
    data = {}
    for court in _courts(slug):
        with acting_as(court.id):
            missing, stray = mirror.differences()
        if missing or stray:
            data[court.slug] = {"missing": len(missing), "stray": len(stray)}
    say(as_json, data, lambda: "\n".join(f"{name}: {one}" for name, one in data.items()) or "The queue is right.")
    if data:
        raise SystemExit(1)


@reviews_group.command("repair")
@click.option("--court", "slug", help="One court; without it, all.")
@as_json
def repair(slug: str | None, as_json: bool) -> None:
    """Make the queue say what really waits."""
    data = {}
    for court in _courts(slug):
        with acting_as(court.id):
            data[court.slug] = mirror.repair()
    say(as_json, data, lambda: f"{sum(data.values())} items put right.")
