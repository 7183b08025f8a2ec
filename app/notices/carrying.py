"""Mails that did not arrive and letters on paper: what the court's people do with them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.notices.models import Notice
from app.notices.services import UNDELIVERED, locked, mark_bounced
from app.notices.wishes import wishes_of
from tenants.database import transaction


def make_letter(notice_id: UUID, *, actor: Actor, case_id: UUID | None) -> None:
    """Print a letter in place of a mail that did not arrive. Does nothing where none is missing.

    Raises NotFound; Refused for what is no message to a participant, and where nothing may go to the person's home.
    """
    with transaction():
        notice = locked(notice_id)
        if notice.state not in UNDELIVERED:
            return
        if notice.recipient_kind != "learner" or notice.page is None:
            raise Refused(_("This can not be a letter: it was a link that works for a short time only."))
        if wishes_of(notice.recipient_id).nothing_home:
            raise Refused(_("This person asked that nothing goes to their home. Tell them when they come or call."))
        old, notice.channel, notice.state = notice.state, "letter", "to_print"
        _audit("notices.make_letter", notice, actor, case_id, old=old)


def note_bounce(notice_id: UUID, why: str, *, actor: Actor, case_id: UUID | None = None) -> bool:
    """Note that a mail came back. False for one that was never sent, or is known to have bounced. Raises NotFound."""
    with transaction():
        notice = locked(notice_id)
        if notice.channel != "mail" or notice.state != "sent":
            return False
        mark_bounced(notice, why)
        _audit("notices.note_bounce", notice, actor, case_id, old="sent")
        return True


def mark_printed(notice_ids: Collection[UUID], *, actor: Actor) -> int:
    """Note that letters were printed; returns how many were not yet. Foreign and unknown ids count as none."""
    with transaction() as current:
        query = (
            select(Notice)
            .where(Notice.id.in_(notice_ids), Notice.state == "to_print")
            .order_by(Notice.id)
            .with_for_update()
        )
        letters = current.scalars(query).all()
        for notice in letters:
            notice.state, notice.printed_at, notice.printed_by = "printed", clock.now(), actor.id
            _audit("notices.print_letter", notice, actor, None, old="to_print")
        return len(letters)


def _audit(action: str, notice: Notice, actor: Actor, case_id: UUID | None, *, old: str) -> None:
    audit(
        action,
        actor=actor,
        subject=("notice", notice.id),
        case_id=case_id,
        old={"state": old},
        new={"state": notice.state, "kind": notice.template},
    )
