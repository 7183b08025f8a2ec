"""Referring a person, and moving an enrollment from state to state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import kept_order, the_enrollment, who_can_supervise
from app.cases.models import CaseNumber, Enrollment, EnrollmentTransition, Hearing, Person, Referral
from app.cases.rules import ENROLLMENT_MOVES, adult_on, case_number_key, move
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.runtime import Happening, runtime, tell
from app.permissions.identity import Role
from tenants.database import transaction
from tenants.program import Referrer
from tenants.rules import rules_in_force
from tenants.scope import current_court_id

# An administrator stands in for the clerk.
_REFERS_AS = {
    Role.CLERK: Referrer.CLERK,
    Role.ADMINISTRATOR: Referrer.CLERK,
    Role.PROSECUTOR: Referrer.PROSECUTOR,
}


@dataclass(frozen=True)
class NewReferral:
    """What a court tells of somebody it refers. Dates are court-local; an empty case number is pending."""

    given_names: str
    family_names: str
    birth_date: date
    order_date: date
    deadline: date
    case_numbers: tuple[str, ...] = ()
    officer_id: UUID | None = None
    hearing_on: date | None = None
    hearing_at: time | None = None
    email: str = ""
    phone: str = ""
    language: str = "en"
    order_file_id: UUID | None = None


def may_refer(actor: Actor) -> bool:
    """Whether the court's rules in force let somebody in the actor's role refer people."""
    _rules, document = rules_in_force()
    return any(role == actor.role and who in document.people.refers for role, who in _REFERS_AS.items())


def refer(new: NewReferral, *, actor: Actor) -> Enrollment:
    """Write a referral with its enrollment in state `referred`.

    Raises Refused (with the field, if one is to blame) when the court's rules do not let the actor's role refer, the
    person is under 18 on the order's date, the deadline is not after it, or the officer or the order's file is not
    this court's.
    """
    if not may_refer(actor):
        raise Refused(_("This court's rules do not let your office refer people. Ask the court administrator."))
    if not adult_on(new.birth_date, new.order_date):
        raise Refused(_("The program is for people who were 18 or older on the date of the order."), "birth_date")
    if new.deadline <= new.order_date:
        raise Refused(_("The deadline must be after the date of the order."), "deadline")
    if new.officer_id is not None and new.officer_id not in {member.id for member in who_can_supervise()}:
        raise Refused(_("Choose an officer from the list."), "officer_id")
    if new.order_file_id is not None and kept_order(new.order_file_id, actor) is None:
        raise Refused(_("Choose the file of the order again."), "order_file")
    now = clock.now()
    assert actor.id is not None
    with transaction() as session:
        person = Person(
            given_names=new.given_names,
            family_names=new.family_names,
            birth_date=new.birth_date,
            email=new.email,
            phone=new.phone,
            language=new.language,
            created_at=now,
        )
        session.add(person)
        session.flush()
        referral = Referral(
            person_id=person.id,
            order_date=new.order_date,
            order_file_id=new.order_file_id,
            deadline=new.deadline,
            referred_by=actor.id,
            referred_at=now,
        )
        session.add(referral)
        session.flush()
        enrollment = Enrollment(referral_id=referral.id, officer_id=new.officer_id, last_activity_at=now)
        session.add(enrollment)
        for position, number in enumerate(new.case_numbers or ("",)):
            key = case_number_key(number)
            session.add(
                CaseNumber(
                    referral_id=referral.id, position=position, number=number.strip() if key else None, normalized=key
                )
            )
        if new.hearing_on is not None:
            session.add(Hearing(referral_id=referral.id, on_date=new.hearing_on, at_time=new.hearing_at))
        session.flush()
        audit(
            "cases.refer",
            actor=actor,
            subject=("referral", referral.id),
            case_id=referral.id,
            new={
                "name": person.full_name,
                "birth_date": new.birth_date.isoformat(),
                "order_date": new.order_date.isoformat(),
                "deadline": new.deadline.isoformat(),
                "case_numbers": list(new.case_numbers),
                "officer_id": str(new.officer_id or ""),
                "order_file_id": str(new.order_file_id or ""),
            },
        )
        return the_enrollment(enrollment.id)


def keep_file(content: bytes, *, name: str, content_type: str, purpose: str, actor: Actor) -> StoredFile:
    """Put a file into storage and note it; the bytes are safe before the row exists."""
    sha256 = runtime().storage.put(current_court_id(), content)
    with transaction() as session:
        row = StoredFile(
            sha256=sha256,
            size=len(content),
            content_type=content_type,
            purpose=purpose,
            name=name[:200],
            created_at=clock.now(),
            created_by=actor.id,
        )
        session.add(row)
        session.flush()
    return row


def attach_order(referral_id: UUID, file_id: UUID, *, actor: Actor) -> None:
    """Put the signed order's file to a referral; an earlier one stays in storage and in the audit.

    Raises NotFound, or Refused when the file is not one that the actor sent as an order.
    """
    if kept_order(file_id, actor) is None:
        raise Refused(_("Choose the file of the order again."), "order_file")
    with transaction() as session:
        referral = session.scalar(select(Referral).where(Referral.id == referral_id).with_for_update())
        if referral is None:
            raise NotFound
        old, referral.order_file_id = referral.order_file_id, file_id
        if old == file_id:
            return
        audit(
            "cases.attach_order",
            actor=actor,
            subject=("referral", referral_id),
            case_id=referral_id,
            old={"order_file_id": str(old or "")},
            new={"order_file_id": str(file_id)},
        )


def move_enrollment(enrollment_id: UUID, to: str, *, actor: Actor, reason: str = "") -> Enrollment:
    """Move an enrollment along its transition table, under its row's lock; does nothing when it is there already.

    Writes the history and the audit. Raises IllegalMove.
    """
    with transaction() as session:
        enrollment = the_enrollment(enrollment_id, lock=True)
        before = enrollment.state
        if before == to:
            return enrollment
        move(before, to, ENROLLMENT_MOVES, origin=enrollment.held_from)
        now = clock.now()
        enrollment.state = to
        enrollment.last_activity_at = now
        if to in ("on_hold", "returned_to_court"):
            enrollment.held_from = enrollment.held_from or before
        elif enrollment.held_from is not None:
            enrollment.held_from = None
        _note_milestone(enrollment)
        session.add(
            EnrollmentTransition(
                enrollment_id=enrollment_id,
                from_state=before,
                to_state=to,
                at=now,
                actor_kind=actor.kind,
                actor_id=actor.id,
                reason=reason,
            )
        )
        audit(
            "cases.move",
            actor=actor,
            subject=("enrollment", enrollment_id),
            case_id=enrollment.referral_id,
            old={"state": before},
            new={"state": to, "reason": reason},
        )
        return enrollment


def _note_milestone(enrollment: Enrollment) -> None:
    now = clock.now()
    match enrollment.state:
        case "enrolled":
            enrollment.enrolled_at = enrollment.enrolled_at or now
        case "accountability" | "report_due" if enrollment.coursework_done_at is None:
            enrollment.coursework_done_at = now
        case "completed":
            enrollment.completed_at = now


def open_coursework(enrollment_id: UUID) -> None:
    """Coursework opens (the money allows it): called by payments; nothing happens in any state but `enrolled`."""
    with transaction():
        if the_enrollment(enrollment_id, lock=True).state == "enrolled":
            move_enrollment(enrollment_id, "coursework", actor=SYSTEM)


def finish_coursework(enrollment_id: UUID) -> None:
    """Every required module is passed: the accountability months begin."""
    with transaction():
        if the_enrollment(enrollment_id, lock=True).state == "coursework":
            move_enrollment(enrollment_id, "accountability", actor=SYSTEM)
            tell(Happening.COURSEWORK_DONE, enrollment_id)


def finish_accountability(enrollment_id: UUID) -> None:
    """Every check-in is settled: the final report is due."""
    with transaction():
        if the_enrollment(enrollment_id, lock=True).state == "accountability":
            move_enrollment(enrollment_id, "report_due", actor=SYSTEM)
            tell(Happening.ACCOUNTABILITY_DONE, enrollment_id)


def complete(enrollment_id: UUID) -> None:
    """The final report is with the court: the program is completed."""
    with transaction():
        if the_enrollment(enrollment_id, lock=True).state == "report_due":
            move_enrollment(enrollment_id, "completed", actor=SYSTEM)
            tell(Happening.COMPLETED, enrollment_id)


def note_activity(enrollment_id: UUID) -> None:
    """The learner did something: the caseload shows when last. Call it inside the transaction of the deed."""
    with transaction():
        the_enrollment(enrollment_id).last_activity_at = clock.now()
