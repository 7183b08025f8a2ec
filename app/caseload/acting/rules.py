"""What can be done for several people, of whom, and what of them it depends on. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.cases.rules import ENROLLMENT_MOVES, FINAL_STATES
from app.permissions.permissions import Permission

HERE_AT_MOST = 25  # more people than that are left to the worker
MOST = 1000  # people at once


class What(StrEnum):
    REPORT = "report"
    REMIND = "remind"
    EXCUSE = "excuse"
    EXTEND = "extend"
    REASSIGN = "reassign"
    RETURN = "return"


# Who may do it for several may do it for one, and the other way round.
ASKS: Mapping[What, Permission] = {
    What.REPORT: Permission.REPORT_REQUEST,
    What.REMIND: Permission.NOTE_WRITE,  # as whoever writes to the participant
    What.EXCUSE: Permission.CHECK_IN_EXCUSE,
    What.EXTEND: Permission.CASE_EXTEND,
    What.REASSIGN: Permission.CASE_ASSIGN,
    What.RETURN: Permission.CASE_RETURN,
}
WITHOUT_DETAILS = frozenset({What.REPORT, What.REMIND})
AT_ONCE = frozenset({What.REASSIGN})  # in one transaction, however many: nobody sees half a caseload move


class Why(StrEnum):
    """Why somebody is left out, or why it was not done."""

    NOT_ENROLLED = "not_enrolled"
    NOTHING_DUE = "nothing_due"
    NO_ACCOUNT = "no_account"
    NOTHING_MISSED = "nothing_missed"
    LESSONS_OVER = "lessons_over"
    NOT_LATER = "not_later"
    CASE_ENDS = "case_ends"
    CLOSED = "closed"
    THEIRS_ALREADY = "theirs_already"
    CANNOT_RETURN = "cannot_return"
    REMINDED = "reminded"
    CHANGED = "changed"
    NOT_SEEN = "not_seen"
    NOT_ALLOWED = "not_allowed"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Details:
    """What was asked for beside the people; days are court-local."""

    reason: str = ""
    until: date | None = None
    ordered_on: date | None = None
    ordered_by: str = ""
    officer_id: UUID | None = None

    def to_json(self) -> dict[str, str]:
        said = {name: getattr(self, name) for name in self.__slots__}
        return {name: str(value) for name, value in said.items() if value}

    @classmethod
    def from_json(cls, said: Mapping[str, str]) -> Details:
        return cls(
            reason=said.get("reason", ""),
            until=_date(said.get("until")),
            ordered_on=_date(said.get("ordered_on")),
            ordered_by=said.get("ordered_by", ""),
            officer_id=UUID(said["officer_id"]) if said.get("officer_id") else None,
        )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class Subject:
    """One person's case as far as it matters here. `missed`: the check-in that was missed last, its number and day."""

    enrollment_id: UUID
    name: str
    state: str
    officer_id: UUID | None
    deadline: date
    case_ends_on: date | None
    enrolled: bool
    has_account: bool
    missed_id: UUID | None = None
    missed_number: int | None = None
    missed_on: date | None = None
    next_check_in: date | None = None


def why_not(what: What, case: Subject, details: Details, today: date) -> Why | None:
    """Why this can not be done for this person; None when it can."""
    match what:
        case What.REPORT:
            return None if case.enrolled else Why.NOT_ENROLLED
        case What.REMIND:
            return _no_reminder(case)
        case What.EXCUSE:
            return Why.CLOSED if case.state in FINAL_STATES else None if case.missed_id else Why.NOTHING_MISSED
        case What.EXTEND:
            return _no_extension(case, details, today)
        case What.REASSIGN:
            if case.state in FINAL_STATES:
                return Why.CLOSED
            same = details.officer_id is not None and details.officer_id == case.officer_id
            return Why.THEIRS_ALREADY if same else None
        case What.RETURN:
            return None if "returned_to_court" in ENROLLMENT_MOVES.onward(case.state) else Why.CANNOT_RETURN


def _no_reminder(case: Subject) -> Why | None:
    if not case.has_account:
        return Why.NO_ACCOUNT
    if case.state in ("enrolled", "coursework") or (case.state == "accountability" and case.next_check_in):
        return None
    return Why.NOTHING_DUE


def _no_extension(case: Subject, details: Details, today: date) -> Why | None:
    if case.state not in ("enrolled", "coursework", "on_hold"):
        return Why.LESSONS_OVER
    if details.until is None:
        return None
    if details.until <= max(case.deadline, today):
        return Why.NOT_LATER
    return Why.CASE_ENDS if case.case_ends_on is not None and details.until > case.case_ends_on else None


def depends_on(what: What, case: Subject) -> str:
    """What the deed was looked at with: when this is another by then, it is told and not done."""
    match what:
        case What.EXCUSE:
            return f"{case.state} {case.missed_id}"
        case What.EXTEND:
            return f"{case.state} {case.deadline.isoformat()}"
        case What.REASSIGN:
            return f"{case.state} {case.officer_id}"
    return case.state
