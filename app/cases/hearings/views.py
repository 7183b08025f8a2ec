"""Recording a hearing, its record, and correcting it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.hearings.forms import CorrectForm, RecordForm, StrikeForm
from app.cases.hearings.lookups import corrections_of, get_hearing_for
from app.cases.hearings.rules import KIND_WORDS, OUTCOME_WORDS, TONES
from app.cases.hearings.services import correct_hearing, record_hearing, strike_hearing
from app.cases.lookups import get_enrollment_for, hearings, names_of
from app.cases.models import Enrollment, Hearing
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction

pages = Pages("hearings", __name__)


@pages.route(
    "/cases/<uuid:enrollment_id>/hearings/record", methods=["GET", "POST"], permission=Permission.HEARING_RECORD
)
def record(enrollment_id: UUID) -> ResponseReturnValue:
    """`?hearing=` names the one that was set; else the last one that is over and has no result yet is offered.

    `?from=` says to which list the reader comes back.
    """
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    back, back_words = _came_from(enrollment_id)
    form, chosen, name = RecordForm(), _chosen(enrollment), _name(enrollment)
    if not form.is_submitted():
        today = clock.today(court_time_zone())
        form.on_date.data = today
        if chosen is not None:
            form.fill(chosen)
            # Who records before the day that was set means that it was held earlier: today.
            form.on_date.data = min(chosen.on_date, today)
    elif form.validate():

        def act() -> None:
            record_hearing(
                enrollment_id,
                form.held(),
                following=form.following(),
                hearing_id=chosen.id if chosen is not None and "hearing" in request.args else None,
                actor=current_identity(),
            )

        if _done(form, "cases.record_hearing", act):
            flash(_("The hearing of %(name)s is recorded.", name=name), "success")
            return redirect(back)
    page = render_template(
        "hearings/record.html", form=form, name=name, back=back, back_words=back_words, chosen=chosen
    )
    return page, (422 if form.errors else 200)


@pages.get("/cases/<uuid:enrollment_id>/hearings/<uuid:hearing_id>", permission=Permission.CASE_READ)
def hearing(enrollment_id: UUID, hearing_id: UUID) -> ResponseReturnValue:
    enrollment, row = get_hearing_for(current_identity(), enrollment_id, hearing_id)
    earlier = [one for one in corrections_of(enrollment.referral_id) if one.hearing_id == hearing_id]
    return render_template(
        "hearings/hearing.html",
        enrollment=enrollment,
        row=row,
        name=_name(enrollment),
        back=_case(enrollment_id),
        kinds=KIND_WORDS,
        outcomes=OUTCOME_WORDS,
        tone=TONES.get(row.outcome, "neutral"),
        earlier=earlier,
        names=names_of({row.recorded_by, *(one.actor_id for one in earlier)}),
    )


@pages.route(
    "/cases/<uuid:enrollment_id>/hearings/<uuid:hearing_id>/correct",
    methods=["GET", "POST"],
    permission=Permission.HEARING_RECORD,
)
def correct(enrollment_id: UUID, hearing_id: UUID) -> ResponseReturnValue:
    enrollment, row = get_hearing_for(current_identity(), enrollment_id, hearing_id)
    if row.recorded_at is None:
        return redirect(url_for("hearings.record", enrollment_id=enrollment_id, hearing=hearing_id))
    form, name = CorrectForm(), _name(enrollment)
    if not form.is_submitted():
        form.fill(row)
        form.row_version.data = str(row.row_version)
    elif form.validate():

        def act() -> None:
            correct_hearing(
                enrollment_id,
                hearing_id,
                form.held(),
                reason=form.reason.data,
                expected=form.row_version.data,
                actor=current_identity(),
            )

        if _done(form, "cases.correct_hearing", act):
            flash(_("The record is corrected. What it said before stays in its history."), "success")
            return redirect(url_for("hearings.hearing", enrollment_id=enrollment_id, hearing_id=hearing_id))
    page = render_template("hearings/correct.html", form=form, enrollment=enrollment, row=row, name=name)
    return page, (422 if form.errors else 200)


@pages.route(
    "/cases/<uuid:enrollment_id>/hearings/<uuid:hearing_id>/strike",
    methods=["GET", "POST"],
    permission=Permission.HEARING_RECORD,
)
def strike(enrollment_id: UUID, hearing_id: UUID) -> ResponseReturnValue:
    form = StrikeForm()
    if form.is_submitted():
        # Sent twice, the second finds the row gone: it is one effect all the same.
        enrollment = get_enrollment_for(current_identity(), enrollment_id)
        row = next((one for one in hearings(enrollment.referral_id) if one.id == hearing_id), None)
    else:
        enrollment, row = get_hearing_for(current_identity(), enrollment_id, hearing_id)
        form.row_version.data = str(row.row_version)
    name = _name(enrollment)
    if row is not None and row.recorded_at is None:
        raise NotFound
    if form.validate_on_submit():

        def act() -> None:
            strike_hearing(
                enrollment_id,
                hearing_id,
                reason=form.reason.data,
                expected=form.row_version.data,
                actor=current_identity(),
            )

        if _done(form, "cases.strike_hearing", act):
            flash(_("The record is struck out. It stays in the history of the case."), "success")
            return redirect(_case(enrollment_id))
    if row is None:
        raise NotFound
    page = render_template("hearings/strike.html", form=form, enrollment=enrollment, row=row, name=name)
    return page, (422 if form.errors else 200)


def _done(form: PortalForm, verb: str, act: Callable[[], None]) -> bool:
    """Act once for each submission; False, with the words at their field, when the service refuses."""
    try:
        with transaction():
            claim = form.claim(verb)
            if claim.first:
                act()
    except Refused as refused:
        form.show(refused)
        return False
    return True


def _chosen(enrollment: Enrollment) -> Hearing | None:
    still_open = [row for row in hearings(enrollment.referral_id) if row.recorded_at is None]
    if "hearing" in request.args:
        wanted = request.args.get("hearing", type=UUID)
        found = next((row for row in still_open if row.id == wanted), None)
        if found is None and request.method == "GET":
            raise NotFound
        return found
    over = [row for row in still_open if row.on_date <= clock.today(court_time_zone())]
    return over[-1] if over else None


def _name(enrollment: Enrollment) -> str:
    return enrollment.referral.person.full_name


def _came_from(enrollment_id: UUID) -> tuple[str, str]:
    """The list that the address names, at the place of this person, and what it is called; else the case."""
    wanted, place = request.args.get("from", ""), f"heard-{enrollment_id}"
    if wanted == "today":
        found = link("today.today", officer=request.args.get("officer") or None, _anchor=place)
        return found or _case(enrollment_id), _("Today")
    if wanted == "calendar":
        try:
            day = date.fromisoformat(request.args.get("day", "")).isoformat()
        except ValueError:
            day = None
        return link("bench.calendar", day=day, _anchor=place) or _case(enrollment_id), _("Calendar")
    return _case(enrollment_id), _("Case")


def _case(enrollment_id: UUID) -> str:
    return link("caseload.case", enrollment_id=enrollment_id) or url_for("front.court_home")
