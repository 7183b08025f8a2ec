"""Write a message for somebody; send one again that failed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core import clock, outbox
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound
from app.core.models import Outbox
from app.core.outbox import enqueue
from app.notices.compose import SEALED, seal
from app.notices.models import Notice
from tenants.database import session, transaction
from tenants.keys import uuid7

SEND = "notices.send"


def send(
    *,
    template: str,
    to_address: str,
    recipient: tuple[str, UUID],
    language: str,
    context: dict[str, Any],
    secret: dict[str, str] | None = None,
) -> UUID:
    """Queue one mail in the transaction at hand; returns the notice's id.

    `recipient` is (kind, id), kind being staff, learner or invitation. `context` is JSON-ready and handed to the
    template. So is `secret`, but it lies encrypted in the database and is dropped once the mail is out (links that
    open something).
    """
    notice_id = uuid7()
    if secret:
        context = {**context, SEALED: seal(notice_id, secret)}
    with transaction() as current:
        current.add(
            Notice(
                id=notice_id,
                recipient_kind=recipient[0],
                recipient_id=recipient[1],
                to_address=to_address,
                template=template,
                language=language,
                context=context,
                created_at=clock.now(),
            )
        )
        current.flush()
        enqueue(SEND, notice_id, once="send")
    return notice_id


def retry(notice_id: UUID, *, actor: Actor) -> None:
    """Send a failed message again. Does nothing to one that is queued or sent. Raises NotFound."""
    with transaction() as current:
        notice = locked(notice_id)
        if notice.state != "failed":
            return
        notice.state, notice.error = "queued", ""
        for job_id in current.scalars(select(Outbox.id).where(Outbox.kind == SEND, Outbox.subject_id == notice_id)):
            outbox.retry(job_id)
        audit("notices.retry", actor=actor, subject=("notice", notice_id))


def locked(notice_id: UUID) -> Notice:
    """One notice, to be changed in the transaction at hand. Raises NotFound."""
    with transaction() as current:
        query = select(Notice).where(Notice.id == notice_id).with_for_update()
        notice = current.scalar(query)
    if notice is None:
        raise NotFound
    return notice


def undelivered(recipient_kind: str) -> set[UUID]:
    """The recipients of a kind whose latest message could not be sent."""
    latest = (
        select(Notice.recipient_id, Notice.state)
        .where(Notice.recipient_kind == recipient_kind)
        .ext(distinct_on(Notice.recipient_id))
        .order_by(Notice.recipient_id, Notice.created_at.desc())
    )
    return {recipient_id for recipient_id, state in session().execute(latest) if state == "failed"}
