"""Everything that happened in a case, from every package, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.accountability.changing.models import ProgramChange
from app.accountability.models import CheckIn
from app.accountability.terminating.models import Termination
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.steps.rules import STEP_WORDS
from app.accountability.violations.words import KIND_WORDS as KIND_OF_VIOLATION
from app.cases.case_history import CaseEvent
from app.cases.models import CaseNote
from app.cases.rules import STATE_WORDS
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import format_cents
from app.learning.models import ModuleProgress
from app.payments.deciding.rules import shown_reason
from app.payments.kinds import Meaning, is_void, meaning_of
from app.payments.models import Checkout, LedgerEntry, Waiver
from app.payments.reviewing.models import ReviewResolution
from app.payments.reviewing.rules import OUTCOME_DONE, Outcome
from app.reports.models import Report
from app.reports.words import KIND_WORDS
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
REPORT_STATES: dict[str, LazyString] = {
    "requested": _l("Requested"),
    "rendering": _l("Being made"),
    "ready": _l("Ready"),
    "delivered": _l("Delivered"),
    "acknowledged": _l("Received by the court"),
    "failed": _l("Could not be made"),
    "superseded": _l("Replaced by a newer one"),
    "revoked": _l("Taken back"),
}
MODULE_STATES: dict[str, tuple[LazyString, str]] = {
    "waiting": (_l("Not started"), "neutral"),
    "in_progress": (_l("In progress"), "info"),
    "passed": (_l("Passed"), "good"),
    "attempts_exhausted": (_l("Out of tries: a facilitator helps"), "attention"),
    "exempted": (_l("Not needed"), "good"),
}
LATE = _l("Late, still open")
Names = Mapping[UUID, str]


def merged(*parts: Iterable[CaseEvent]) -> list[CaseEvent]:
    """All events, newest first; of those at one instant, the later one of its part comes first."""
    return sorted((event for part in parts for event in part), key=lambda event: event.at)[::-1]


def money_events(entries: Sequence[LedgerEntry], names: Names) -> list[CaseEvent]:
    """One event for each cause: the components of one fee, at one instant, are one line with their sum."""
    sums: dict[tuple[datetime, LazyString, UUID | None], int] = {}
    for entry in entries:
        key = (entry.at, _in_words(entry), entry.actor_id)
        sums[key] = sums.get(key, 0) + entry.amount_cents
    return [
        CaseEvent(at, str(words), _staff(by, names), format_cents(abs(cents)))
        for (at, words, by), cents in sums.items()
    ]


def _in_words(entry: LedgerEntry) -> LazyString:
    if is_void(entry.kind, entry.effect):
        return VOIDED
    if entry.kind != "adjusted":
        return LEDGER_WORDS[entry.kind]
    return ADJUSTED_WORDS.get(meaning_of(entry)) or (LOWERED if entry.amount_cents < 0 else RAISED)


def review_events(resolutions: Iterable[tuple[ReviewResolution, Checkout]], names: Names) -> list[CaseEvent]:
    """What somebody decided about a card payment that did not fit, and why."""
    return [
        CaseEvent(
            made.at,
            _("Payment that did not fit: %(outcome)s", outcome=str(OUTCOME_DONE[Outcome(made.outcome)]).lower()),
            _staff(made.resolved_by, names),
            made.reason,
        )
        for made, _checkout in resolutions
    ]


def waiver_events(waivers: Sequence[Waiver], names: Names) -> list[CaseEvent]:
    events = []
    for waiver in waivers:
        events.append(CaseEvent(waiver.submitted_at, _("Fee waiver asked for"), _("Participant")))
        if waiver.decided_at is not None:
            title = _("Fee waiver: %(state)s", state=STATE_WORDS["waiver"][waiver.state])
            reason = " ".join(shown_reason(waiver.reason)).strip()
            events.append(CaseEvent(waiver.decided_at, title, _staff(waiver.decided_by, names), reason))
    return events


def module_events(modules: Sequence[ModuleProgress], titles: Mapping[str, str]) -> list[CaseEvent]:
    events = []
    for module in modules:
        title = titles[module.slug]
        if module.started_at is not None:
            events.append(CaseEvent(module.started_at, _("Module begun"), _("Participant"), title))
        if module.passed_at is not None:
            events.append(CaseEvent(module.passed_at, _("Module passed"), _("Participant"), title, "good"))
    return events


def check_in_events(check_ins: Sequence[CheckIn], names: Names) -> list[CaseEvent]:
    events = []
    for one in check_ins:
        if one.submitted_at is not None:
            title = _("Check-in %(number)s sent", number=one.number)
            events.append(CaseEvent(one.submitted_at, title, _("Participant")))
        if one.decided_at is not None:
            words = STATE_WORDS["check-in"][one.state]
            title = _("Check-in %(number)s: %(state)s", number=one.number, state=words)
            tone = {"accepted": "good", "excused": "good"}.get(one.state, "attention")
            events.append(CaseEvent(one.decided_at, title, _staff(one.decided_by, names), tone=tone))
        if one.state == "missed":
            title = _("Check-in %(number)s missed", number=one.number)
            events.append(CaseEvent(one.grace_until, title, _("Portal"), tone="problem"))
    return events


def violation_events(rows: Sequence[PossibleViolation], names: Names) -> list[CaseEvent]:
    """What was noted and decided; the participant's own words are on the page of those who decide."""
    events = []
    for row in rows:
        kind = KIND_OF_VIOLATION[row.kind]
        noted, by = _("Possible violation noted"), _staff(row.opened_by, names) if row.opened_by else _("Portal")
        events.append(CaseEvent(row.opened_at, noted, str(by), str(kind), "attention"))
        if row.statement_at is not None:
            events.append(CaseEvent(row.statement_at, _("Own side said"), _("Participant"), str(kind)))
        if row.decided_at is not None:
            title = _("Possible violation: %(state)s", state=STATE_WORDS["possible violation"][row.state])
            tone = {"excused": "good", "returned": "problem"}.get(row.state, "")
            events.append(CaseEvent(row.decided_at, title, _staff(row.decided_by, names), row.reason, tone))
        if row.response_kept is not None and row.response_kept_at is not None:
            told, tone = STEP_WORDS[row.response_kept]
            title, by = _("Agreed step: %(state)s", state=told), _staff(row.response_kept_by, names)
            events.append(CaseEvent(row.response_kept_at, title, by, row.response_note or "", tone))
        if row.court_told_at is not None and row.court_told_how:
            events.append(CaseEvent(row.court_told_at, _("Court told"), "", row.court_told_how))
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
        proposed = _("End of the program proposed")
        events.append(CaseEvent(row.proposed_at, proposed, _staff(row.proposed_by, names), row.reasons, "attention"))
        if row.approved_at is not None:
            events.append(CaseEvent(row.approved_at, _("Proposal approved"), _staff(row.approved_by, names)))
        if row.noticed_at is not None:
            until = _("Can answer until %(day)s", day=show_date(row.respond_by))
            events.append(CaseEvent(row.noticed_at, _("Participant told of the proposal"), _("Portal"), until))
        if row.response_at is not None:
            events.append(CaseEvent(row.response_at, _("Proposal answered"), _("Participant")))
        if row.decided_at is not None:
            words = str(STATE_WORDS["termination"][row.state])
            tone = "problem" if row.state == "terminated" else ""
            events.append(CaseEvent(row.decided_at, words, _staff(row.decided_by, names), row.decision, tone))
    return events


def report_events(reports: Sequence[Report], names: Names) -> list[CaseEvent]:
    events = []
    for report in reports:
        kind = KIND_WORDS.get(report.kind, report.kind)
        title = _("%(report)s requested", report=kind)
        who = _staff(report.requested_by, names) if report.requested_by_kind == "staff" else _("Portal")
        events.append(CaseEvent(report.requested_at, title, who, report.number))
        if report.ready_at is not None:
            title = _("%(report)s ready", report=kind)
            events.append(CaseEvent(report.ready_at, title, _("Portal"), report.number, "good"))
    return events


def note_events(notes: Sequence[CaseNote], names: Names) -> list[CaseEvent]:
    return [
        CaseEvent(
            note.at,
            _("Note, shown to the participant") if note.shared else _("Note"),
            names.get(note.author_id, ""),
            note.text,
        )
        for note in notes
    ]


def _staff(member: UUID | None, names: Names) -> str:
    return names.get(member, _("Participant")) if member is not None else str(_("Portal"))
