"""What happened in a case, in words, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from app.cases.models import Enrollment, EnrollmentCode, EnrollmentTransition, ReferralAmendment
from app.cases.rules import ENROLLMENT_MOVES, move
from app.core.actor import ActorKind
from app.core.errors import IllegalMove
from app.core.i18n import LANGUAGES, LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.templating import show_date, show_time

FACT_WORDS: dict[str, LazyString] = {
    "given_names": _l("Given names"),
    "family_names": _l("Family names"),
    "birth_date": _l("Birth date"),
    "email": _l("Email"),
    "phone": _l("Phone"),
    "language": _l("Language"),
    "case_numbers": _l("Case number"),
    "order_date": _l("Date of the order"),
    "deadline": _l("Deadline for the lessons"),
    "case_ends_on": _l("Date on which the case ends"),
    "officer_id": _l("Officer"),
    "hearings": _l("Hearings"),
    "order_file_id": _l("Signed order"),
    "agreement_file_id": _l("Agreement signed on paper"),
}
_DATES = ("birth_date", "order_date", "deadline", "case_ends_on")


@dataclass(frozen=True)
class Change:
    """One fact before and after, in words."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class CaseEvent:
    """`at` is UTC; `who` and `title` are in the reader's language.

    `record`: the kind and id of what it is about; `part` and `url`, the address of its page, are filled in by who shows
    it.
    """

    at: datetime
    title: str
    who: str
    text: str = ""
    tone: str = ""
    changes: tuple[Change, ...] = ()
    record: tuple[str, UUID] | None = None
    part: str = ""
    url: str = ""


def case_history(
    enrollment: Enrollment,
    steps: Sequence[EnrollmentTransition],
    codes: Sequence[EnrollmentCode],
    amendments: Sequence[ReferralAmendment],
    names: Mapping[UUID, str],
    *,
    reasons: bool = True,
) -> list[CaseEvent]:
    """Everything that is known of a case's way so far. `names`: members of staff by id (see `officers_in`).

    Without `reasons`, what people wrote beside each step is left out.
    """
    referral = enrollment.referral
    record = ("referral", referral.id)
    referred = CaseEvent(referral.referred_at, _("Referred by the court"), names.get(referral.referred_by, ""))
    events = [replace(referred, record=record)]
    for code in codes:
        who = names.get(code.issued_by, "") if code.issued_by is not None else _("Portal")
        title = _("Enrollment code issued, ending in %(four)s", four=code.last_four)
        events.append(CaseEvent(code.issued_at, title, who, record=record))
    for row in amendments:
        who = names.get(row.actor_id, "") if row.actor_id is not None else _("Portal")
        title = _("Given to another officer") if set(row.new) == {"officer_id"} else _("Referral changed")
        events.append(CaseEvent(row.at, title, who, row.reason, changes=_changes(row, names), record=record))
    for step in steps:
        tone = {"enrolled": "good", "completed": "good", "returned_to_court": "problem"}.get(step.to_state, "")
        events.append(CaseEvent(step.at, _words(step), _who(step, names), step.reason, tone))
    if not reasons:
        events = [replace(event, text="") for event in events]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _words(step: EnrollmentTransition) -> str:
    try:
        return str(move(step.from_state, step.to_state, ENROLLMENT_MOVES, origin=step.to_state).description)
    except IllegalMove:
        return step.to_state  # a step that an earlier release still allowed


def _who(step: EnrollmentTransition, names: Mapping[UUID, str]) -> str:
    if step.actor_kind == ActorKind.LEARNER:
        return str(_("Participant"))
    if step.actor_id is not None:
        return names.get(step.actor_id, "")
    return str(_("Portal"))


def officers_in(amendments: Sequence[ReferralAmendment]) -> set[UUID | None]:
    """The officers whom these changes name, so that `names` may hold them."""
    values = (side.get("officer_id") for row in amendments for side in (row.old, row.new))
    return {UUID(value) for value in values if value}


def _changes(row: ReferralAmendment, names: Mapping[UUID, str]) -> tuple[Change, ...]:
    return tuple(
        Change(str(words), _value(name, row.old[name], names), _value(name, row.new[name], names))
        for name, words in FACT_WORDS.items()
        if name in row.new
    )


def _value(name: str, value: Any, names: Mapping[UUID, str]) -> str:
    """One stored fact as people read it."""
    if not value:
        return str(_("Pending") if name == "case_numbers" else _("None"))
    if name in _DATES:
        return show_date(date.fromisoformat(value))
    match name:
        case "case_numbers":
            return ", ".join(value)
        case "hearings":
            return "; ".join(_hearing(*day) for day in value)
        case "officer_id":
            return names.get(UUID(value), "")
        case "language":
            return LANGUAGES.get(str(value), str(value))
        case "order_file_id" | "agreement_file_id":
            return str(_("On file"))
    return str(value)


def _hearing(on_date: str, at_time: str | None) -> str:
    shown = show_date(date.fromisoformat(on_date))
    return f"{shown}, {show_time(time.fromisoformat(at_time))}" if at_time else shown
