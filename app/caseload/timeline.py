"""What happened in a case in words, package by package (app/caseload/history.py puts it together)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from app.accountability.changing.models import ProgramChange
from app.accountability.models import CheckIn
from app.accountability.terminating.models import Termination
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.steps.rules import STEP_WORDS
from app.accountability.violations.words import KIND_WORDS as KIND_OF_VIOLATION
from app.caseload.attention.models import AttentionMark
from app.caseload.attention.rules import RULES
from app.cases.case_history import CaseEvent
from app.cases.hearings.rules import OUTCOME_WORDS
from app.cases.hearings.rules import TONES as HEARING_TONES
from app.cases.messages.models import CaseMessage
from app.cases.models import CaseNote, Hearing, HearingCorrection
from app.cases.moving.rules import Standing, Window
from app.cases.rules import STATE_WORDS
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import format_cents
from app.disputes.models import Dispute
from app.disputes.rules import Fact
from app.disputes.words import FACT_WORDS, PARTICULAR
from app.learning.models import ModuleProgress
from app.learning.rules import MODULE_STATE_WORDS, ModuleState
from app.payments.deciding.rules import shown_reason
from app.payments.kinds import Meaning, is_void, meaning_of
from app.payments.models import LedgerEntry, Waiver
from app.payments.reviewing.models import ReviewResolution
from app.payments.reviewing.rules import OUTCOME_DONE, Outcome
from app.reports.models import Report
from app.reports.words import KIND_WORDS
from app.transfers.models import Transfer
from app.transfers.rules import OUT_WORDS
from app.web.templating import show_date

LEDGER_WORDS: dict[str, LazyString] = {
    "assessed": _l("Fee set"),
    "waived": _l("Fee waived"),
    "paid": _l("Payment received"),
    "refunded": _l("Paid back"),
    "disputed": _l("Payment questioned at the bank"),
    "dispute_won": _l("The bank let the payment stand"),
    "dispute_lost": _l("The bank took the payment back"),
}
LOWERED, RAISED = _l("Fee corrected: less is owed"), _l("Fee corrected: more is owed")
ADJUSTED_WORDS: dict[Meaning, LazyString] = {
    Meaning.MONEY: _l("A refund did not arrive"),
    Meaning.WAIVED: _l("Fee waiver taken back"),
}
VOIDED = _l("Payment at the counter voided")
MODULE_STATES: dict[str, tuple[LazyString, str]] = {
    "waiting": (_l("Not started"), "neutral"),
    "in_progress": (MODULE_STATE_WORDS[ModuleState.IN_PROGRESS], "info"),
    "passed": (MODULE_STATE_WORDS[ModuleState.PASSED], "good"),
    "attempts_exhausted": (MODULE_STATE_WORDS[ModuleState.ATTEMPTS_EXHAUSTED], "attention"),
    "exempted": (MODULE_STATE_WORDS[ModuleState.EXEMPTED], "good"),
}
LATE = _l("Late, still open")
Names = Mapping[UUID, str]


def merged(*parts: Iterable[CaseEvent]) -> list[CaseEvent]:
    """All events, newest first; of those at one instant, the later one of its part comes first."""
    return sorted((event for part in parts for event in part), key=lambda event: event.at)[::-1]


def standing_in(event: CaseEvent, windows: Iterable[tuple[str, Window]], for_whom: str) -> str:
    """Who did it and, where they stood in for a colleague at that instant, for whom.

    `windows`: who stands in for the one who has the case, and from when to when.
    """
    if event.who and any(who == event.who and one.standing(event.at) is Standing.NOW for who, one in windows):
        return str(_("%(name)s, standing in for %(officer)s", name=event.who, officer=for_whom))
    return event.who


def money_events(entries: Sequence[LedgerEntry], names: Names) -> list[CaseEvent]:
    """One event for each cause: the components of one fee, at one instant, are one line with their sum."""
    sums: dict[tuple[datetime, LazyString, UUID | None], int] = {}
    ids: dict[tuple[datetime, LazyString, UUID | None], UUID] = {}
    for entry in entries:
        key = (entry.at, _in_words(entry), entry.actor_id)
        ids.setdefault(key, entry.id)
        sums[key] = sums.get(key, 0) + entry.amount_cents
    return [
        CaseEvent(at, str(words), _staff(by, names), format_cents(abs(cents)), record=("money", ids[at, words, by]))
        for (at, words, by), cents in sums.items()
    ]


def _in_words(entry: LedgerEntry) -> LazyString:
    if is_void(entry.kind, entry.effect):
        return VOIDED
    if entry.kind != "adjusted":
        return LEDGER_WORDS[entry.kind]
    return ADJUSTED_WORDS.get(meaning_of(entry)) or (LOWERED if entry.amount_cents < 0 else RAISED)


def review_events(resolutions: Iterable[ReviewResolution], names: Names) -> list[CaseEvent]:
    """What somebody decided about a card payment that did not fit, and why."""
    return [
        CaseEvent(
            made.at,
            _("Payment that did not fit: %(outcome)s", outcome=str(OUTCOME_DONE[Outcome(made.outcome)]).lower()),
            _staff(made.resolved_by, names),
            made.reason,
            record=("money", made.id),
        )
        for made in resolutions
    ]


def waiver_events(waivers: Sequence[Waiver], names: Names) -> list[CaseEvent]:
    events = []
    for waiver in waivers:
        record = ("waiver", waiver.id)
        events.append(CaseEvent(waiver.submitted_at, _("Fee waiver asked for"), _("Participant"), record=record))
        if waiver.decided_at is not None:
            title = _("Fee waiver: %(state)s", state=STATE_WORDS["waiver"][waiver.state])
            reason = " ".join(shown_reason(waiver.reason)).strip()
            events.append(CaseEvent(waiver.decided_at, title, _staff(waiver.decided_by, names), reason, record=record))
    return events


def module_events(modules: Sequence[ModuleProgress], titles: Mapping[str, str]) -> list[CaseEvent]:
    events = []
    for module in modules:
        title, record = titles[module.slug], ("module", module.id)
        if module.started_at is not None:
            events.append(CaseEvent(module.started_at, _("Module begun"), _("Participant"), title, record=record))
        if module.passed_at is not None:
            words, who = _("Module passed"), _("Participant")
            events.append(CaseEvent(module.passed_at, words, who, title, "good", record=record))
    return events


def check_in_events(check_ins: Sequence[CheckIn], names: Names) -> list[CaseEvent]:
    events = []
    for one in check_ins:
        record = ("check_in", one.id)
        if one.submitted_at is not None:
            title = _("Check-in %(number)s sent", number=one.number)
            events.append(CaseEvent(one.submitted_at, title, _("Participant"), record=record))
        if one.decided_at is not None:
            words = STATE_WORDS["check-in"][one.state]
            title = _("Check-in %(number)s: %(state)s", number=one.number, state=words)
            tone = {"accepted": "good", "excused": "good"}.get(one.state, "attention")
            events.append(CaseEvent(one.decided_at, title, _staff(one.decided_by, names), tone=tone, record=record))
        if one.state == "missed":
            title = _("Check-in %(number)s missed", number=one.number)
            events.append(CaseEvent(one.grace_until, title, _("Portal"), tone="problem", record=record))
    return events


def violation_events(rows: Sequence[PossibleViolation], names: Names) -> list[CaseEvent]:
    """What was noted and decided; the participant's own words are on the page of those who decide."""
    events = []
    for row in rows:
        record = ("violation", row.id)
        kind = KIND_OF_VIOLATION[row.kind]
        noted, by = _("Possible violation noted"), _staff(row.opened_by, names) if row.opened_by else _("Portal")
        events.append(CaseEvent(row.opened_at, noted, str(by), str(kind), "attention", record=record))
        if row.statement_at is not None:
            events.append(CaseEvent(row.statement_at, _("Own side said"), _("Participant"), str(kind), record=record))
        if row.decided_at is not None:
            title = _("Possible violation: %(state)s", state=STATE_WORDS["possible violation"][row.state])
            tone = {"excused": "good", "returned": "problem"}.get(row.state, "")
            events.append(
                CaseEvent(row.decided_at, title, _staff(row.decided_by, names), row.reason, tone, record=record)
            )
        if row.response_kept is not None and row.response_kept_at is not None:
            told, tone = STEP_WORDS[row.response_kept]
            title, by = _("Agreed step: %(state)s", state=told), _staff(row.response_kept_by, names)
            events.append(CaseEvent(row.response_kept_at, title, by, row.response_note or "", tone, record=record))
        if row.court_told_at is not None and row.court_told_how:
            events.append(CaseEvent(row.court_told_at, _("Court told"), "", row.court_told_how, record=record))
    return events


def change_events(changes: Sequence[ProgramChange], names: Names) -> list[CaseEvent]:
    """More check-ins and early ends, with the order behind them."""
    titles = {"extended": _("Check-ins added"), "ended_early": _("Check-ins ended by order")}
    events = []
    for change in changes:
        order = (
            _("Order of %(day)s, %(name)s.", day=show_date(change.ordered_on), name=change.ordered_by)
            if change.ordered_on
            else ""
        )
        events.append(
            CaseEvent(
                change.at, str(titles[change.kind]), _staff(change.actor_id, names), f"{change.reason} {order}".strip()
            )
        )
    return events


def termination_events(rows: Sequence[Termination], names: Names) -> list[CaseEvent]:
    """Each step of a proposal to end the program; the person's own answer is on its page."""
    events = []
    for row in rows:
        record = ("termination", row.id)
        proposed = _("End of the program proposed")
        events.append(
            CaseEvent(
                row.proposed_at, proposed, _staff(row.proposed_by, names), row.reasons, "attention", record=record
            )
        )
        if row.approved_at is not None:
            events.append(
                CaseEvent(row.approved_at, _("Proposal approved"), _staff(row.approved_by, names), record=record)
            )
        if row.noticed_at is not None:
            until = _("Can answer until %(day)s", day=show_date(row.respond_by))
            events.append(
                CaseEvent(row.noticed_at, _("Participant told of the proposal"), _("Portal"), until, record=record)
            )
        if row.response_at is not None:
            events.append(CaseEvent(row.response_at, _("Proposal answered"), _("Participant"), record=record))
        if row.decided_at is not None:
            words = str(STATE_WORDS["termination"][row.state])
            tone = "problem" if row.state == "terminated" else ""
            events.append(
                CaseEvent(row.decided_at, words, _staff(row.decided_by, names), row.decision, tone, record=record)
            )
    return events


def report_events(reports: Sequence[Report], names: Names) -> list[CaseEvent]:
    events = []
    for report in reports:
        record = ("report", report.id)
        kind = KIND_WORDS.get(report.kind, report.kind)
        title = _("%(report)s requested", report=kind)
        who = _staff(report.requested_by, names) if report.requested_by_kind == "staff" else _("Portal")
        events.append(CaseEvent(report.requested_at, title, who, report.number, record=record))
        if report.ready_at is not None:
            title = _("%(report)s ready", report=kind)
            events.append(CaseEvent(report.ready_at, title, _("Portal"), report.number, "good", record=record))
    return events


def dispute_events(rows: Sequence[Dispute], names: Names) -> list[CaseEvent]:
    """That the participant said that a record is not right, and the answer; the reason is on the page of those who
    answer."""
    events = []
    for row in rows:
        kind = Fact(row.fact)
        record, fact = ("dispute", row.id), str(PARTICULAR.get((kind, row.subject), FACT_WORDS[kind]))
        title, who = _("Record disputed"), _("Participant")
        events.append(CaseEvent(row.raised_at, title, who, fact, "attention", record=record))
        if row.answered_at is not None:
            title = _("Disputed record: %(state)s", state=STATE_WORDS["dispute"][row.state])
            events.append(CaseEvent(row.answered_at, title, _staff(row.answered_by, names), row.answer, record=record))
        if row.withdrawn_at is not None:
            events.append(CaseEvent(row.withdrawn_at, _("Dispute taken back"), who, fact, record=record))
    return events


def transfer_events(rows: Sequence[Transfer], names: Names) -> list[CaseEvent]:
    """That it was asked whether the case moves to another court, and what came of it; or that it came from one."""
    events = []
    for row in rows:
        if row.direction == "in":
            title = _("Came from another court: %(court)s", court=row.carried.get("court", ""))
            events.append(CaseEvent(row.ended_at or row.asked_at, title, _("Portal"), record=("came", row.id)))
            continue
        record, who = ("transfer", row.id), _staff(row.asked_by, names)
        events.append(
            CaseEvent(row.asked_at, _("Asked that the case moves to another court"), who, row.reason, record=record)
        )
        if row.agreed_at is not None:
            title = _("Agreed that the case moves to another court")
            events.append(CaseEvent(row.agreed_at, title, _("Participant"), record=record))
        if row.ended_at is not None:
            events.append(CaseEvent(row.ended_at, str(OUT_WORDS[row.state][0]), _("Portal"), row.answer, record=record))
    return events


def mark_events(rows: Sequence[AttentionMark], names: Names) -> list[CaseEvent]:
    """What somebody put aside from the list of the day, and took back."""
    events = []
    for row in rows:
        kind = str(RULES[row.kind].label) if row.kind in RULES else ""
        until = show_date(row.until) if row.until else ""
        title = _("Put aside until %(day)s", day=until) if until else _("Put aside as done")
        text = f"{kind}. {row.reason}".strip(". ")
        events.append(CaseEvent(row.at, title, _staff(row.by, names), text))
        if row.ended_at is not None:
            events.append(CaseEvent(row.ended_at, _("Put aside no longer"), _staff(row.ended_by, names), kind))
    return events


def hearing_events(rows: Sequence[Hearing], corrections: Sequence[HearingCorrection], names: Names) -> list[CaseEvent]:
    """What was recorded of hearings, and what was corrected in such records."""
    events = []
    for row in rows:
        if row.recorded_at is not None:
            title = _("Hearing of %(day)s: %(outcome)s", day=show_date(row.on_date), outcome=OUTCOME_WORDS[row.outcome])
            tone = HEARING_TONES.get(row.outcome, "")
            events.append(
                CaseEvent(
                    row.recorded_at,
                    title,
                    _staff(row.recorded_by, names),
                    row.orders or "",
                    tone,
                    record=("hearing", row.id),
                )
            )
    standing = {row.id for row in rows}
    for made in corrections:
        record = ("hearing", made.hearing_id) if made.hearing_id in standing else None
        day, outcome = date.fromisoformat(made.old["on_date"]), OUTCOME_WORDS[made.old["outcome"]]
        words = _("Record corrected: hearing of %(day)s") if made.new else _("Record struck out: hearing of %(day)s")
        before = _("It said: %(outcome)s.", outcome=outcome)
        said = f"{made.reason} {before} {made.old['orders']}".strip()
        events.append(
            CaseEvent(made.at, words % {"day": show_date(day)}, _staff(made.actor_id, names), said, record=record)
        )
    return events


def message_events(rows: Sequence[CaseMessage], names: Names) -> list[CaseEvent]:
    """That somebody wrote; the words stand in the thread alone."""
    return [
        CaseEvent(
            row.at,
            _("Message from the participant") if row.author_id is None else _("Message to the participant"),
            _("Participant") if row.author_id is None else _staff(row.author_id, names),
            record=("messages", row.id),
        )
        for row in rows
    ]


def note_events(notes: Sequence[CaseNote], names: Names) -> list[CaseEvent]:
    events = []
    for note in notes:
        record = ("note", note.id)
        title = _("Note, shown to the participant") if note.shared else _("Private note")
        standing = note.text if note.struck_at is None else ""
        events.append(CaseEvent(note.at, title, names.get(note.author_id, ""), standing, record=record))
        if note.struck_at is not None:
            words = note.struck_reason or ""
            events.append(
                CaseEvent(note.struck_at, _("Note struck out"), _staff(note.struck_by, names), words, record=record)
            )
    return events


def _staff(member: UUID | None, names: Names) -> str:
    return names.get(member, _("Participant")) if member is not None else str(_("Portal"))
