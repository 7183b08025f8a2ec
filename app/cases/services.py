"""A referral's files, and moving an enrollment from state to state. Referring a person: app/cases/referring.py."""

from __future__ import annotations

from uuid import UUID

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, EnrollmentTransition
from app.cases.referring import NewReferral, may_refer, refer, refer_many
from app.cases.rules import ENROLLMENT_MOVES, move
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.models import StoredFile
from app.core.runtime import Happening, runtime, tell
from tenants.database import transaction
from tenants.scope import current_court_id

__all__ = [
    "NewReferral",
    "complete",
    "finish_accountability",
    "finish_coursework",
    "keep_file",
    "may_refer",
    "move_enrollment",
    "note_activity",
    "open_coursework",
    "refer",
    "refer_many",
]


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
            enrollment.paused_at = enrollment.paused_at or now
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
