"""What can be done for several people, of whom, and what of them it depends on. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from uuid import UUID

from app.cases.hearings.rules import Held, NextDay
from app.cases.messages.rules import ReadyText, facts_for, filled, gaps, is_closed
from app.cases.rules import ENROLLMENT_MOVES, FINAL_STATES
from app.permissions.permissions import Permission

HERE_AT_MOST = 25  # more people than that are left to the worker
MOST = 1000  # people at once
HEARD_AT_MOST = 60  # hearings recorded at once: each has boxes of its own
SKIP = "skip"  # instead of an outcome: somebody whose hearing is not recorded with the others


class What(StrEnum):
    REPORT = "report"
    REMIND = "remind"
    MESSAGE = "message"
    HEARING = "hearing"
    EXCUSE = "excuse"
    EXTEND = "extend"
    REASSIGN = "reassign"
    RETURN = "return"


# Who may do it for several may do it for one, and the other way round.
ASKS: Mapping[What, Permission] = {
    What.REPORT: Permission.REPORT_REQUEST,
    What.REMIND: Permission.NOTE_WRITE,  # as whoever writes to the participant
    What.MESSAGE: Permission.MESSAGE_WRITE,
    What.HEARING: Permission.HEARING_RECORD,
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
    NOBODY_READS = "nobody_reads"
    NOT_YOURS = "not_yours"
    GAPS = "gaps"
    NOT_ON_CALENDAR = "not_on_calendar"
    RECORDED = "recorded"
    SKIPPED = "skipped"
    NOTHING_MISSED = "nothing_missed"
    LESSONS_OVER = "lessons_over"
    NOT_LATER = "not_later"
    CASE_ENDS = "case_ends"
    NEEDS_ORDER = "needs_order"
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
    """What was asked for beside the people; days and times are court-local.

    `text_en`, `text_es`: a message's words as they stood when it was chosen. The rest of the second half is of a
    hearing: keys of KIND_WORDS and OUTCOME_WORDS, and what was ordered, each for all who have nothing of their own.
    """

    reason: str = ""
    until: date | None = None
    ordered_on: date | None = None
    ordered_by: str = ""
    officer_id: UUID | None = None
    text: str = ""
    text_en: str = ""
    text_es: str = ""
    on_date: date | None = None
    kind: str = ""
    outcome: str = ""
    orders: str = ""
    next_on: date | None = None
    next_at: time | None = None

    def to_json(self) -> dict[str, str]:
        said = {name: getattr(self, name) for name in self.__slots__}
        return {name: str(value) for name, value in said.items() if value not in (None, "")}

    @classmethod
    def from_json(cls, said: Mapping[str, str]) -> Details:
        return cls(
            until=_date(said.get("until")),
            ordered_on=_date(said.get("ordered_on")),
            officer_id=UUID(said["officer_id"]) if said.get("officer_id") else None,
            on_date=_date(said.get("on_date")),
            next_on=_date(said.get("next_on")),
            next_at=time.fromisoformat(said["next_at"]) if said.get("next_at") else None,
            **{name: said.get(name, "") for name in _WORDS},
        )


_WORDS = ("reason", "ordered_by", "text", "text_en", "text_es", "kind", "outcome", "orders")


@dataclass(frozen=True, slots=True)
class Own:
    """What is one person's alone of a hearing that is recorded with others: SKIP or a key of OUTCOME_WORDS, and what
    was ordered. What is empty is as for all: see `held`."""

    outcome: str = ""
    orders: str = ""

    def to_json(self) -> dict[str, str] | None:
        return {"outcome": self.outcome, "orders": self.orders} if self.outcome or self.orders else None

    @classmethod
    def from_json(cls, said: Mapping[str, str] | None) -> Own:
        return cls(**said) if said else cls()


def held(case: Subject, details: Details, own: Own) -> Held:
    """What the record of one person's hearing will say. The orders for all are of those with the outcome of all."""
    assert details.on_date is not None
    outcome = own.outcome or details.outcome
    orders = own.orders or (details.orders if outcome == details.outcome else "")
    return Held(details.on_date, case.hearing_at, details.kind, outcome, orders)


def following(held: Held, details: Details) -> NextDay | None:
    """The next hearing, for everybody but those for whom the case is over."""
    if details.next_on is None or held.outcome == "dismissed":
        return None
    return NextDay(details.next_on, details.next_at)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class Subject:
    """One person's case as far as it matters here. `missed`: the check-in that was missed last, its number and day.

    `needs_order`: more time needs an order, by the rules that the case is pinned to. `works`: whoever asks works on
    the case. `hearing`: the one on the day of the calendar that is recorded.
    """

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
    needs_order: bool = False
    given_names: str = ""
    language: str = "en"
    next_hearing: date | None = None
    hearing_id: UUID | None = None
    hearing_at: time | None = None
    hearing_recorded: bool = False
    works: bool = True


def why_not(what: What, case: Subject, details: Details, today: date) -> Why | None:
    """Why this can not be done for this person; None when it can."""
    match what:
        case What.REPORT:
            return None if case.enrolled else Why.NOT_ENROLLED
        case What.REMIND:
            return _no_reminder(case)
        case What.MESSAGE:
            return _no_message(case, details)
        case What.HEARING:
            return _no_hearing(case, details)
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


def _no_message(case: Subject, details: Details) -> Why | None:
    if is_closed(case.state):
        return Why.CLOSED
    if not case.has_account:
        return Why.NOBODY_READS
    if not case.works:
        return Why.NOT_YOURS
    return Why.GAPS if gaps(message_to(case, details, "-")) else None


def message_to(case: Subject, details: Details, sender: str) -> str:
    """The message as one person will read it. `sender`: the name of who sends it."""
    text, language = ReadyText(details.text, "", details.text_en, details.text_es).for_reader(case.language)
    facts = facts_for(
        given_names=case.given_names,
        officer=sender,
        next_hearing=case.next_hearing,
        deadline=case.deadline,
        language=language,
    )
    return filled(text, facts)


def _no_hearing(case: Subject, details: Details) -> Why | None:
    if details.on_date is None:
        return None
    if case.hearing_id is None:
        return Why.NOT_ON_CALENDAR
    return Why.RECORDED if case.hearing_recorded else None


def _no_extension(case: Subject, details: Details, today: date) -> Why | None:
    if case.state not in ("enrolled", "coursework", "on_hold"):
        return Why.LESSONS_OVER
    if details.until is None:
        return None
    if details.until <= max(case.deadline, today):
        return Why.NOT_LATER
    if case.case_ends_on is not None and details.until > case.case_ends_on:
        return Why.CASE_ENDS
    return Why.NEEDS_ORDER if case.needs_order and details.ordered_on is None else None


def depends_on(what: What, case: Subject) -> str:
    """What the deed was looked at with: when this is another by then, it is told and not done."""
    match what:
        case What.EXCUSE:
            return f"{case.state} {case.missed_id}"
        case What.EXTEND:
            return f"{case.state} {case.deadline.isoformat()}"
        case What.HEARING:
            return f"{case.state} {case.hearing_id} {case.hearing_recorded}"
        case What.REASSIGN:
            return f"{case.state} {case.officer_id}"
    return case.state
