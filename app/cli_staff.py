"""`portal staff ...`: what a court's staff needs when no administrator of its own can help."""

from __future__ import annotations

from uuid import UUID

import click
from flask.cli import AppGroup

from app.accounts import factor_resets, locks, lookups, staffing
from app.accounts.rules import normalize_email
from app.cli_parts import as_json, court_by_slug, refuse, say
from app.core.actor import SYSTEM
from app.core.errors import Refused
from tenants.database import acting_as

staff_group = AppGroup("staff", help="A court's staff: list, release a lock, reset a lost second factor.")


def _member(email: str) -> UUID:
    """Raises click.ClickException for somebody who is not on the court's staff."""
    found = lookups.active_member_by_email(normalize_email(email))
    if found is None:
        raise click.ClickException(f"Nobody on this court's staff signs in with {email}.")
    return found[0].id


@staff_group.command("list")
@click.argument("slug")
@as_json
def staff_list(slug: str, as_json: bool) -> None:
    """Everybody on a court's staff, and who is locked."""
    with acting_as(court_by_slug(slug).id):
        found = lookups.staff_list()
        locked = locks.locked_since(credential.email for _member, credential in found)
    data = [
        {
            "email": credential.email,
            "role": member.role,
            "state": member.state,
            "locked": credential.email in locked,
            "second_factor": lookups.has_second_factor(credential),
        }
        for member, credential in found
    ]
    say(
        as_json,
        data,
        lambda: "\n".join(
            f"{one['email']}  {one['role']}  {one['state']}{'  LOCKED' if one['locked'] else ''}" for one in data
        ),
    )


@staff_group.command("release")
@click.argument("slug")
@click.argument("email")
@as_json
def staff_release(slug: str, email: str, as_json: bool) -> None:
    """Release the lock of somebody who mistyped too often. It stands in the court's audit."""
    with acting_as(court_by_slug(slug).id):
        released = staffing.release_lock(_member(email), actor=SYSTEM)
    say(as_json, {"released": released}, lambda: "The lock is released." if released else "There was no lock.")


@staff_group.command("reset-second-factor")
@click.argument("slug")
@click.argument("email")
@click.option("--reason", required=True, help="How you know that it is them. It stands in the court's audit.")
@as_json
def staff_reset_second_factor(slug: str, email: str, reason: str, as_json: bool) -> None:
    """Confirm a reset where the court has nobody who can; ask and confirm for its only administrator."""
    with acting_as(court_by_slug(slug).id):
        try:
            factor_resets.reset_by_operator(_member(email), reason=reason, actor=SYSTEM)
        except Refused as refused:
            raise refuse(refused) from None
    say(as_json, {"reset": True}, lambda: "The second factor is reset. At the next sign-in a new one is set up.")
