"""What was done with a case, what happened, what was tried: in the language at work, on the court's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from babel.dates import format_date
from flask_babel import get_locale

from app.accountability.changing.models import ProgramChange
from app.accountability.lookups import check_ins_of
from app.accountability.terminating.models import Termination
from app.accountability.violations.lookups import violations_of
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.words import KIND_WORDS, state_words
from app.cases.amending import amendments
from app.cases.lookups import history, names_of
from app.cases.mailroom.lookups import messages_of
from app.cases.models import Enrollment, EnrollmentTransition, ReferralAmendment
from app.cases.rules import ACTIVE_STATES, STATE_WORDS
from app.core import clock
from app.core.gathering import Gathered
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.reports.court_kinds.frozen import CaseStep, Ending, Event, OwnSide

SIDE_STATES = ("on_hold", "returned_to_court", "terminated", "withdrawn", "transferred")


class Day:
    """Instants as days of one court."""

    def __init__(self, time_zone: str) -> None:
        self.time_zone = time_zone

    def of(self, instant: datetime) -> date:
        return clock.local(instant, self.time_zone).date()

    def or_none(self, instant: datetime | None) -> date | None:
        return None if instant is None else self.of(instant)


def day_words(day: date) -> str:
    """A day in the language at work."""
    return str(format_date(day, "long", locale=get_locale() or "en"))


def doers_in(found: Gathered) -> set[UUID | None]:
    """Whoever did something of which `steps_in` tells, so that their names can be looked up at once."""
    return {
        *(one.actor_id for one in found.of(EnrollmentTransition)),
        *(one.actor_id for one in found.of(ProgramChange)),
        *(one.actor_id for one in found.of(ReferralAmendment)),
        *(by for one in found.of(Termination) for by in (one.proposed_by, one.decided_by)),
    }


class Step(NamedTuple):
    """What somebody of the court did. `proposal`: the id of the proposal to end the program that it is of."""

    told: CaseStep
    proposal: str
    by: UUID | None


def steps_in(found: Gathered, names: Mapping[UUID, str], time_zone: str) -> list[Step]:
    """What people of the court did with a case, the earliest first: pauses, returns, more time, an end.

    `found`: the records of the case (app/reports/records.py); `names`: of the court's people by id.
    """
    moves = [one for one in reversed(found.of(EnrollmentTransition)) if _is_told(one)]
    changes, later = found.of(ProgramChange), _later_deadlines(found.of(ReferralAmendment))
    proposals = [one for one in found.of(Termination) if one.noticed_at is not None]
    day = Day(time_zone)

    def step(at: datetime, what: str, by: UUID | None, of: UUID | str = "") -> tuple[datetime, Step]:
        return at, Step(CaseStep(on=day.of(at), what=what, by=names.get(by, "") if by else ""), str(of), by)

    told = [step(one.at, _move_words(one), one.actor_id) for one in moves]
    told += [step(one.at, _change_words(one.kind, len(one.detail.get("numbers", ()))), one.actor_id) for one in changes]
    told += [
        step(at, _("More time for the lessons, until %(day)s", day=day_words(until)), by) for at, until, by in later
    ]
    told += [step(one.proposed_at, _("End of the program proposed"), one.proposed_by, one.id) for one in proposals]
    told += [
        step(one.decided_at, _("Decided: the program is not ended"), one.decided_by, one.id)
        for one in proposals
        if one.state == "declined" and one.decided_at is not None
    ]
    told.sort(key=lambda one: one[0])
    return [one for _at, one in told]


def _is_told(one: EnrollmentTransition) -> bool:
    return one.to_state in SIDE_STATES or (one.from_state in SIDE_STATES and one.to_state in ACTIVE_STATES)


def _move_words(one: EnrollmentTransition) -> str:
    if one.to_state in ACTIVE_STATES:
        return str(_("The program goes on"))
    return str(STATE_WORDS["enrollment"][one.to_state])


def _change_words(kind: str, number: int) -> str:
    if kind == "ended_early":
        return str(_("Check-ins ended early by order of the court"))
    return str(ngettext("%(num)s check-in added", "%(num)s check-ins added", number))


def _later_deadlines(made: Sequence[ReferralAmendment]) -> list[tuple[datetime, date, UUID | None]]:
    """When the day for the lessons was moved back, to which day, by whom; the earliest first. `made`: newest first."""
    found = []
    for one in reversed(made):
        old, new = str(one.old.get("deadline") or ""), str(one.new.get("deadline") or "")
        if new > old:  # ISO days
            found.append((one.at, date.fromisoformat(new), one.actor_id))
    return found


def tried_for(enrollment: Enrollment, time_zone: str) -> tuple[str, ...]:
    """In sentences, what was done so that the person could keep to the program. Nothing about money."""
    day, said = Day(time_zone), []
    sent = [one for one in messages_of(enrollment.id) if one.recipient_kind == "learner"]
    if sent:
        latest = day_words(day.of(max(one.created_at for one in sent)))
        said.append(
            ngettext(
                "The portal sent the participant %(num)s message or reminder, on %(day)s.",
                "The portal sent the participant %(num)s messages and reminders, the latest on %(day)s.",
                len(sent),
                day=latest,
            )
        )
    check_ins = check_ins_of(enrollment.id)
    excused = sum(one.state == "excused" for one in check_ins)
    if excused:
        said.append(ngettext("%(num)s check-in was excused.", "%(num)s check-ins were excused.", excused))
    said += [
        _("A make-up check-in was added for %(day)s.", day=day_words(one.due_on))
        for one in check_ins
        if one.made_for == "make_up"
    ]
    said += [
        _("More time for the lessons was given, until %(day)s.", day=day_words(until))
        for _at, until, _by in _later_deadlines(amendments(enrollment.referral_id))
    ]
    for one in violations_of(enrollment.id):
        if one.state == "response" and one.decided_at is not None:
            agreed = {"day": day_words(day.of(one.decided_at)), "step": one.reason}
            said.append(_("On %(day)s a step was agreed: %(step)s", **agreed))
    return tuple(str(one)[:2000] for one in said)


def event_of(row: PossibleViolation, names: dict[UUID, str], time_zone: str) -> Event:
    """One possible violation as a report tells it."""
    day = Day(time_zone)
    return Event(
        what=str(KIND_WORDS[row.kind]),
        happened_on=row.event_on,
        noted_on=day.of(row.opened_at),
        facts=row.facts,
        told_on=day.or_none(row.notified_at),
        own_side=_own_side(row.statement_at, row.statement, day, quotable=row.quotable),
        state=state_words(row),
        decided_on=day.or_none(row.decided_at),
        decided_by=names.get(row.decided_by, "") if row.decided_by else "",
        reason=row.reason,
        due_on=row.response_due_on,
        court_told_on=day.or_none(row.court_told_at),
    )


def ending_of(row: Termination, names: dict[UUID, str], time_zone: str) -> Ending:
    """A proposal to end the program as a report tells it."""
    day = Day(time_zone)
    return Ending(
        proposed_on=day.of(row.proposed_at),
        proposed_by=names.get(row.proposed_by, ""),
        reasons=row.reasons,
        told_on=day.or_none(row.noticed_at),
        respond_by=row.respond_by,
        own_side=_own_side(row.response_at, row.response, day, quotable=row.quotable),
        state=str(STATE_WORDS["termination"][row.state]),
        decided_on=day.or_none(row.decided_at),
        decided_by=names.get(row.decided_by, "") if row.decided_by else "",
        decision=row.decision,
    )


def return_of(enrollment: Enrollment, time_zone: str) -> CaseStep | None:
    """The return to the court that the case has not come back from."""
    if enrollment.state not in ("returned_to_court", "terminated"):
        return None
    move = next((one for one in history(enrollment.id) if one.to_state == "returned_to_court"), None)
    if move is None:
        return None
    names = names_of({move.actor_id})
    by = names.get(move.actor_id, "") if move.actor_id else ""
    what = str(STATE_WORDS["enrollment"]["returned_to_court"])
    return CaseStep(on=Day(time_zone).of(move.at), what=what, by=by, note=move.reason)


def people_in(violations: Sequence[PossibleViolation], proposals: Sequence[Termination]) -> dict[UUID, str]:
    """The names of those who noted, proposed and decided. One statement."""
    return names_of(
        {
            *(one.decided_by for one in violations),
            *(by for one in proposals for by in (one.proposed_by, one.decided_by)),
        }
    )


def _own_side(at: datetime | None, words: str, day: Day, *, quotable: bool | None) -> OwnSide | None:
    """Their words only where they were told, when they wrote, that a report may show them."""
    if at is None:
        return None
    return OwnSide(on=day.of(at), words=words if quotable else None)
