"""The judge's calendar, and what is decided from it: each decision is shown with what follows before it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accountability.terminating.forms import VerdictForm
from app.accountability.terminating.lookups import get_termination_for
from app.accountability.terminating.rules import Verdict
from app.accountability.terminating.services import decide_termination, may_decide
from app.caseload.bench.calendar_page import calendar_page
from app.caseload.bench.following import after_go_on, after_verdict, after_waiver
from app.caseload.bench.forms import CardsForm, GoOnForm
from app.caseload.bench.lookups import Seat, get_returned_for, who_is_heard
from app.caseload.bench.services import let_go_on, make_cards
from app.caseload.lookups import CourtDay
from app.caseload.rows import RowMaker
from app.cases.lookups import case_numbers
from app.cases.models import Enrollment
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.money import format_cents
from app.payments.deciding.forms import DecisionForm, decision_form
from app.payments.deciding.rules import ANSWER_WORDS, DENIAL_REASONS, open_answers
from app.payments.deciding.services import decide_waiver
from app.payments.lookups import get_waiver_for
from app.payments.rules import WAIVER_PENDING
from app.permissions.permissions import Permission, may
from app.web.cookies import request_court
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import ANY_ID, about, link
from app.web.routing import Pages
from app.web.templating import court_time_zone, show_date
from tenants.database import transaction
from tenants.rules import rules_of

pages = Pages("bench", __name__)

NOT_SENT_ON = frozenset({"csrf_token", "submission_id", "confirmed"})


# --- The calendar ----------------------------------------------------------------------------------------------------


@pages.get("/calendar", permission=Permission.BENCH_READ)
def calendar() -> ResponseReturnValue:
    """Who is heard on a day (?day=2027-02-10, without it today), and what waits for the court's decision.

    ?show=cards: only the bench cards, all open, to be printed in order.
    """
    zone = court_time_zone()
    today = clock.today(zone)
    day = _day(request.args.get("day", ""), today)
    may_record = may(current_identity(), Permission.HEARING_RECORD)
    page = calendar_page(current_identity(), day, _row_maker(today, zone), region=_region())
    return render_template(
        "bench/cards.html" if request.args.get("show") == "cards" else "bench/calendar.html",
        page=page,
        before=day - timedelta(days=1) if day > date.min else day,
        after=day + timedelta(days=1) if day < date.max else day,
        case_url=lambda enrollment_id: link("caseload.case", enrollment_id=enrollment_id),
        open=[one for one in page.seats if not one.outcome] if may_record and day <= today else [],
        record_url_of=lambda seat: _record_url(seat, day, over=day <= today),
        cards_form=CardsForm(formdata=None, day=day.isoformat()),
    )


@pages.post("/calendar/cards", permission=Permission.BENCH_READ)
def have_cards_made() -> ResponseReturnValue:
    """Have the bench cards of a day made of what is true now."""
    identity, form = current_identity(), CardsForm()
    day = _day(form.day.data or "", clock.today(court_time_zone()))
    if form.validate_on_submit():
        with transaction():
            if form.claim("caseload.make_cards").first:
                made = make_cards([one.enrollment_id for one in who_is_heard(identity, [day])[day]], actor=identity)
                flash(
                    ngettext("%(num)s bench card is being made.", "%(num)s bench cards are being made.", made)
                    + " "
                    + _("It takes less than a minute. Then open this page again."),
                    "success",
                )
    return redirect(url_for("bench.calendar", day=day.isoformat()), 303)


def _record_url(seat: Seat, day: date, *, over: bool) -> str | None:
    """Where what came of a hearing is recorded, and back to this day; of a recorded one, its record."""
    if seat.outcome:
        return link("hearings.hearing", enrollment_id=seat.enrollment_id, hearing_id=seat.hearing_id)
    if not over or not may(current_identity(), Permission.HEARING_RECORD):
        return None
    back = {"hearing": seat.hearing_id, "from": "calendar", "day": day.isoformat()}
    return link("hearings.record", enrollment_id=seat.enrollment_id, **back)


def _row_maker(today: date, zone: str) -> RowMaker:
    cases = about("caseload.case", "enrollment_id").replace(str(ANY_ID), "{}")
    return RowMaker(CourtDay(today, zone), cases, money=may(current_identity(), Permission.CASE_MONEY_READ))


def _region() -> str:
    court = request_court()
    return court.region if court is not None else ""


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


# --- Deciding --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deciding:
    """One decision: whose case, its form, the boxes that are shown again with a mistake, and what it does.

    `follows`: in sentences, what will happen once `form`, as it was sent, is confirmed.
    """

    title: str
    more: tuple[str, str | None]  # what to read before, and where
    enrollment: Enrollment
    form: PortalForm
    possible: bool
    boxes: Sequence[str]
    answers: Callable[[], list[tuple[str, str]]]
    follows: Callable[[], list[str]]
    act: Callable[[], object]
    done: str


def _decide(verb: str, load: Callable[[], Deciding]) -> ResponseReturnValue:
    """Ask, show what follows, act once. Nothing is done before it was confirmed."""
    one = load()
    if request.method == "POST" and one.form.validate_on_submit():
        if request.form.get("confirmed") != "1":
            return render_template(
                "bench/confirm.html", one=one, numbers=_numbers(one), kept=_kept(), answers=one.answers()
            )
        try:
            with transaction():
                if one.form.claim(verb).first:
                    one.act()
            flash(one.done, "success")
            return redirect(url_for("bench.calendar"), 303)
        except Refused as refused:
            form = one.form
            form.show(refused)
            one = load()  # what was loaded went with the rolled back try
            one = Deciding(**{**one.__dict__, "form": form})
    page = render_template("bench/decide.html", one=one, numbers=_numbers(one))
    return page, (422 if one.form.errors else 200)


def _numbers(one: Deciding) -> str:
    known = [number for number in case_numbers(one.enrollment.referral_id) if number]
    return ", ".join(known) or _("Case number pending")


def _kept() -> list[tuple[str, str]]:
    """What was sent, to be sent again with the confirmation; the submission id comes with the form."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_SENT_ON]


@pages.route("/calendar/terminations/<uuid:termination_id>", methods=["GET", "POST"], permission=Permission.BENCH_READ)
def decide_end(termination_id: UUID) -> ResponseReturnValue:
    """Whether a program ends: by the judge, where the pinned rules say so. Raises NotFound."""
    identity = current_identity()
    known, _enrollment = get_termination_for(identity, termination_id)
    form = VerdictForm.over(answered=bool(known.response))

    def load() -> Deciding:
        row, enrollment = get_termination_for(identity, termination_id)
        if not may_decide(identity, enrollment):
            raise NotFound
        return Deciding(
            title=_("End of the program"),
            more=(
                _("Read the proposal and the answer"),
                link("terminating.termination", termination_id=termination_id),
            ),
            enrollment=enrollment,
            form=form,
            possible=row.state == "noticed" and enrollment.state == "returned_to_court",
            boxes=("verdict", *(("considered",) if row.response_at else ()), "reason"),
            answers=lambda: [
                (_("Decision"), next(one.label for one in form.verdict.choices if one.value == form.verdict.data)),
                (_("Reason"), form.reason.data or ""),
            ],
            follows=lambda: after_verdict(Verdict(form.verdict.data)),
            act=lambda: decide_termination(
                termination_id,
                Verdict(form.verdict.data),
                reason=form.reason.data,
                considered=bool(form.considered.data),
                actor=identity,
            ),
            done=_("The decision is saved, and the participant is told."),
        )

    return _decide("accountability.verdict_termination", load)


@pages.route("/calendar/returned/<uuid:enrollment_id>", methods=["GET", "POST"], permission=Permission.BENCH_READ)
def decide_return(enrollment_id: UUID) -> ResponseReturnValue:
    """Let a program go on that is back with the court. Raises NotFound."""
    identity, form = current_identity(), GoOnForm()

    def load() -> Deciding:
        found = get_returned_for(identity, enrollment_id)
        return Deciding(
            title=_("The program goes on"),
            more=(_("Open the case"), link("caseload.case", enrollment_id=enrollment_id)),
            enrollment=found.enrollment,
            form=form,
            possible=found.enrollment.state == "returned_to_court",
            boxes=("reason",),
            answers=lambda: [(_("What the court ordered"), form.reason.data or "")],
            follows=lambda: after_go_on(found.enrollment.held_from or "", proposed=found.proposal is not None),
            act=lambda: let_go_on(enrollment_id, reason=form.reason.data, actor=identity),
            done=_("The program goes on."),
        )

    return _decide("caseload.let_go_on", load)


@pages.route("/calendar/waivers/<uuid:waiver_id>", methods=["GET", "POST"], permission=Permission.BENCH_READ)
def decide_request(waiver_id: UUID) -> ResponseReturnValue:
    """Answer a request for a waiver, as the court's rules let this reader. Raises NotFound."""
    identity = current_identity()

    def load() -> Deciding:
        waiver, enrollment = get_waiver_for(identity, waiver_id)
        if enrollment.rules_id is None:
            raise NotFound
        document = rules_of(enrollment.rules_id)
        form = decision_form(
            open_answers(identity.as_role, document, waiver.asked_for), {}, row_version=waiver.row_version
        )
        return Deciding(
            title=_("Request to waive the fee"),
            more=(_("Read the whole request"), link("deciding.waiver", waiver_id=waiver_id)),
            enrollment=enrollment,
            form=form,
            possible=waiver.state in WAIVER_PENDING,
            boxes=("outcome", "amount", "due_on", "reason", "explanation"),
            answers=lambda: _answers(form),
            follows=lambda: after_waiver(form.to_decision().outcome, document.waivers.reconsideration_days),
            act=lambda: decide_waiver(
                waiver_id, form.to_decision(), actor=identity, row_version=str(form.row_version.data)
            ),
            done=_("The decision is saved, and the participant is told."),
        )

    return _decide("payments.decide_waiver", load)


def _answers(form: DecisionForm) -> list[tuple[str, str]]:
    """What was chosen, of the boxes that belong to it."""
    chosen = form.to_decision()
    rows = [(_("Decision"), str(ANSWER_WORDS[chosen.outcome]))]
    if chosen.amount_cents:
        rows.append((_("Waived"), format_cents(chosen.amount_cents)))
    if chosen.due_on:
        rows.append((_("Last day"), show_date(chosen.due_on)))
    if chosen.reason:
        rows.append((_("Reason"), str(DENIAL_REASONS[chosen.reason])))
    if chosen.explanation:
        rows.append((_("Explanation"), chosen.explanation))
    return rows
