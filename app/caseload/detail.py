"""One case as a page: who, what was ordered, what is done and missing, and everything that happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accountability.changing.services import CAN_BE_EXTENDED, changes_of
from app.accountability.lookups import check_ins_of, running_time, state_of
from app.accountability.models import CheckIn
from app.accountability.services import check_ins_by_rule
from app.accountability.terminating.lookups import terminations_of
from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import OPEN
from app.accountability.terminating.words import TONES as TERMINATION_TONES
from app.accountability.violations.lookups import violations_of
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.opening import CAN_BE_NOTED
from app.accountability.violations.words import KIND_WORDS as KIND_OF_VIOLATION
from app.accountability.violations.words import TONES as VIOLATION_TONES
from app.accountability.violations.words import state_words
from app.accountability.words import TONES
from app.caseload import timeline
from app.caseload.lookups import case_facts, facts_in
from app.caseload.rows import RowMaker, ShownCase
from app.cases.amending import amendments
from app.cases.case_history import CaseEvent, case_history, officers_in
from app.cases.lookups import codes, hearings, history, names_of
from app.cases.mailroom.lookups import mail_does_not_arrive
from app.cases.models import CaseNote, Enrollment, Hearing
from app.cases.rules import ENROLLMENT_MOVES, STATE_WORDS
from app.core.errors import NotFound
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.curriculum.lookups import content_of, current_versions, version_number
from app.learning.accommodations.lookups import honored_for
from app.learning.models import ModuleProgress
from app.learning.overview import modules_of
from app.payments.overview import ledger_entries, waiver_history
from app.payments.reviewing.lookups import resolutions_of
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.lookups import kinds_readable_by, reports_of
from app.reports.models import Report
from app.reports.words import KIND_WORDS
from app.web.links import link
from tenants.database import session
from tenants.program import ProgramDocument
from tenants.rules import rules_in_force, rules_of


@dataclass(frozen=True)
class ShownState:
    """Something with a number or a title, and where it stands."""

    title: str
    label: str
    tone: str
    id: UUID
    due: date | datetime | None = None
    waits: bool = False
    can_be_excused: bool = False
    version: str = ""  # of a module that was begun: the one that the learner stays on


@dataclass(frozen=True)
class ShownReport:
    title: str
    number: str
    state: str
    requested_at: datetime
    url: str | None


@dataclass(frozen=True)
class CasePage:
    """What the case page shows. `money` and `notes` are None for those who may not see them."""

    enrollment: Enrollment
    row: ShownCase
    mail_lost: bool  # the last mail did not arrive
    facts: dict[str, Any]  # by the names of `facts_in`
    officer: str
    hearings: Sequence[Hearing]
    document: ProgramDocument
    modules: list[ShownState]
    check_ins: list[ShownState]
    violations: list[ShownState]
    money: bool
    notes: list[CaseEvent] | None
    reports: list[ShownReport]
    events: list[CaseEvent]
    order_url: str | None
    request_url: str | None
    accommodation: list[str]  # what it changes, never why
    terminations: list[ShownState]
    actions: list[tuple[str, str]]  # what the reader can do with a case that runs: words and address

    @property
    def check_ins_planned(self) -> int:
        return self.facts["check_ins_planned"] or check_ins_by_rule(self.document.accountability)


def case_page(identity: Identity, enrollment: Enrollment, maker: RowMaker) -> CasePage:
    """The page of a case that was loaded for `identity`. Raises NotFound."""
    facts = case_facts(identity, maker.day, enrollment.id)
    if facts is None:
        raise NotFound
    sees_money, sees_notes = may(identity, Permission.CASE_MONEY_READ), may(identity, Permission.NOTE_READ)
    modules, check_ins = modules_of(enrollment.id), check_ins_of(enrollment.id)
    violations, program_changes = violations_of(enrollment.id), changes_of(enrollment.id)
    entries = ledger_entries(enrollment.id) if sees_money else ()
    waivers = waiver_history(enrollment.id) if sees_money else ()
    resolutions = resolutions_of(enrollment.id) if sees_money else ()
    notes = _notes(enrollment.id) if sees_notes else ()
    reports = _reports(identity, enrollment.id) if may(identity, Permission.REPORT_READ) else ()
    terminations = terminations_of(enrollment.id)
    steps, all_codes = history(enrollment.id), codes(enrollment.referral_id)
    changes = amendments(enrollment.referral_id)
    names = names_of(
        {
            enrollment.officer_id,
            enrollment.referral.referred_by,
            *(step.actor_id for step in steps),
            *(change.actor_id for change in changes),
            *officers_in(changes),
            *(code.issued_by for code in all_codes),
            *(entry.actor_id for entry in entries),
            *(waiver.decided_by for waiver in waivers),
            *(made.resolved_by for made, _checkout in resolutions),
            *(check_in.decided_by for check_in in check_ins),
            *(change.actor_id for change in program_changes),
            *(by for one in terminations for by in (one.proposed_by, one.approved_by, one.decided_by)),
            *(
                by
                for violation in violations
                for by in (violation.opened_by, violation.decided_by, violation.response_kept_by)
            ),
            *(note.author_id for note in notes),
            *(report.requested_by for report in reports),
        }
    )
    newest = {slug: found.version_id for slug, found in current_versions().items()}
    titles = module_titles(modules, newest)
    events = timeline.merged(
        case_history(enrollment, steps, all_codes, changes, names),
        timeline.money_events(entries, names),
        timeline.waiver_events(waivers, names),
        timeline.review_events(resolutions, names),
        timeline.module_events(modules, titles),
        timeline.check_in_events(check_ins, names),
        timeline.violation_events(violations, names),
        timeline.change_events(program_changes, names),
        timeline.termination_events(terminations, names),
        timeline.report_events(reports, names),
        timeline.note_events(notes[::-1], names),
    )
    return CasePage(
        enrollment=enrollment,
        row=maker.row(facts),
        mail_lost=mail_does_not_arrive(enrollment.id),
        facts=facts_in(facts[-1]),
        officer=names.get(enrollment.officer_id, "") if enrollment.officer_id else "",
        hearings=hearings(enrollment.referral_id),
        document=rules_of(enrollment.rules_id) if enrollment.rules_id else rules_in_force()[1],
        modules=[_module(module, titles, newest) for module in modules],
        check_ins=[_check_in(one, running_time(enrollment)) for one in check_ins],
        violations=[_violation(one) for one in reversed(violations)],
        money=sees_money,
        notes=timeline.note_events(notes, names) if sees_notes else None,
        reports=[_report(report) for report in reports],
        events=events,
        order_url=_order_url(identity, enrollment),
        request_url=_request_url(identity, enrollment),
        accommodation=honored_for(enrollment.id).words() if may(identity, Permission.CASE_TIME_READ) else [],
        terminations=[_termination(one) for one in reversed(terminations)],
        actions=_actions(identity, enrollment, waiting=any(one.state in OPEN for one in terminations)),
    )


def _notes(enrollment_id: UUID) -> Sequence[CaseNote]:
    query = select(CaseNote).where(CaseNote.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(CaseNote.at.desc(), CaseNote.id.desc())).all()


def _reports(identity: Identity, enrollment_id: UUID) -> Sequence[Report]:
    return reports_of(enrollment_id, kinds_readable_by(identity))


def module_titles(modules: Sequence[ModuleProgress], newest: Mapping[str, UUID]) -> Mapping[str, str]:
    """Titles by slug in the reader's language, as the learner has them; the slug where nothing is published.

    `newest`: the version of each module that somebody who begins today is given.
    """
    titles = {}
    for module in modules:
        version = module.version_id or newest.get(module.slug)
        if version is None:
            titles[module.slug] = module.slug
            continue
        content = content_of(version)
        language = current_language() if current_language() in content.languages else content.languages[0]
        titles[module.slug] = content.title.words(language)
    return titles


def _module(module: ModuleProgress, titles: Mapping[str, str], newest: Mapping[str, UUID]) -> ShownState:
    label, tone = timeline.MODULE_STATES[module.state]
    version = _pinned(module.version_id, newest.get(module.slug))
    return ShownState(titles[module.slug], str(label), tone, module.id, module.passed_at, version=version)


def _pinned(version_id: UUID | None, newest: UUID | None) -> str:
    """Which version of a module somebody began, and whether those who begin today get another one."""
    if version_id is None:
        return ""
    if newest is None or newest == version_id:
        return str(version_number(version_id))
    number, other = version_number(version_id), version_number(newest)
    return str(_("%(number)s (people who begin now get %(other)s)", number=number, other=other))


def _check_in(one: CheckIn, now: datetime) -> ShownState:
    state = state_of(one, now)
    late = state == "open" and now >= one.closes_at
    return ShownState(
        title=str(one.number),
        label=str(timeline.LATE if late else STATE_WORDS["check-in"][state]),
        tone="attention" if late else TONES[state],
        id=one.id,
        due=one.due_on,
        waits=state == "submitted",
        can_be_excused=state in ("missed", "returned", "open"),
    )


def _violation(one: PossibleViolation) -> ShownState:
    return ShownState(
        title=str(KIND_OF_VIOLATION[one.kind]),
        label=state_words(one),
        tone=VIOLATION_TONES[one.state],
        id=one.id,
        due=one.event_on,
        waits=one.state == "open",
    )


def _report(report: Report) -> ShownReport:
    return ShownReport(
        title=str(KIND_WORDS.get(report.kind, report.kind)),
        number=report.number,
        state=str(timeline.REPORT_STATES[report.state]),
        requested_at=report.requested_at,
        url=link("reports.report", report_id=report.id),
    )


def _order_url(identity: Identity, enrollment: Enrollment) -> str | None:
    if enrollment.referral.order_file_id is None or not may(identity, Permission.ORDER_FILE_READ):
        return None
    return link("cases.order", referral_id=enrollment.referral_id)


def _request_url(identity: Identity, enrollment: Enrollment) -> str | None:
    if enrollment.rules_id is None or not may(identity, Permission.REPORT_REQUEST):
        return None
    return link("reports.request_report", enrollment_id=enrollment.id)


def _termination(one: Termination) -> ShownState:
    label = str(STATE_WORDS["termination"][one.state])
    return ShownState("", label, TERMINATION_TONES[one.state], one.id, one.proposed_at)


def _actions(identity: Identity, enrollment: Enrollment, *, waiting: bool) -> list[tuple[str, str]]:
    """What can be done with a case as it stands, by somebody who may."""
    state, onward = enrollment.state, ENROLLMENT_MOVES.onward(enrollment.state)
    known = (
        (Permission.VIOLATION_DECIDE, state in CAN_BE_NOTED, _("Note a possible violation"), "violations.note_one"),
        (Permission.CASE_EXTEND, state in CAN_BE_EXTENDED, _("Give more time"), "changing.extend"),
        (
            Permission.CASE_END_EARLY,
            state == "accountability",
            _("End the check-ins by order"),
            "changing.end_early_by_order",
        ),
        (
            Permission.TERMINATION_PROPOSE,
            state == "returned_to_court" and not waiting,
            _("Propose to end the program"),
            "terminating.propose_one",
        ),
        (Permission.DISPUTE_ANSWER, enrollment.rules_id is not None, _("See what is disputed"), "disputes.of_case"),
        (Permission.CASE_RETURN, "returned_to_court" in onward, _("Return to the court"), "changing.return_case"),
    )
    urls = (
        (str(words), link(endpoint, enrollment_id=enrollment.id))
        for permission, possible, words, endpoint in known
        if possible and may(identity, permission)
    )
    return [(words, url) for words, url in urls if url is not None]
