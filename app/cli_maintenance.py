"""`portal maintenance ...`: close the pages while the portal is worked on, and open them again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from flask.cli import AppGroup

from app.cli_parts import as_json, say
from app.core import clock, maintenance
from app.core.maintenance import Maintenance

maintenance_group = AppGroup("maintenance", help="Close the pages while the portal is worked on, and open them again.")


class When(click.ParamType[datetime]):
    """An instant with its offset from UTC, or a time from now such as 45m or 2h."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            if value[-1:] in ("m", "h"):
                length = int(value[:-1])
                found = clock.now() + timedelta(minutes=length if value[-1] == "m" else 60 * length)
            else:
                found = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither an instant such as 2026-11-24T06:00-08:00 nor a time such as 45m or 2h.")
        if found.tzinfo is None:
            self.fail(f"{value!r} does not say its offset from UTC: write 2026-11-24T06:00-08:00, or ...Z.")
        if found <= clock.now():
            self.fail(f"{value!r} is over already.")
        return found.astimezone(UTC)


@maintenance_group.command("on")
@click.option("--until", type=When(), help="When it should be over: 2026-11-24T06:00-08:00, 45m or 2h.")
@click.option("--words", default="", help="For the people, in English; left out: the usual words.")
@click.option("--words-es", default="", help="The same in Spanish.")
@as_json
def on(until: datetime | None, words: str, words_es: str, as_json: bool) -> None:
    """Every page answers 503 from now on; /livez, /readyz and /metrics go on. Again: with other words."""
    if bool(words) != bool(words_es):
        raise click.UsageError("Say it in both languages: --words and --words-es.")
    said = {"en": words, "es": words_es} if words else {}
    notice = maintenance.begin(until=until, words=said)
    say(as_json, {"on": True, **asdict(notice)}, lambda: _told(notice))


@maintenance_group.command("off")
@as_json
def off(as_json: bool) -> None:
    """The pages are open again."""
    was_on = maintenance.end()
    say(
        as_json, {"on": False, "was_on": was_on}, lambda: "The pages are open." if was_on else "They were open already."
    )


@maintenance_group.command("show")
@as_json
def show(as_json: bool) -> None:
    """Whether the pages are closed, until when, and what people read."""
    notice = maintenance.read()
    said = {"on": notice is not None} | (asdict(notice) if notice is not None else {})
    say(as_json, said, lambda: _told(notice) if notice is not None else "The pages are open.")


def _told(notice: Maintenance) -> str:
    until = f" until {notice.until:%Y-%m-%d %H:%M} UTC" if notice.until else ""
    return (
        f"The pages are closed{until}. Every web process knows within {maintenance.LOOK_EVERY:.0f} seconds.\n"
        "Jobs and the scheduler go on: stop those processes too if they must not work. Webhooks are answered with 503, "
        "and Stripe sends them again.\nOpen the pages: portal maintenance off"
    )
