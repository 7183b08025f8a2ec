"""Pages about the end of a record: what is planned, what was sealed or destroyed, holds."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from uuid import UUID

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.accounts.lookups import names_of
from app.cases.lookups import get_referral_for
from app.cases.models import Person, Referral
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.keeping import holds, lookups, opening, services
from app.keeping.forms import HoldForm, LiftForm, OpenForm, PlanForm
from app.keeping.models import LegalHold, RecordSealing
from app.keeping.readable import GROUPS, sections
from app.keeping.rules import CHOSEN_GROUNDS, GROUND_WORDS, WHAT_WORDS, Ground, clock_of
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import session, transaction
from tenants.records import Sealing
from tenants.rules import rules_in_force

pages = Pages("keeping", __name__)


@pages.app_template_global("legal_holds")
def legal_holds(referral_id: UUID) -> Sequence[LegalHold]:
    """For the page of a referral: the holds in force on it, or on the whole court."""
    return lookups.holds_over([referral_id])


@pages.route("/records", permission=Permission.RECORD_SEAL)
def records() -> ResponseReturnValue:
    waiting, over = lookups.planned(), lookups.ended()
    return render_template(
        "keeping/records.html",
        waiting=waiting,
        people=_people([row.referral_id for row in waiting]),
        held=lookups.held_among([row.referral_id for row in waiting]),
        over=over,
        holds=holds.in_force(),
        grounds=GROUND_WORDS,
    )


@pages.route("/records/cases/<uuid:referral_id>", methods=["GET", "POST"], permission=Permission.RECORD_SEAL)
def plan(referral_id: UUID) -> ResponseReturnValue:
    enrollment = get_referral_for(current_identity(), referral_id)
    known = lookups.open_sealing_of(referral_id)
    form = PlanForm()
    if known is not None and not form.is_submitted():
        return redirect(url_for("keeping.sealing", sealing_id=known.id))
    rules = rules_in_force()[1].sealing
    form.offer(_grounds(rules))
    if form.validate_on_submit():
        assert form.dated_on.data is not None
        try:
            with transaction():
                claim = form.claim("keeping.plan")
                if claim.first:
                    row = services.plan(
                        referral_id,
                        ground=Ground(form.ground.data),
                        dated_on=form.dated_on.data,
                        reference=form.reference.data,
                        actor=current_identity(),
                    )
                    claim.finish(row.id)
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("It is recorded. Nothing was removed yet."), "success")
            return redirect(url_for("keeping.sealing", sealing_id=claim.result_id), 303)
    page = render_template("keeping/plan.html", form=form, person=enrollment.referral.person, referral_id=referral_id)
    return page, 422 if form.errors else 200


def _grounds(sealing: Sealing) -> list[tuple[str, str]]:
    """Each ground with what the court's rules make of it; those of which they make nothing are left out."""
    today = lookups.court_today()
    found = []
    for ground in CHOSEN_GROUNDS:
        if clock := clock_of(ground, today, sealing):
            days = (clock.due_on - today).days
            when = ngettext("after %(num)d day", "after %(num)d days", days) if days else _("at once")
            words = {"ground": GROUND_WORDS[ground], "what": WHAT_WORDS[clock.what], "when": when}
            found.append((ground.value, _("%(ground)s: %(what)s, %(when)s", **words)))
    return found


@pages.route("/records/<uuid:sealing_id>", permission=Permission.RECORD_SEAL)
def sealing(sealing_id: UUID) -> ResponseReturnValue:
    row = lookups.the_sealing(sealing_id)
    if row.state == "done":
        return _tombstone(row)
    enrollment = get_referral_for(current_identity(), row.referral_id)
    return render_template(
        "keeping/sealing.html",
        row=row,
        person=enrollment.referral.person,
        waits=lookups.waiting_for(row),
        holds=lookups.holds_over([row.referral_id]),
        second=lookups.needs_second_person(row),
        mine=row.recorded_by == current_identity().id,
        goes=[title for title, _tables in GROUPS],
        names=names_of([row.recorded_by, row.confirmed_by, row.canceled_by]),
        grounds=GROUND_WORDS,
        form=PortalForm(obj=row),
    )


def _tombstone(row: RecordSealing) -> ResponseReturnValue:
    return render_template(
        "keeping/tombstone.html",
        row=row,
        grounds=GROUND_WORDS,
        survivors=lookups.survivors(row.id),
        openings=lookups.openings(row.id),
        names=names_of([row.recorded_by, row.confirmed_by, *(each.by for each in lookups.openings(row.id))]),
    )


@pages.post("/records/<uuid:sealing_id>/confirm", permission=Permission.RECORD_SEAL)
def confirm(sealing_id: UUID) -> ResponseReturnValue:
    form = PortalForm()
    try:
        with transaction():
            if form.claim("keeping.confirm").first:
                services.confirm(sealing_id, row_version=str(form.row_version.data), actor=current_identity())
    except Refused as refused:
        flash(refused.message, "error")
    else:
        flash(_("Confirmed. It is carried out on its day."), "success")
    return redirect(url_for("keeping.sealing", sealing_id=sealing_id), 303)


@pages.post("/records/<uuid:sealing_id>/cancel", permission=Permission.RECORD_SEAL)
def cancel(sealing_id: UUID) -> ResponseReturnValue:
    form = PortalForm()
    with transaction():
        if form.claim("keeping.cancel").first:
            services.cancel(sealing_id, actor=current_identity())
    flash(_("It was called off. The record stays."), "success")
    return redirect(url_for("keeping.records"), 303)


@pages.route("/records/sealed", methods=["GET", "POST"], permission=Permission.SEALED_OPEN)
def open_sealed() -> ResponseReturnValue:
    form = OpenForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("keeping.open")
                if claim.first:
                    opened = opening.open_sealed(
                        form.number.data,
                        court_order=form.court_order.data,
                        reason=form.reason.data,
                        actor=current_identity(),
                    )
                    claim.finish(opened.id)
        except Refused as refused:
            form.show(refused)
        else:
            return redirect(url_for("keeping.opened", opening_id=claim.result_id), 303)
    return render_template("keeping/open.html", form=form), 422 if form.errors else 200


@pages.route("/records/opened/<uuid:opening_id>", permission=Permission.SEALED_OPEN)
def opened(opening_id: UUID) -> ResponseReturnValue:
    found, contents = opening.read_opened(opening_id, actor=current_identity())
    return render_template(
        "keeping/opened.html",
        opening=found,
        sections=sections(contents["tables"]),
        files=contents["files"],
        survivors=lookups.survivors(found.sealing_id),
    )


@pages.route("/records/opened/<uuid:opening_id>/files/<int:place>", permission=Permission.SEALED_OPEN)
def opened_file(opening_id: UUID, place: int) -> Response:
    """One file of an opened record, by its place on the page."""
    _opening, contents = opening.read_opened(opening_id, actor=current_identity())
    if place >= len(contents["files"]):
        raise NotFound
    file = contents["files"][place]
    content = io.BytesIO(base64.b64decode(file["content"]))
    return send_file(content, mimetype=file["type"], as_attachment=True, download_name=file["name"])


@pages.route("/records/documents/<uuid:document_id>", permission=Permission.SEALED_OPEN)
def survivor(document_id: UUID) -> Response:
    file, content = opening.read_survivor(document_id, actor=current_identity())
    return send_file(io.BytesIO(content), mimetype=file.content_type, as_attachment=True, download_name=file.name)


@pages.route("/records/holds", methods=["GET", "POST"], permission=Permission.HOLD_PLACE)
def court_holds() -> ResponseReturnValue:
    form = HoldForm()
    if form.validate_on_submit() and _placed(form, None):
        return redirect(url_for("keeping.court_holds"), 303)
    found = holds.in_force()
    page = render_template(
        "keeping/holds.html",
        form=form,
        holds=found,
        of_court=any(hold.referral_id is None for hold in found),
        people=_people([hold.referral_id for hold in found if hold.referral_id]),
        names=names_of(hold.placed_by for hold in found),
    )
    return page, 422 if form.errors else 200


@pages.route("/records/cases/<uuid:referral_id>/hold", methods=["GET", "POST"], permission=Permission.HOLD_PLACE)
def case_hold(referral_id: UUID) -> ResponseReturnValue:
    enrollment = get_referral_for(current_identity(), referral_id)
    form = HoldForm()
    if form.validate_on_submit() and _placed(form, referral_id):
        return redirect(url_for("cases.referral", referral_id=referral_id), 303)
    found = [hold for hold in lookups.holds_over([referral_id]) if hold.referral_id]
    page = render_template(
        "keeping/case_hold.html",
        form=form,
        holds=found,
        person=enrollment.referral.person,
        referral_id=referral_id,
        names=names_of(hold.placed_by for hold in found),
    )
    return page, 422 if form.errors else 200


def _placed(form: HoldForm, referral_id: UUID | None) -> bool:
    try:
        with transaction():
            if form.claim("keeping.hold").first:
                holds.place(referral_id, reason=form.reason.data, actor=current_identity())
    except Refused as refused:
        form.show(refused)
        return False
    flash(_("The legal hold is in force."), "success")
    return True


@pages.route("/records/holds/<uuid:hold_id>", methods=["GET", "POST"], permission=Permission.HOLD_PLACE)
def lift_hold(hold_id: UUID) -> ResponseReturnValue:
    hold = holds.the_hold(hold_id)
    form = LiftForm(row_version=str(hold.row_version))
    if form.validate_on_submit():
        with transaction():
            if form.claim("keeping.lift").first:
                holds.lift(
                    hold_id,
                    reason=form.reason.data,
                    row_version=str(form.row_version.data),
                    actor=current_identity(),
                )
        flash(_("The legal hold is lifted."), "success")
        return redirect(url_for("keeping.court_holds"), 303)
    page = render_template("keeping/lift.html", form=form, hold=hold, person=_person_of(hold))
    return page, 422 if form.errors else 200


def _person_of(hold: LegalHold) -> str:
    return _people([hold.referral_id]).get(hold.referral_id, "") if hold.referral_id else ""


def _people(referral_ids: list[UUID]) -> dict[UUID, str]:
    """Whose cases these are; none of those whose record has gone."""
    query = select(Referral.id, Person).join(Person, Person.id == Referral.person_id)
    return {
        referral_id: person.full_name
        for referral_id, person in session().execute(query.where(Referral.id.in_(referral_ids)))
    }
