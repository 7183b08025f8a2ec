"""Messages that wait for a person of the court: mails that did not arrive, letters to print."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from app.cases.many import among, is_one_of
from app.cases.models import Enrollment, Referral
from app.core import clock
from app.core.errors import NotFound
from app.core.i18n import in_language
from app.core.models import Outbox
from app.notices.compose import Words, words_of
from app.notices.models import Notice
from app.notices.services import SEND, UNDELIVERED
from tenants.database import session

PAGE = 50
REPRINT = timedelta(days=30)
Line = tuple[Notice, Enrollment | None]


def _with_case() -> Select[Notice, Enrollment]:
    return (
        select(Notice, Enrollment)
        .outerjoin(Enrollment, Enrollment.id == Notice.enrollment_id)
        .options(joinedload(Enrollment.referral).joinedload(Referral.person))
    )


def _lines(query: Select[Notice, Enrollment]) -> list[Line]:
    return [(notice, enrollment) for notice, enrollment in session().execute(query)]


def undelivered(after: UUID | None = None) -> tuple[list[Line], UUID | None]:
    """Up to 50 mails that failed or bounced, newest first, beginning after `after`; and where the next page begins."""
    query = (
        _with_case()
        .where(Notice.state.in_(UNDELIVERED))
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        last = get_message(after)[0]
        query = query.where(tuple_(Notice.created_at, Notice.id) < (last.created_at, last.id))
    found = _lines(query)
    return found[:PAGE], found[PAGE - 1][0].id if len(found) > PAGE else None


def mails_that_wait() -> int:
    """How many mails of the court could not be sent so far and are tried again by themselves."""
    waiting = (Outbox.kind == SEND, Outbox.done_at.is_(None), Outbox.failed_at.is_(None), Outbox.error != "")
    return session().scalar(select(func.count()).select_from(Outbox).where(*waiting)) or 0


def letters_to_print() -> list[Line]:
    """The 50 letters that wait longest."""
    query = _with_case().where(Notice.state == "to_print", Notice.enrollment_id.is_not(None))
    return _lines(query.order_by(Notice.created_at, Notice.id).limit(PAGE))


def letters_printed() -> list[Line]:
    """The last 50 letters that were printed in the last 30 days."""
    query = _with_case().where(Notice.state == "printed", Notice.printed_at > clock.now() - REPRINT)
    return _lines(query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(PAGE))


def messages_of(enrollment_id: UUID) -> Sequence[Notice]:
    """The last 50 messages about a case, newest first."""
    query = select(Notice).where(Notice.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(PAGE)).all()


def get_message(notice_id: UUID) -> Line:
    """A message of the court at work and the case that it is about. Raises NotFound."""
    found = _lines(_with_case().where(Notice.id == notice_id))
    if not found:
        raise NotFound
    return found[0]


def get_letter(notice_id: UUID) -> tuple[Notice, Enrollment]:
    """A letter, printed or not. Raises NotFound for any other message."""
    notice, enrollment = get_message(notice_id)
    if notice.channel != "letter" or enrollment is None:
        raise NotFound
    return notice, enrollment


def mail_does_not_arrive(enrollment_id: UUID) -> bool:
    """Whether the last mail about a case failed or bounced."""
    failed = Notice.state == "failed"
    tried = or_(failed, Notice.bounced_at.is_not(None), Notice.sent_at.is_not(None))
    last = select(or_(failed, Notice.bounced_at.is_not(None))).where(Notice.enrollment_id == enrollment_id, tried)
    return bool(session().scalar(last.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(1)))


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is printed, in its reader's language."""

    id: UUID
    language: str
    name: str
    notice: Notice
    words: Words


def as_letters(lines: Collection[tuple[Notice, Enrollment | None]]) -> list[Letter]:
    found = []
    for notice, enrollment in lines:
        if enrollment is not None:
            with in_language(notice.language):
                words = words_of(notice, with_link=True)
            found.append(Letter(notice.id, notice.language, enrollment.referral.person.full_name, notice, words))
    return found


# --- For lists of cases: parts of larger statements ------------------------------------------------------------------

_later = aliased(Notice)
# What was written to the person of a case and came back, with nothing that arrived since.
STILL_LOST = and_(
    is_one_of(Notice.state, UNDELIVERED),
    is_one_of(Notice.recipient_kind, ("learner", "person")),
    Notice.enrollment_id.is_not(None),
    ~select(_later.id)
    .where(
        _later.enrollment_id == Notice.enrollment_id,
        _later.created_at > Notice.created_at,
        _later.state == "sent",
        _later.recipient_kind == Notice.recipient_kind,
    )
    .correlate(Notice)
    .exists(),
)
MAIL_LOST = (
    select(
        Notice.enrollment_id,
        func.max(func.coalesce(Notice.bounced_at, Notice.created_at), type_=Notice.created_at.type).label("mail_lost"),
    )
    .where(STILL_LOST, among(Notice.enrollment_id))
    .group_by(Notice.enrollment_id)
)


def whom_mail_does_not_reach() -> Select[UUID | None]:
    """Enrollment ids of people whose last mail did not arrive."""
    return select(Notice.enrollment_id).where(STILL_LOST)
