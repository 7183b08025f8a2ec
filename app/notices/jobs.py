"""Background jobs of notices, by kind."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.core.circuits import circuit
from app.core.jobs import Job, JobHandler
from app.core.runtime import Happening, runtime, tell
from app.notices.compose import SEALED, compose, message_id
from app.notices.kinds import is_optional
from app.notices.models import Notice
from app.notices.sender import MailAway, MailRefused, open_sender
from app.notices.services import SEND, locked, mark_bounced
from app.notices.wishes import wishes_of
from tenants.database import session, transaction
from tenants.models import Court
from tenants.scope import current_court_id

FILE_TIME = "%Y%m%dT%H%M%SZ"


def send_notice(job: Job) -> None:
    """Send one mail: at least once, always under the same Message-ID. Raises MailFailed, ServiceResting."""
    found = session().scalar(select(Notice).where(Notice.id == job.subject_id))
    if found is not None and found.state == "queued" and _was_turned_off(found):
        found = None
    bounced = ""
    if found is not None and found.state == "queued":
        court_name = session().scalar(select(Court.name).where(Court.id == current_court_id())) or ""
        mail_url = runtime().settings.mail_url
        message = compose(found, court_name)
        try:
            with circuit("mail", mail_url, away=MailAway):
                open_sender(mail_url).send(message, f"{found.created_at.strftime(FILE_TIME)}-{found.id}")
        except MailRefused as refused:
            bounced = str(refused)  # asking again would be answered the same
    with transaction():
        if found is not None:
            notice = locked(found.id)
            if bounced:
                mark_bounced(notice, bounced)
            elif notice.state in ("queued", "sent"):
                _mark_sent(notice)
                tell(Happening.MAIL_SENT, notice.id)
        job.done()


def _was_turned_off(notice: Notice) -> bool:
    """Whether its reader turned such mails off while it waited: then it stays in the inbox alone."""
    if not is_optional(notice.template) or wishes_of(notice.recipient_id).reminders_by_mail:
        return False
    with transaction():
        waiting = locked(notice.id)
        waiting.channel, waiting.state = "inbox", "kept"
    return True


def _mark_sent(notice: Notice) -> None:
    notice.state, notice.error = "sent", ""
    notice.sent_at, notice.bounced_at = clock.now(), None
    notice.message_id = message_id(notice)
    notice.context = {key: value for key, value in notice.context.items() if key != SEALED}


def gave_up(job: Job, error: str) -> None:
    """After the last attempt: say so on the notice, where people can see it and send it again."""
    if job.subject_id is not None:
        notice = locked(job.subject_id)
        if notice.state == "queued":
            notice.state, notice.error = "failed", error
            tell(Happening.MAIL_UNDELIVERED, notice.id)


JOBS: dict[str, JobHandler] = {
    SEND: JobHandler(send_notice, queue="default", time_limit=timedelta(seconds=90), attempts=8, gave_up=gave_up),
}
