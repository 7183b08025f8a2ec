"""Everything that happened in a case, in words, with the record that each entry is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from app.accountability.changing.models import ProgramChange
from app.accountability.models import CheckIn
from app.accountability.terminating.models import Termination
from app.accountability.violations.models import PossibleViolation
from app.accounts.models import Cover
from app.caseload import timeline
from app.caseload.attention.models import AttentionMark
from app.caseload.history_rules import Part
from app.cases.case_history import CaseEvent, case_history, officers_in
from app.cases.messages.models import CaseMessage
from app.cases.models import (
    CaseNote,
    Enrollment,
    EnrollmentCode,
    EnrollmentTransition,
    Hearing,
    HearingCorrection,
    ReferralAmendment,
)
from app.cases.moving.rules import Window
from app.core.gathering import Gathered
from app.disputes.models import Dispute
from app.learning.models import ModuleProgress
from app.payments.models import LedgerEntry, Waiver
from app.payments.reviewing.models import ReviewResolution
from app.permissions.identity import Identity
from app.permissions.permissions import may
from app.reports.models import Report
from app.reports.snapshot import ReportKind
from app.transfers.models import Transfer
from app.web.links import link
from app.web.routing import access_of

# The page of each kind of record, and by which ids it is found.
_PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "referral": ("cases.referral", ("referral_id",)),
    "hearing": ("hearings.hearing", ("enrollment_id", "hearing_id")),
    "note": ("case_notes.note", ("enrollment_id", "note_id")),
    "messages": ("case_messages.of_case", ("enrollment_id",)),
    "violation": ("violations.violation", ("violation_id",)),
    "termination": ("terminating.termination", ("termination_id",)),
    "transfer": ("transfers.transfer", ("transfer_id",)),
    "came": ("transfers.handed_over", ("enrollment_id",)),
    "dispute": ("disputes.of_case", ("enrollment_id",)),
    "report": ("reports.report", ("report_id",)),
    "money": ("counter.statement", ("enrollment_id",)),
    "waiver": ("deciding.newest_of", ("enrollment_id",)),
    "module": ("learning.case_time", ("enrollment_id",)),
}


def people_in(found: Gathered) -> set[UUID | None]:
    """Whoever of the staff did something in what was gathered, so that their names can be looked up at once."""
    return {
        *(step.actor_id for step in found.of(EnrollmentTransition)),
        *(change.actor_id for change in found.of(ReferralAmendment)),
        *officers_in(found.of(ReferralAmendment)),
        *(code.issued_by for code in found.of(EnrollmentCode)),
        *(entry.actor_id for entry in found.of(LedgerEntry)),
        *(waiver.decided_by for waiver in found.of(Waiver)),
        *(made.resolved_by for made in found.of(ReviewResolution)),
        *(one.decided_by for one in found.of(CheckIn)),
        *(change.actor_id for change in found.of(ProgramChange)),
        *(by for one in found.of(Termination) for by in (one.proposed_by, one.approved_by, one.decided_by)),
        *(by for one in found.of(PossibleViolation) for by in (one.opened_by, one.decided_by, one.response_kept_by)),
        *(by for note in found.of(CaseNote) for by in (note.author_id, note.struck_by)),
        *(one.recorded_by for one in found.of(Hearing)),
        *(one.actor_id for one in found.of(HearingCorrection)),
        *(one.author_id for one in found.of(CaseMessage)),
        *(one.answered_by for one in found.of(Dispute)),
        *(one.asked_by for one in found.of(Transfer)),
        *(by for one in found.of(AttentionMark) for by in (one.by, one.ended_by)),
        *(one.requested_by for one in found.of(Report)),
        *(one.cover_id for one in found.of(Cover)),
    }


def history_of(
    identity: Identity,
    enrollment: Enrollment,
    found: Gathered,
    *,
    names: Mapping[UUID, str],
    titles: Mapping[str, str],
    readable: Collection[ReportKind],
) -> list[CaseEvent]:
    """All events of what was gathered for `identity`, the newest first, each with the address of its record.

    `names`: of the staff by id; `titles`: of modules by slug; `readable`: the kinds of reports that may be named.
    """
    reports = [one for one in found.of(Report) if one.kind in readable]
    parts: dict[Part, tuple[Iterable[CaseEvent], ...]] = {
        Part.DECISIONS: (
            case_history(
                enrollment,
                found.of(EnrollmentTransition),
                found.of(EnrollmentCode),
                found.of(ReferralAmendment),
                names,
            ),
            timeline.violation_events(found.of(PossibleViolation), names),
            timeline.change_events(found.of(ProgramChange), names),
            timeline.termination_events(found.of(Termination), names),
            timeline.transfer_events(found.of(Transfer), names),
            timeline.mark_events(found.of(AttentionMark), names),
        ),
        Part.HEARINGS: (timeline.hearing_events(found.of(Hearing), found.of(HearingCorrection), names),),
        Part.LEARNING: (timeline.module_events(found.of(ModuleProgress), titles),),
        Part.CHECK_INS: (timeline.check_in_events(found.of(CheckIn), names),),
        Part.MONEY: (
            timeline.money_events(found.of(LedgerEntry), names),
            timeline.waiver_events(found.of(Waiver), names),
            timeline.review_events(found.of(ReviewResolution), names),
        ),
        Part.REPORTS: (timeline.report_events(reports, names),),
        Part.MESSAGES: (timeline.message_events(found.of(CaseMessage)[::-1], names),),
        Part.NOTES: (timeline.note_events(found.of(CaseNote)[::-1], names),),
        Part.DISPUTES: (timeline.dispute_events(found.of(Dispute), names),),
    }
    for_whom = names.get(enrollment.officer_id, "") if enrollment.officer_id else ""
    windows = [(names.get(one.cover_id, ""), Window(one.starts_at, one.ends_at)) for one in found.of(Cover)]

    def shown(event: CaseEvent, part: Part) -> CaseEvent:
        who = timeline.standing_in(event, windows, for_whom)
        return replace(event, who=who, part=part, url=_url(identity, enrollment, event))

    return timeline.merged(
        *([shown(event, part) for event in events] for part, lists in parts.items() for events in lists)
    )


def _url(identity: Identity, enrollment: Enrollment, event: CaseEvent) -> str:
    """Where the record of an event is read; empty where there is no page for this reader."""
    if event.record is None:
        return ""
    kind, record_id = event.record
    if kind == "check_in":
        return (link("caseload.case", enrollment_id=enrollment.id) or "") + f"#check-in-{record_id}"
    endpoint, names = _PAGES[kind]
    access = access_of(endpoint)
    if access is None or access.permission is None or not may(identity, access.permission):
        return ""
    own = {"enrollment_id": enrollment.id, "referral_id": enrollment.referral_id}
    return link(endpoint, **{name: own.get(name, record_id) for name in names}) or ""
