"""Write a message for somebody; send one again that failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core import clock, outbox
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound
from app.core.models import Outbox
from app.core.outbox import enqueue
from app.core.runtime import Happening, runtime, tell
from app.notices.compose import SEALED, packed, seal
from app.notices.models import MessageWishes, Notice
from app.notices.rules import Wishes, after_quiet, channel_for, first_state
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.models import Court
from tenants.program import Reminders
from tenants.scope import current_court_id

SEND = "notices.send"
UNDELIVERED = ("failed", "bounced")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a message is for: the account or membership, its mail address (empty: none), the language of mails."""

    kind: Literal["learner", "staff"]
    id: UUID
    address: str
    language: str


def tell_reader(
    reader: Reader,
    template: str,
    page: str,
    context: dict[str, str | int | date],
    *,
    quiet: Reminders,
    enrollment_id: UUID | None = None,
    urgent: bool = False,
) -> UUID:
    """Write one message in the transaction at hand; returns its id. It stands in the reader's inbox from then on.

    By which channel it travels besides, the reader's wishes and address decide. A mail that falls into the court's
    quiet hours waits until they end, but for an urgent one, which also heeds no wish for one mail a day. `page` lies
    below the court's address.
    """
    with transaction() as current:
        # One statement: the schedules write thousands of messages in a morning.
        court = current.execute(
            select(
                Court.slug,
                Court.time_zone,
                MessageWishes.reminders_by_mail,
                MessageWishes.nothing_home,
                MessageWishes.once_a_day,
                _last_bounce(reader).scalar_subquery().label("bounced_at"),
            )
            .outerjoin(MessageWishes, MessageWishes.recipient_id == reader.id)
            .where(Court.id == current_court_id())
        ).one()
        chose = court.reminders_by_mail is not None
        wishes = Wishes(court.reminders_by_mail, court.nothing_home, court.once_a_day) if chose else Wishes()
        now, due_on = clock.now(), context.get("due_on")
        channel = channel_for(
            template,
            reachable_by_mail=bool(reader.address) and court.bounced_at is None,
            by_post=reader.kind == "learner",
            wishes=wishes,
            today=clock.today(court.time_zone),
            due_on=due_on if isinstance(due_on, date) else None,
            urgent=urgent,
        )
        link = f"{runtime().settings.public_url}/{court.slug}/{page}"
        notice = Notice(
            id=uuid7(),
            recipient_kind=reader.kind,
            recipient_id=reader.id,
            enrollment_id=enrollment_id,
            to_address=reader.address,
            channel=channel,
            state=first_state(channel),
            template=template,
            language=reader.language,
            page=page,
            context={"link": link, **{name: packed(value) for name, value in context.items()}},
            created_at=now,
        )
        current.add(notice)
        current.flush()
        if channel == "mail":
            due_at = now if urgent else after_quiet(now, court.time_zone, quiet)
            enqueue(SEND, notice.id, due_at=due_at, once="send")
        return notice.id


def has_bounced(reader: Reader) -> bool:
    """Whether the last thing heard of the reader's address is that it does not exist."""
    return session().scalar(_last_bounce(reader)) is not None


def _last_bounce(reader: Reader) -> Select[datetime | None]:
    """When the last mail to an address bounced; None when it went through, or when none was tried."""
    return (
        select(Notice.bounced_at)
        .where(
            Notice.recipient_kind == reader.kind,
            Notice.recipient_id == reader.id,
            Notice.to_address == reader.address,
            or_(Notice.bounced_at.is_not(None), Notice.sent_at.is_not(None)),
        )
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(1)
    )


def still_to_read(recipient_id: UUID | None, template: str) -> bool:
    """Whether a message of a kind is still on its way to somebody: what it says holds for one more change too."""
    waiting = select(Notice.id).where(
        Notice.recipient_id == recipient_id,
        Notice.template == template,
        or_(Notice.state.in_(("queued", "to_print")), and_(Notice.state == "kept", Notice.read_at.is_(None))),
    )
    return session().scalar(waiting.limit(1)) is not None


def send(
    *,
    template: str,
    to_address: str,
    recipient: tuple[str, UUID],
    language: str,
    context: dict[str, Any],
    secret: dict[str, str] | None = None,
) -> UUID:
    """Queue one mail in the transaction at hand, in no inbox and at any hour; returns the notice's id.

    For what somebody asked for just now or who has no account yet; everything else goes through `tell_reader`.
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
    """Send again what failed or bounced. Does nothing to one that is queued or sent. Raises NotFound."""
    with transaction() as current:
        notice = locked(notice_id)
        if notice.state not in UNDELIVERED:
            return
        notice.state, notice.error = "queued", ""
        jobs = current.execute(
            select(Outbox.id, Outbox.failed_at).where(Outbox.kind == SEND, Outbox.subject_id == notice_id)
        ).all()
        for job in jobs:
            if job.failed_at is not None:
                outbox.retry(job.id)
        if not any(job.failed_at for job in jobs):
            enqueue(SEND, notice_id)  # it bounced: its job was done
        audit("notices.retry", actor=actor, subject=("notice", notice_id))


def mark_bounced(notice: Notice, why: str) -> None:
    """Note, on a locked mail, that its address does not work. Letters take its place until a mail gets through."""
    notice.state, notice.error, notice.bounced_at = "bounced", why, clock.now()
    tell(Happening.MAIL_UNDELIVERED, notice.id)


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
    return {recipient_id for recipient_id, state in session().execute(latest) if state in UNDELIVERED}
