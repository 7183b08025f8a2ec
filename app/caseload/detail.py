"""One case as a page: who, what was ordered, what is done and missing, and everything that happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.accountability.changing.services import CAN_BE_EXTENDED
from app.accountability.lookups import running_time, state_of
from app.accountability.models import CheckIn
from app.accountability.services import check_ins_by_rule
from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import OPEN
from app.accountability.terminating.words import TONES as TERMINATION_TONES
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.opening import CAN_BE_NOTED
from app.accountability.violations.words import KIND_WORDS as KIND_OF_VIOLATION
from app.accountability.violations.words import TONES as VIOLATION_TONES
from app.accountability.violations.words import state_words
from app.accountability.words import TONES
from app.accounts.models import Cover, Membership
from app.caseload import timeline
from app.caseload.attention.models import AttentionMark
from app.caseload.gathered import gather
from app.caseload.history import history_of, people_in
from app.caseload.lookups import case_facts, facts_in
from app.caseload.rows import RowMaker, ShownCase
from app.cases.case_history import CaseEvent
from app.cases.lookups import names_of
from app.cases.messages.models import CaseMessage
from app.cases.models import CaseNote, Enrollment, Hearing
from app.cases.moving.rules import Standing, Window
from app.cases.rules import ENROLLMENT_MOVES, FINAL_STATES, STATE_WORDS
from app.cases.working import Worker, works_on
from app.core import clock
from app.core.errors import NotFound
from app.core.gathering import Gathered
from app.core.i18n import current_language, ngettext
from app.core.i18n import gettext as _
from app.curriculum.lookups import content_of, version_number
from app.curriculum.models import CurriculumModule
from app.learning.accommodations.models import Accommodation
from app.learning.accommodations.rules import honored
from app.learning.models import Commitment, ModuleProgress
from app.notices.models import Notice
from app.payments.counter.lookups import CaseMoney, case_money_in, people_of_money
from app.permissions.identity import Identity, Role
from app.permissions.permissions import Permission, may
from app.reports.lookups import kinds_readable_by
from app.reports.models import Report
from app.reports.words import KIND_WORDS
from app.reports.words import STATE_WORDS as REPORT_WORDS
from app.transfers.models import Transfer
from app.web.links import link
from app.web.routing import access_of
from app.web.templating import show_date
from tenants.models import ProgramRules
from tenants.program import ProgramDocument
from tenants.rules import rules_in_force


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
    minutes: int | None = None  # of a module: the time that counts
    sent: datetime | None = None  # of a check-in
    clock: str = ""  # of a possible violation: how long it has waited, or how long the decision took


@dataclass(frozen=True)
class ShownReport:
    title: str
    number: str
    state: str
    requested_at: datetime
    url: str | None


@dataclass(frozen=True)
class CasePage:
    """What the case page shows. What a reader may not see is None or empty."""

    enrollment: Enrollment
    row: ShownCase
    mail_lost: bool  # the last mail did not arrive
    facts: dict[str, Any]  # by the names of `facts_in`
    people: list[tuple[str, str]]  # what somebody is in this case, and the name
    until: date | None  # the last day on which the reader stands in for the officer; None for everybody else
    hearings: Sequence[Hearing]
    document: ProgramDocument
    modules: list[ShownState]
    commitments: Sequence[Commitment]
    check_ins: list[ShownState]
    violations: list[ShownState]
    money: CaseMoney | None
    notes: Sequence[CaseNote] | None
    unread: int | None  # messages of the participant; None for who does not read them
    names: Mapping[UUID, str]
    reports: list[ShownReport]
    events: list[CaseEvent]
    order_url: str | None
    request_url: str | None
    accommodation: list[str]  # what it changes, never why
    terminations: list[ShownState]
    came_from: str  # the court from which the case came; empty for one that began here
    actions: list[tuple[str, str]]  # what the reader can do with the case now: words and address

    @property
    def check_ins_planned(self) -> int:
        return self.facts["check_ins_planned"] or check_ins_by_rule(self.document.accountability)


def case_page(identity: Identity, enrollment: Enrollment, maker: RowMaker) -> CasePage:
    """The page of a case that was loaded for `identity`. Raises NotFound."""
    facts = case_facts(maker.day, enrollment.id)
    if facts is None:
        raise NotFound
    found, works = gathered_for(identity, enrollment)
    modules, terminations = found.of(ModuleProgress), found.of(Termination)
    names, newest, titles = _words(enrollment, found)
    reports = [one for one in found.of(Report) if one.kind in kinds_readable_by(identity)]
    notes = found.of(CaseNote) if works and may(identity, Permission.NOTE_READ) else None
    writes = works and may(identity, Permission.MESSAGE_WRITE)
    unread = sum(one.author_id is None and one.read_at is None for one in found.of(CaseMessage))
    waiting = any(one.state in OPEN for one in terminations)
    return CasePage(
        enrollment=enrollment,
        row=maker.row(facts),
        mail_lost=any(one.state == "failed" or one.bounced_at is not None for one in found.of(Notice)),
        facts=facts_in(facts[-1]),
        people=_people(enrollment, found, names),
        until=max((one.last_day for one in _covers(found) if one.cover_id == identity.id), default=None),
        hearings=found.of(Hearing),
        document=_document(found),
        modules=[_module(module, titles, newest) for module in modules],
        commitments=found.of(Commitment),
        check_ins=[_check_in(one, running_time(enrollment)) for one in found.of(CheckIn)],
        violations=[_violation(one) for one in reversed(found.of(PossibleViolation))],
        money=case_money_in(found, names) if may(identity, Permission.CASE_MONEY_READ) else None,
        notes=notes,
        unread=unread if writes else None,
        names=names,
        reports=[_report(report) for report in reports],
        events=history_of(
            identity, enrollment, found, names=names, titles=titles, readable=kinds_readable_by(identity)
        ),
        order_url=_order_url(identity, enrollment),
        request_url=_request_url(identity, enrollment),
        accommodation=_accommodation(found) if may(identity, Permission.CASE_TIME_READ) else [],
        terminations=[_termination(one) for one in reversed(terminations)],
        came_from=next((one.carried.get("court", "") for one in found.of(Transfer) if one.direction == "in"), ""),
        actions=_actions(identity, enrollment, waiting=waiting, writes=writes),
    )


def case_events(identity: Identity, enrollment: Enrollment) -> list[CaseEvent]:
    """Everything that happened in a case that was loaded for `identity`, the newest first."""
    found, _works = gathered_for(identity, enrollment)
    names, _newest, titles = _words(enrollment, found)
    readable = kinds_readable_by(identity)
    return history_of(identity, enrollment, found, names=names, titles=titles, readable=readable)


def gathered_for(identity: Identity, enrollment: Enrollment) -> tuple[Gathered, bool]:
    """What `identity` may see of a case, and whether they work on it."""
    role, sees_money = identity.as_role, may(identity, Permission.CASE_MONEY_READ)
    # Officers and supervisors work on what they see; of others the one to whom it is assigned decides.
    sure = works_on(role, identity.id, _UNKNOWN)
    found = gather(enrollment, money=sees_money, work=sure or role in (Role.CLERK, Role.ADMINISTRATOR))
    works = sure or works_on(role, identity.id, _assigned(enrollment, found))
    return (found if works else found.without(CaseNote, CaseMessage, Commitment, AttentionMark)), works


def _assigned(enrollment: Enrollment, found: Gathered) -> Worker | None:
    members = (one for one in found.of(Membership) if one.id == enrollment.officer_id)
    return next((Worker(one.id, Role(one.role), one.display_name) for one in members), None)


_UNKNOWN = Worker(UUID(int=0), Role.OFFICER, "")


def _words(enrollment: Enrollment, found: Gathered) -> tuple[Mapping[UUID, str], Mapping[str, UUID], Mapping[str, str]]:
    """Names of staff by id; by slug, the version of each module that who begins now is given, and titles."""
    people = {enrollment.officer_id, enrollment.referral.referred_by, *(one.id for one in found.of(Membership))}
    names = names_of(people | people_in(found) | people_of_money(found))
    modules = found.of(CurriculumModule)
    newest = {one.slug: one.current_version_id for one in modules if one.current_version_id is not None}
    return names, newest, module_titles(found.of(ModuleProgress), newest)


def _document(found: Gathered) -> ProgramDocument:
    pinned = found.of(ProgramRules)
    return ProgramDocument.model_validate(pinned[0].document) if pinned else rules_in_force()[1]


def _accommodation(found: Gathered) -> list[str]:
    return honored((one.granted, one.times, one.terms) for one in found.of(Accommodation)).words()


def _covers(found: Gathered) -> list[Cover]:
    """Those by which somebody stands in for the officer now."""
    now = clock.now()
    return [one for one in found.of(Cover) if Window(one.starts_at, one.ends_at).standing(now) is Standing.NOW]


def _people(enrollment: Enrollment, found: Gathered, names: Mapping[UUID, str]) -> list[tuple[str, str]]:
    """Who has to do with the case. Facilitators under their work names."""
    officer = names.get(enrollment.officer_id, "") if enrollment.officer_id else ""
    people = [(_("Officer"), officer or _("Nobody yet"))]
    people += [
        (_("Stands in until %(day)s", day=show_date(one.last_day)), names[one.cover_id]) for one in _covers(found)
    ]
    readers = {names[one.id] for one in found.of(Membership) if one.role == Role.FACILITATOR}
    if readers:
        people.append((_("Facilitator"), ", ".join(sorted(readers))))
    counsel = [one.counsel for one in found.of(Termination) if one.counsel]
    if counsel:
        people.append((_("Lawyer, as written when the end was proposed"), counsel[-1]))
    people.append((_("Referred by"), names.get(enrollment.referral.referred_by, "")))
    return [(str(label), str(name)) for label, name in people]


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
    return ShownState(
        title=titles[module.slug],
        label=str(label),
        tone=tone,
        id=module.id,
        due=module.passed_at,
        version=version,
        minutes=module.counted_seconds // 60,
    )


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
        sent=one.submitted_at,
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
        clock=_clock(one),
    )


def _clock(one: PossibleViolation) -> str:
    """How long it has waited, or how long it took until somebody decided: in whole days."""
    if one.decided_at is not None:
        days = (one.decided_at - one.opened_at).days
        return str(ngettext("Decided within %(num)s day", "Decided within %(num)s days", max(days, 1)))
    days = (clock.now() - one.opened_at).days
    return str(ngettext("Open for %(num)s day", "Open for %(num)s days", days) if days else _("Noted today"))


def _report(report: Report) -> ShownReport:
    return ShownReport(
        title=str(KIND_WORDS.get(report.kind, report.kind)),
        number=report.number,
        state=str(REPORT_WORDS[report.state]),
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


def _actions(identity: Identity, enrollment: Enrollment, *, waiting: bool, writes: bool) -> list[tuple[str, str]]:
    """What can be done with a case as it stands, by somebody who may: each has a page of its own."""
    state, onward = enrollment.state, ENROLLMENT_MOVES.onward(enrollment.state)
    running, paused = state not in FINAL_STATES, state in ("on_hold", "returned_to_court")
    of_case, of_referral = {"enrollment_id": enrollment.id}, {"referral_id": enrollment.referral_id}
    known = (
        (running, _("Record a hearing"), "hearings.record", of_case),
        (writes and running, _("Write to the participant"), "case_messages.of_case", of_case),
        (state in CAN_BE_NOTED, _("Note a possible violation"), "violations.note_one", of_case),
        (state in CAN_BE_EXTENDED, _("Give more time"), "changing.extend", of_case),
        (running, _("Give to another officer"), "reassigning.reassign_one", of_case),
        (running, _("Change the conditions or the dates"), "cases.amend_referral", of_referral),
        ("on_hold" in onward, _("Put the case on hold"), "cases.hold_case", of_referral),
        (paused, _("Go on with the case"), "cases.resume_case", of_referral),
        (state == "accountability", _("End the check-ins by order"), "changing.end_early_by_order", of_case),
        ("returned_to_court" in onward, _("Return to the court"), "changing.return_case", of_case),
        (
            state == "returned_to_court" and not waiting,
            _("Propose to end the program"),
            "terminating.propose_one",
            of_case,
        ),
        (enrollment.rules_id is not None, _("See what is disputed"), "disputes.of_case", of_case),
        ("transferred" in onward, _("Move to another court"), "transfers.ask_transfer", of_referral),
        ("withdrawn" in onward, _("Withdraw the referral"), "cases.withdraw_case", of_referral),
    )
    return [
        (str(words), url)
        for possible, words, endpoint, ids in known
        if possible and (url := _open_to(identity, endpoint, ids))
    ]


def _open_to(identity: Identity, endpoint: str, ids: Mapping[str, UUID]) -> str | None:
    """The address of a page, for somebody who may open it."""
    access = access_of(endpoint)
    if access is None or access.permission is None or not may(identity, access.permission):
        return None
    return link(endpoint, **ids)
