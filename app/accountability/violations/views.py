"""Pages of possible violations: the person's own, and those of the court's people who decide."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accountability.allowance import accountability_rules
from app.accountability.forms import statement_use
from app.accountability.lookups import check_ins_of
from app.accountability.terminating.lookups import open_terminations
from app.accountability.violations.deciding import (
    ViolationDecision,
    decide,
    note_court_told,
    note_reading,
    say_own_side,
)
from app.accountability.violations.forms import CourtToldForm, DecisionForm, NoteViolationForm, OwnSideForm
from app.accountability.violations.lookups import (
    ANSWERED,
    get_violation_for,
    open_violations,
    violation_numbers,
    violations_of,
)
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.opening import CAN_BE_NOTED, note_by_hand
from app.accountability.violations.rules import Outcome, ViolationKind, own_side_until
from app.accountability.violations.steps.forms import StepForm
from app.accountability.violations.steps.lookups import steps_to_see
from app.accountability.violations.steps.rules import AGREED, STEP_MOVES, STEP_WORDS, Kept
from app.accountability.violations.steps.services import say_whether_done
from app.accountability.violations.words import KIND_WORDS, NEXT, TOLD, TONES, concerned, state_words, told_how
from app.accountability.words import month_words, weekday_and_date
from app.cases.form_parts import given
from app.cases.lookups import get_enrollment_for, my_enrollment, names_of
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES, STATE_WORDS
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction

pages = Pages("violations", __name__)


# --- The person's own ------------------------------------------------------------------------------------------------


@pages.get("/possible-violations", permission=Permission.OWN_PROGRAM)
def mine() -> ResponseReturnValue:
    rows = violations_of(my_enrollment(current_identity()).id)
    return render_template("accountability/violations/mine.html", rows=[_shown(row) for row in reversed(rows)])


@pages.route("/possible-violations/<uuid:violation_id>", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def my_side(violation_id: UUID) -> ResponseReturnValue:
    row, enrollment = get_violation_for(current_identity(), violation_id)
    form = OwnSideForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("accountability.own_side").first:
                    say_own_side(violation_id, form.statement.data, actor=current_identity())
            flash(_("Thank you. Your side was sent."), "success")
            return redirect(url_for("violations.my_side", violation_id=violation_id))
        except Refused as refused:
            form.show(refused)
            row, enrollment = get_violation_for(current_identity(), violation_id)
    rules = accountability_rules(enrollment)
    until = own_side_until(_opened_on(row), rules.own_side_days)
    page = render_template(
        "accountability/violations/my_side.html",
        one=_shown(row),
        form=form,
        may_say=row.state == "open" and row.statement_at is None and enrollment.state not in FINAL_STATES,
        until=weekday_and_date(until) if clock.today(court_time_zone()) <= until else "",
        statement_use=statement_use(rules, current_language()),
        quoted=rules.quote_own_side,
    )
    return page, (422 if form.errors else 200)


# --- Those who decide ------------------------------------------------------------------------------------------------


@pages.get("/violations", permission=Permission.CASELOAD_READ)
def violations() -> ResponseReturnValue:
    """What waits to be decided, the oldest first, and the court's numbers."""
    identity, zone = current_identity(), court_time_zone()
    today = clock.today(zone)
    waiting = [
        {**_shown(row), "who": enrollment.referral.person.full_name, "days": (today - row.event_on).days}
        for row, enrollment in open_violations(identity)
    ]
    numbers = violation_numbers(identity, zone)
    return render_template(
        "accountability/violations/violations.html",
        rows=waiting,
        numbers=numbers,
        months={one.first_day: month_words(one.first_day) for one in numbers.months},
        today=today,
        steps=[
            {**_shown(row), "who": enrollment.referral.person.full_name}
            for row, enrollment in steps_to_see(identity, today)
        ],
        proposals=[
            (row, enrollment.referral.person.full_name, STATE_WORDS["termination"][row.state])
            for row, enrollment in open_terminations(identity)
        ],
    )


@pages.get("/cases/violations/<uuid:violation_id>", permission=Permission.CASE_READ)
def violation(violation_id: UUID) -> ResponseReturnValue:
    row, enrollment = get_violation_for(current_identity(), violation_id)
    note_reading(row, enrollment, actor=current_identity())
    return _page(row, enrollment, DecisionForm(formdata=None), CourtToldForm(formdata=None)), 200


@pages.post("/cases/violations/<uuid:violation_id>/decide", permission=Permission.VIOLATION_DECIDE)
def decide_one(violation_id: UUID) -> ResponseReturnValue:
    row, enrollment = get_violation_for(current_identity(), violation_id)
    form = DecisionForm()
    if form.validate_on_submit():
        decision = ViolationDecision(
            Outcome(form.outcome.data), form.reason.data, form.due_on.data, bool(form.make_up.data)
        )
        try:
            with transaction():
                if form.claim("accountability.decide_violation").first:
                    decide(violation_id, decision, actor=current_identity())
            flash(_("The decision is saved, and the participant is told."), "success")
            return redirect(url_for("violations.violation", violation_id=violation_id))
        except Refused as refused:
            form.show(refused)
            row, enrollment = get_violation_for(current_identity(), violation_id)
    return _page(row, enrollment, form, CourtToldForm(formdata=None)), 422


@pages.post("/cases/violations/<uuid:violation_id>/step", permission=Permission.VIOLATION_DECIDE)
def step_done(violation_id: UUID) -> ResponseReturnValue:
    row, enrollment = get_violation_for(current_identity(), violation_id)
    form = StepForm()
    form.offer(row.response_kept or AGREED)
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("accountability.step_done").first:
                    note = form.note.data or ""
                    say_whether_done(violation_id, Kept(form.kept.data), note, actor=current_identity())
            flash(_("It is noted."), "success")
            return redirect(url_for("violations.violation", violation_id=violation_id))
        except Refused as refused:
            form.show(refused)
            row, enrollment = get_violation_for(current_identity(), violation_id)
    return _page(row, enrollment, DecisionForm(formdata=None), CourtToldForm(formdata=None), form), 422


@pages.post("/cases/violations/<uuid:violation_id>/court-told", permission=Permission.VIOLATION_DECIDE)
def court_told(violation_id: UUID) -> ResponseReturnValue:
    row, enrollment = get_violation_for(current_identity(), violation_id)
    form = CourtToldForm()
    if form.validate_on_submit():
        with transaction():
            if form.claim("accountability.tell_court").first:
                note_court_told(violation_id, form.how.data, actor=current_identity())
        flash(_("It is noted that the court was told."), "success")
        return redirect(url_for("violations.violation", violation_id=violation_id))
    return _page(row, enrollment, DecisionForm(formdata=None), form), 422


@pages.route(
    "/cases/<uuid:enrollment_id>/violations/new", methods=["GET", "POST"], permission=Permission.VIOLATION_DECIDE
)
def note_one(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    form = NoteViolationForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("accountability.note_violation")
                if claim.first:
                    row = note_by_hand(
                        enrollment_id,
                        ViolationKind(form.kind.data),
                        event_on=given(form.event_on),
                        facts=form.facts.data,
                        not_money=form.not_money.data,
                        actor=current_identity(),
                    )
                    claim.finish(row.id)
            flash(_("It is noted, and the participant is told."), "success")
            return redirect(url_for("violations.violation", violation_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
            enrollment = get_enrollment_for(current_identity(), enrollment_id)
    page = render_template(
        "accountability/violations/new.html",
        form=form,
        who=enrollment.referral.person.full_name,
        running=enrollment.state in CAN_BE_NOTED,
        case_url=_case_url(enrollment),
    )
    return page, (422 if form.errors else 200)


def _page(
    row: PossibleViolation,
    enrollment: Enrollment,
    form: DecisionForm,
    told: CourtToldForm,
    step: StepForm | None = None,
) -> str:
    identity = current_identity()
    decides = may(identity, Permission.VIOLATION_DECIDE)
    until = own_side_until(_opened_on(row), accountability_rules(enrollment).own_side_days)
    names = names_of({row.opened_by, row.decided_by, row.response_kept_by, enrollment.officer_id})
    before = row.response_kept or AGREED
    if step is None:
        step = StepForm(formdata=None)
        step.offer(before)
    return render_template(
        "accountability/violations/violation.html",
        one=_shown(row),
        who=enrollment.referral.person.full_name,
        form=form,
        told=told,
        step=step,
        step_words=_step_words(row),
        step_by=names.get(row.response_kept_by, "") if row.response_kept_by else "",
        may_say_step=decides and _has_step(row) and bool(STEP_MOVES.onward(before)) and _goes_on(enrollment),
        note_url=url_for("violations.note_one", enrollment_id=enrollment.id)
        if enrollment.state in CAN_BE_NOTED
        else None,
        names=names,
        officer=names.get(enrollment.officer_id, "") if enrollment.officer_id else "",
        reads_statement=decides,
        may_decide=decides and row.state == "open" and enrollment.state not in FINAL_STATES,
        may_tell=decides and row.court_told_at is None,
        own_side_until=until if row.statement_at is None and until >= clock.today(court_time_zone()) else None,
        case_url=_case_url(enrollment),
        report_url=link("reports.non_compliance", enrollment_id=enrollment.id, about=row.id)
        if decides and row.state != "excused"
        else None,
    )


def _has_step(row: PossibleViolation) -> bool:
    """Whether somebody has to say of what was agreed whether it was done: a check-in tells by itself."""
    return row.state == Outcome.RESPONSE and row.response_due_on is not None and not row.response_by_check_in


def _goes_on(enrollment: Enrollment) -> bool:
    return enrollment.state not in ANSWERED


def _step_words(row: PossibleViolation) -> tuple[str, str] | None:
    """Whether the agreed step was done, and the tone of it; None where nobody asks."""
    if not _has_step(row):
        return None
    words, tone = STEP_WORDS[row.response_kept or AGREED]
    return str(words), tone


def _opened_on(row: PossibleViolation) -> date:
    return clock.local(row.opened_at, court_time_zone()).date()


def _shown(row: PossibleViolation) -> dict[str, Any]:
    return {
        "row": row,
        "title": KIND_WORDS[row.kind],
        "told": TOLD[row.kind],
        "state": state_words(row),
        "tone": TONES[row.state],
        "next": NEXT[row.state],
        "told_how": told_how(row),
        "step": _step_words(row),
        "check_ins": concerned(row, list(check_ins_of(row.enrollment_id)))
        if row.kind == ViolationKind.MISSED_CHECK_INS
        else [],
    }


def _case_url(enrollment: Enrollment) -> str:
    """The case; a later package's page. Raises NotFound in a portal without it."""
    url = link("caseload.case", enrollment_id=enrollment.id)
    if url is None:
        raise NotFound
    return url
