"""Sending a message, and saying that one has read what the other side wrote. The words stand in the thread alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from app.accounts.telling import tell_roles
from app.cases.lookups import hearings
from app.cases.messages.lookups import Thread, get_thread_for, my_thread, ready_text
from app.cases.messages.models import CaseMessage
from app.cases.messages.rules import (
    TOLD_AGAIN_AFTER,
    facts_for,
    filled,
    is_closed,
    refuse_many,
    refuse_text,
)
from app.cases.models import Enrollment
from app.cases.moving.telling import tell_in_charge
from app.cases.telling import tell_learner
from app.cases.working import SUPERVISING
from app.core import clock
from app.core.actor import ActorKind
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tenants.models import Court
from tenants.scope import current_court_id

TO_LEARNER, TO_STAFF = "case_message", "case_message_staff"  # the kinds of notices
MY_PAGE = "my-officer"


def send_message(enrollment_id: UUID, text: str, *, actor: Identity, answers: bool = True) -> CaseMessage:
    """Write to the participant, or as the participant to who works on the case; the other side is told that there is
    something to read, and nothing else. Whoever `answers` has read what was there; one text for many answers nobody.

    Raises NotFound for a case that is not theirs, Refused (at `text`) for no words, too many, gaps of a template, too
    many messages in an hour, or a case that is closed or that nobody has enrolled in.
    """
    with transaction() as current:
        thread = _thread(enrollment_id, actor)
        enrollment, staff = thread.enrollment, actor.kind != ActorKind.LEARNER
        _refuse_case(enrollment)
        refuse_text(text, by_staff=staff)
        # One at a time in a case: the count below holds until this one is written.
        current.scalars(select(Enrollment.id).where(Enrollment.id == enrollment_id).with_for_update(key_share=True))
        refuse_many(_sent_since(enrollment_id, staff))
        untold = _is_news(enrollment_id, staff)
        message = CaseMessage(
            enrollment_id=enrollment_id,
            at=clock.now(),
            author_id=actor.id if staff else None,
            text=text.replace("\r\n", "\n").strip(),
        )
        if answers:
            mark_read(enrollment_id, actor=actor)
        current.add(message)
        current.flush()
        audit(
            "cases.send_message",
            actor=actor,
            subject=("case_message", message.id),
            case_id=enrollment.referral_id,
        )
        if untold:
            _tell(thread, staff)
        return message


def mark_read(enrollment_id: UUID, *, actor: Identity) -> int:
    """Say that one has read what the other side wrote so far; how many that were. Raises NotFound."""
    with transaction() as current:
        thread = _thread(enrollment_id, actor)
        staff = actor.kind != ActorKind.LEARNER
        author = CaseMessage.author_id
        rows = current.scalars(
            update(CaseMessage)
            .where(
                CaseMessage.enrollment_id == enrollment_id,
                CaseMessage.read_at.is_(None),
                author.is_(None) if staff else author.is_not(None),
            )
            .values(read_at=clock.now(), read_by=actor.id if staff else None, row_version=CaseMessage.row_version + 1)
            .returning(CaseMessage.id)
            .execution_options(synchronize_session=False)
        ).all()
        if rows:
            audit(
                "cases.mark_messages_read",
                actor=actor,
                subject=("enrollment", enrollment_id),
                case_id=thread.enrollment.referral_id,
                new={"messages": len(rows)},
            )
        return len(rows)


def note_reading(thread: Thread, *, actor: Identity) -> None:
    """Record that somebody of the staff has opened a thread."""
    with transaction():
        audit(
            "cases.read_messages",
            actor=actor,
            subject=("enrollment", thread.enrollment.id),
            case_id=thread.enrollment.referral_id,
        )


def text_from(key: str, enrollment: Enrollment, *, actor: Identity) -> str:
    """The text of a starter (its key) or of one of the court's own (its id) for a case, in the participant's language.

    What the portal does not know stays in brackets. `enrollment` with `.referral.person` loaded. Raises NotFound.
    """
    person, ready = enrollment.referral.person, ready_text(key)
    if ready is None:
        raise NotFound
    words, language = ready.for_reader(person.language)
    zone = session().scalars(select(Court.time_zone).where(Court.id == current_court_id())).one()
    today = clock.today(zone)
    rows = hearings(enrollment.referral_id)
    facts = facts_for(
        given_names=person.given_names,
        officer=actor.display_name,
        next_hearing=next((row.on_date for row in rows if row.on_date >= today and row.recorded_at is None), None),
        deadline=enrollment.referral.deadline,
        language=language,
    )
    return filled(words, facts)


def _thread(enrollment_id: UUID, actor: Identity) -> Thread:
    if actor.kind != ActorKind.LEARNER:
        return get_thread_for(actor, enrollment_id)
    thread = my_thread(actor)
    if thread.enrollment.id != enrollment_id:
        raise NotFound
    return thread


def _refuse_case(enrollment: Enrollment) -> None:
    if is_closed(enrollment.state):
        raise Refused(_("This case is closed. Messages can be read, and no new ones are sent."), "text")
    if enrollment.account_id is None:
        raise Refused(_("This person has not enrolled yet, so nobody would read it."), "text")


def _sent_since(enrollment_id: UUID, staff: bool) -> int:
    query = select(func.count()).where(
        CaseMessage.enrollment_id == enrollment_id,
        CaseMessage.at > clock.now() - timedelta(hours=1),
        CaseMessage.author_id.is_not(None) if staff else CaseMessage.author_id.is_(None),
    )
    return session().scalar(query) or 0


def _is_news(enrollment_id: UUID, staff: bool) -> bool:
    """Whether the other side was not told of an unread message within the day: ten messages are one mail."""
    query = select(CaseMessage.id).where(
        CaseMessage.enrollment_id == enrollment_id,
        CaseMessage.read_at.is_(None),
        CaseMessage.at > clock.now() - TOLD_AGAIN_AFTER,
        CaseMessage.author_id.is_not(None) if staff else CaseMessage.author_id.is_(None),
    )
    return session().scalar(query.limit(1)) is None


def _tell(thread: Thread, staff: bool) -> None:
    if staff:
        tell_learner(thread.enrollment, TO_LEARNER, MY_PAGE)
        return
    page, assigned = f"cases/{thread.enrollment.id}/messages", thread.assigned
    if assigned is not None and assigned.role in SUPERVISING:
        tell_in_charge(assigned.id, TO_STAFF, page, roles=SUPERVISING)
    else:
        tell_roles((Role.CLERK,), TO_STAFF, page)
