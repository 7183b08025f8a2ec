"""Raising a dispute of a record, taking it back, answering it. Under the case's lock; the words never in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from app.accountability.lookups import court_place
from app.accounts.models import Membership
from app.accounts.telling import tell_roles
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.moving.telling import tell_in_charge
from app.cases.rules import move
from app.cases.services import keep_file, note_activity
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.disputes.lookups import GONE, disputes_of, get_dispute_for, is_for_somebody_else
from app.disputes.models import Dispute
from app.disputes.rules import DISPUTE_MOVES, KEEPERS, MOST_OPEN, Fact, Verdict, answers
from app.payments.waiving.proof_files import cleaned_proof
from app.permissions.identity import Identity, Role
from tenants.closed_days import due_day
from tenants.database import session, transaction
from tenants.rules import NoRules, rules_of

PURPOSE = "dispute"  # of the stored file
RECORD = "my-record"  # the participant's page
LONGEST = 3000  # characters


@dataclass(frozen=True)
class Disputed:
    """Which fact of a record is meant, and what it says now."""

    fact: Fact
    subject: str
    said: str
    recorded_by: UUID | None = None  # who made it say so; anybody's id, kept only for members of the staff


def raise_dispute(
    enrollment_id: UUID, about: Disputed, reason: str, *, actor: Actor, file: tuple[bytes, str] | None = None
) -> Dispute:
    """Keep what the participant says is not right, and tell whoever answers it. `file`: content and name.

    Raises Refused (with the field): without a reason, while the same fact is disputed already, too many at once, a file
    that is no picture or PDF; once the case is with no court here.
    """
    if not reason.strip():
        raise Refused(_("Write what is not right, and how it was."), "reason")
    clean = None if file is None else cleaned_proof(*file)
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.state in GONE:
            raise Refused(_("Your case is not with this court any more. Talk to your lawyer or to the court."))
        waiting = [one for one in disputes_of(enrollment_id) if one.state == "open"]
        if any(one.fact == about.fact and one.subject == about.subject for one in waiting):
            raise Refused(_("You have told the court already that this is not right. The answer will come here."))
        if len(waiting) >= MOST_OPEN:
            raise Refused(_("There are %(most)s open already. Wait for an answer, or take one back.", most=MOST_OPEN))
        kept = clean and keep_file(
            clean.content, name=clean.name, content_type=clean.content_type, purpose=PURPOSE, actor=actor
        )
        row = Dispute(
            enrollment_id=enrollment_id,
            fact=about.fact,
            subject=about.subject,
            said=about.said,
            recorded_by=session().scalar(select(Membership.id).where(Membership.id == about.recorded_by)),
            reason=reason.strip()[:LONGEST],
            file_id=kept.id if kept else None,
            raised_at=clock.now(),
            answer_by=_answer_by(enrollment),
        )
        current.add(row)
        current.flush()
        note_activity(enrollment.id)
        _audit(row, enrollment, "disputes.raise", actor)
        _ask_for_an_answer(row, enrollment)
        return row


def withdraw(dispute_id: UUID, *, actor: Actor) -> None:
    """The participant takes it back. Does nothing a second time. Raises NotFound, Refused once it was answered."""
    with transaction() as current:
        row, enrollment = _locked(dispute_id)
        if row.state == "withdrawn":
            return
        if row.state != "open":
            raise Refused(_("The court has answered already. Nothing was changed."))
        move(row.state, "withdrawn", DISPUTE_MOVES)
        row.state, row.withdrawn_at = "withdrawn", clock.now()
        current.flush()
        _audit(row, enrollment, "disputes.withdraw", actor)


def answer(dispute_id: UUID, verdict: Verdict, reason: str, *, done: bool, actor: Identity) -> Dispute:
    """A person answers, once; the participant is told.

    `done`: whoever answers "corrected" says that the record is corrected by now, on its own page: an answer changes no
    record. Who recorded the fact answers only where nobody else of the court may. Raises NotFound for those who do not
    answer such a fact, Refused (with the field).
    """
    with transaction() as current:
        get_dispute_for(actor, dispute_id)  # of a case that they see
        row, enrollment = _locked(dispute_id)
        if not answers(actor.as_role, Fact(row.fact)):
            raise NotFound
        if row.state != "open":
            raise Refused(_("This was answered or taken back already. Nothing was changed."))
        if is_for_somebody_else(row, actor):
            raise Refused(_("You recorded this yourself, so somebody else answers. Nothing was changed."))
        if not reason.strip():
            raise Refused(_("Write the reason. The participant reads it."), "reason")
        if verdict is Verdict.CORRECTED and not done:
            raise Refused(_("Correct the record on its own page first. Then tick this box."), "done")
        move(row.state, verdict, DISPUTE_MOVES)
        row.state, row.answer = verdict, reason.strip()[:LONGEST]
        row.answered_at, row.answered_by = clock.now(), actor.id
        current.flush()
        _audit(row, enrollment, "disputes.answer", actor)
        tell_learner(enrollment, "dispute_answered", RECORD)
        return row


def note_reading(row: Dispute, enrollment: Enrollment, *, actor: Actor) -> None:
    """Record that `actor` has read what the participant wrote, or opened the file."""
    with transaction():
        _audit(row, enrollment, "disputes.read", actor)


def _answer_by(enrollment: Enrollment) -> date:
    """The last day to answer by the rules of the case, court-local."""
    if enrollment.rules_id is None:
        raise NoRules
    document, (zone, region) = rules_of(enrollment.rules_id), court_place()
    return due_day(clock.today(zone) + timedelta(days=document.disputes.days_to_answer), document.holidays, region)


def _ask_for_an_answer(row: Dispute, enrollment: Enrollment) -> None:
    """Whoever has the case now, where the fact is theirs and not recorded by them; else the office with the record."""
    page, roles = f"cases/disputes/{row.id}", [role for role in Role if answers(role, Fact(row.fact))]
    told = enrollment.officer_id is not None and tell_in_charge(
        enrollment.officer_id,
        "dispute_raised",
        page,
        roles=roles,
        but_not=row.recorded_by,
        answer_by=row.answer_by,
    )
    if not told:
        tell_roles(KEEPERS, "dispute_raised", page, answer_by=row.answer_by)


def _locked(dispute_id: UUID) -> tuple[Dispute, Enrollment]:
    """One, fresh, under its enrollment's lock. Raises NotFound."""
    enrollment_id = session().scalar(select(Dispute.enrollment_id).where(Dispute.id == dispute_id))
    if enrollment_id is None:
        raise NotFound
    enrollment = the_enrollment(enrollment_id, lock=True)
    query = select(Dispute).where(Dispute.id == dispute_id)
    return session().scalars(query.execution_options(populate_existing=True)).one(), enrollment


def _audit(row: Dispute, enrollment: Enrollment, action: str, actor: Actor) -> None:
    """What happened to it; never what anybody wrote."""
    audit(
        action,
        actor=actor,
        subject=("dispute", row.id),
        case_id=enrollment.referral_id,
        new={"state": row.state, "fact": row.fact},
    )
