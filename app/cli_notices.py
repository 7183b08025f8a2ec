"""`portal notices ...`: what a mail server hands back."""

from __future__ import annotations

import sys
from uuid import UUID

from flask.cli import AppGroup
from sqlalchemy import select

from app.cli_parts import as_json, say
from app.core.actor import SYSTEM
from app.core.errors import NotFound
from app.notices.bounces import bounced_notices
from app.notices.carrying import note_bounce
from tenants.database import acting_as, db
from tenants.models import Court

notices_group = AppGroup("notices", help="Messages to people: note what came back.")


@notices_group.command("bounced")
@as_json
def bounced(as_json: bool) -> None:
    """Read a delivery status notification from standard input (a mail server's pipe) and mark the mail as bounced."""
    noted = [notice_id for notice_id in bounced_notices(sys.stdin.buffer.read()) if _note(notice_id)]
    say(as_json, {"bounced": noted}, lambda: f"Marked as bounced: {len(noted)}")


def _note(notice_id: UUID) -> bool:
    """A Message-ID names no court: each is asked, under its own row-level security."""
    for court_id in list(db.session.scalars(select(Court.id))):
        with acting_as(court_id):
            try:
                return note_bounce(notice_id, "came back: no such address", actor=SYSTEM)
            except NotFound:
                continue
    return False
