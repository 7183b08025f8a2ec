"""The judge's calendar as a page: everything that it shows, put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from markupsafe import Markup

from app.accountability.terminating.forms import VerdictForm
from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import can_be_decided, deciders
from app.caseload.bench.forms import GoOnForm, apart
from app.caseload.bench.lookups import Returned, Seat, newest_cards, returned_cases, who_is_heard
from app.caseload.bench.rules import next_court_days, only_a_judge_answers
from app.caseload.bench.services import note_looking
from app.caseload.bench.since import changes_since
from app.caseload.changes import Changes, words_of
from app.caseload.lookups import CourtDay, cases_with, facts_in
from app.caseload.rows import RowMaker, ShownCase
from app.cases.hearings.rules import OUTCOME_WORDS
from app.cases.lookups import names_of
from app.cases.models import Enrollment
from app.cases.rules import STATE_WORDS
from app.core import clock
from app.payments.deciding.forms import DecisionForm, decision_form
from app.payments.deciding.lookups import Pile, requests_in
from app.payments.deciding.rules import open_answers, who_decides
from app.payments.models import Waiver
from app.payments.waiving.rules import ASKED_WORDS
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.html import render_page
from app.reports.jobs import translate
from app.reports.models import Report
from app.reports.snapshot import Snapshot
from tenants.closed_days import ClosedDays
from tenants.program import ProgramDocument
from tenants.rules import documents_of, rules_in_force

# Reasons: that somebody is heard is what the calendar is about; messages are for who works on a case.
NOT_FOR_A_JUDGE = frozenset({"hearing", "message"})


@dataclass(frozen=True)
class ShownSeat:
    """A hearing: who, the facts as they stand now, and the newest bench card as it was issued."""

    seat: Seat
    row: ShownCase
    card: Markup
    changes: list[str]
    card_number: str
    card_at: datetime | None

    @property
    def at(self) -> time | None:
        return self.seat.at

    @property
    def outcome(self) -> str:
        """What came of the hearing, in words; empty while nothing is recorded."""
        return str(OUTCOME_WORDS[self.seat.outcome]) if self.seat.outcome else ""


@dataclass(frozen=True)
class ShownReturn:
    """A case that is back with the court. `verdict` and `go_on`: the forms of what this reader may decide now."""

    found: Returned
    name: str
    numbers: str
    stage: str
    returned_by: str
    proposed_by: str
    verdict: VerdictForm | None
    go_on: GoOnForm | None
    too_early: bool

    @property
    def proposal(self) -> Termination | None:
        return self.found.proposal


@dataclass(frozen=True)
class ShownWaiver:
    """A request that waits; `form`: the answer of this reader, None where the request has to be read whole first."""

    waiver: Waiver
    name: str
    owed_cents: int
    asked: str
    days: int
    who: str
    form: DecisionForm | None


@dataclass(frozen=True)
class CalendarPage:
    """`ahead`: the next court days with how many are heard. `others_waiting`: waivers that a clerk may answer too."""

    day: date
    today: date
    seats: list[ShownSeat]
    ahead: list[tuple[date, int]]
    returned: list[ShownReturn]
    waivers: list[ShownWaiver]
    others_waiting: int


def calendar_page(identity: Identity, day: date, maker: RowMaker, *, region: str) -> CalendarPage:
    """The calendar of a court-local day for `identity`. At most twelve statements with those of every page.

    Raises NotFound for those who see no case.
    """
    today = maker.day.today
    newest, in_force = rules_in_force()
    ahead = next_court_days(today, ClosedDays(in_force.holidays, region))
    heard = who_is_heard(identity, sorted({day, *ahead}))
    returned = returned_cases(identity)
    requests, _more = requests_in(identity, Pile.WAITING)
    pinned = {one.enrollment.rules_id for one in returned} | {enrollment.rules_id for _w, enrollment in requests}
    documents = {newest.id: in_force}
    if earlier := {rules_id for rules_id in pinned if rules_id not in (None, newest.id)}:
        documents |= documents_of({rules_id for rules_id in earlier if rules_id is not None})
    seats = heard[day]
    people = [
        *(seat.enrollment_id for seat in seats),
        *(one.enrollment.id for one in returned),
        *(enrollment.id for _w, enrollment in requests),
    ]
    known = cases_with(people, maker.day)
    rows = {UUID(row.id): row for row in maker.rows(known, {one[0]: NOT_FOR_A_JUDGE for one in known})}
    owed = {UUID(one[0]): facts_in(one[-1])["balance_cents"] or 0 for one in known}
    cards = newest_cards([seat.enrollment_id for seat in seats]) if seats else {}
    heard_before = {seat.enrollment_id: seat.last_on for seat in seats if seat.last_on is not None}
    changes = changes_since(heard_before, maker.day.time_zone)
    names = names_of({by for one in returned for by in (one.by, one.proposal.proposed_by if one.proposal else None)})
    note_looking(
        [(seat.enrollment_id, seat.referral_id) for seat in seats],
        [(one.proposal.id, one.enrollment.referral_id) for one in returned if one.proposal],
        actor=identity,
    )
    mine = [
        (waiver, enrollment, document)
        for waiver, enrollment in requests
        if (document := _pinned(enrollment, documents)) is not None
        and only_a_judge_answers(document.waivers, waiver.asked_for)
    ]
    return CalendarPage(
        day=day,
        today=today,
        seats=[
            _seat(
                seat,
                rows[seat.enrollment_id],
                cards.get(seat.enrollment_id),
                words_of(changes.get(seat.enrollment_id, Changes()), money=maker.money),
            )
            for seat in seats
        ],
        ahead=[(one, len(heard[one])) for one in ahead],
        returned=[_return(one, rows[one.enrollment.id], names, documents, identity, today) for one in returned],
        waivers=[
            _waiver(waiver, rows[enrollment.id], owed[enrollment.id], document, identity, maker.day)
            for waiver, enrollment, document in mine
        ],
        others_waiting=len(requests) - len(mine),
    )


def _seat(seat: Seat, row: ShownCase, card: Report | None, changes: list[str]) -> ShownSeat:
    if card is None:
        return ShownSeat(seat, row, Markup(), changes, "", None)
    page = render_page(Snapshot.model_validate(card.snapshot), translate, heading="h2")
    # The report's own templates have escaped everything that a person typed.
    return ShownSeat(seat, row, Markup(page), changes, card.number, card.requested_at)  # noqa: S704 - see above


def _return(
    one: Returned,
    row: ShownCase,
    names: dict[UUID, str],
    documents: dict[UUID, ProgramDocument],
    identity: Identity,
    today: date,
) -> ShownReturn:
    proposal, enrollment = one.proposal, one.enrollment
    document = _pinned(enrollment, documents)
    decides = (
        proposal is not None
        and document is not None
        and may(identity, Permission.TERMINATION_DECIDE)
        and identity.as_role in deciders(document.people.decides_termination)
        and proposal.proposed_by != identity.id
        and proposal.respond_by is not None
    )
    ready = decides and _is_ready(proposal, today)
    held_from = enrollment.held_from or ""
    return ShownReturn(
        found=one,
        name=row.name,
        numbers=row.numbers,
        stage=str(STATE_WORDS["enrollment"].get(held_from, "")),
        returned_by=names.get(one.by, "") if one.by else "",
        proposed_by=names.get(proposal.proposed_by, "") if proposal else "",
        verdict=apart(VerdictForm(formdata=None), proposal.id) if ready and proposal else None,
        go_on=apart(GoOnForm(formdata=None), enrollment.id) if may(identity, Permission.RETURN_DECIDE) else None,
        too_early=decides and not ready,
    )


def _is_ready(proposal: Termination | None, today: date) -> bool:
    if proposal is None or proposal.respond_by is None:
        return False
    return can_be_decided(respond_by=proposal.respond_by, responded=proposal.response_at is not None, today=today)


def _pinned(enrollment: Enrollment, documents: dict[UUID, ProgramDocument]) -> ProgramDocument | None:
    return documents.get(enrollment.rules_id) if enrollment.rules_id else None


def _waiver(
    waiver: Waiver, row: ShownCase, owed_cents: int, document: ProgramDocument, identity: Identity, day: CourtDay
) -> ShownWaiver:
    since = waiver.asked_again_at or waiver.submitted_at
    # One that came back is read whole first: what was answered before, and by whom, decides who may answer now.
    answers = open_answers(identity.as_role, document, waiver.asked_for) if waiver.asked_again_at is None else ()
    form = None
    if answers and may(identity, Permission.WAIVER_DECIDE):
        form = apart(decision_form(answers, {}, row_version=waiver.row_version), waiver.id)
    return ShownWaiver(
        waiver=waiver,
        name=row.name,
        owed_cents=owed_cents,
        asked=str(ASKED_WORDS[waiver.asked_for]),
        days=(day.today - clock.local(since, day.time_zone).date()).days,
        who=str(who_decides(document.waivers)),
        form=form,
    )
