"""The console's own pages, beside Flask-Admin's lists."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.operator import guard, services, sessions
from app.operator.courts import backlogs, change_state, look_into, the_court
from app.operator.forms import ReasonForm, SecondFactorForm, SignInForm, StateForm
from tenants.database import session, statement
from tenants.models import CourtState

pages = Blueprint("operator", __name__, url_prefix="/operator")


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            token = services.sign_in(
                email=form.email.data, password=form.password.data, address=request.remote_addr or ""
            )
        except Refused as refused:
            form.show(refused)
        else:
            guard.begin(token)
            return redirect(url_for("operator.second_factor"), 303)
    return render_template("operator/sign_in.html", form=form), 422 if form.errors else 200


@pages.route("/second-factor", methods=["GET", "POST"])
def second_factor() -> ResponseReturnValue:
    who = guard.signed_in()
    if who is None or who.fully:
        return redirect(url_for("admin.index"))
    form = SecondFactorForm()
    if form.validate_on_submit():
        try:
            token = services.give_second_factor(who, form.code.data, address=request.remote_addr or "")
        except Refused as refused:
            form.show(refused)
        else:
            guard.begin(token)
            return redirect(url_for("admin.index"), 303)
    return render_template("operator/second_factor.html", form=form), 422 if form.errors else 200


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    who = guard.signed_in()
    if who is not None:
        sessions.end(who.session_id)
    guard.end()
    return redirect(url_for("operator.sign_in"), 303)


@pages.get("/court/<uuid:court_id>")
def court(court_id: UUID) -> ResponseReturnValue:
    return render_template("operator/court.html", court=the_court(court_id))


@pages.route("/court/<uuid:court_id>/state", methods=["GET", "POST"])
def state(court_id: UUID) -> ResponseReturnValue:
    row = the_court(court_id)
    form = StateForm(state=row.state, message=row.state_message, row_version=str(row.row_version))
    if form.validate_on_submit():
        try:
            change_state(
                court_id,
                state=CourtState(form.state.data),
                message=form.message.data or "",
                reason=form.reason.data,
                row_version=str(form.row_version.data),
                actor=guard.current_actor(),
            )
        except Refused as refused:
            form.show(refused)
            form.row_version.data = str(row.row_version)
        else:
            flash(_("Saved. It holds from the court's next page on."), "success")
            return redirect(url_for("operator.court", court_id=court_id), 303)
    return render_template("operator/state.html", form=form, court=row), 422 if form.errors else 200


@pages.route("/court/<uuid:court_id>/look", methods=["GET", "POST"])
def look(court_id: UUID) -> ResponseReturnValue:
    row = the_court(court_id)
    form = ReasonForm()
    seen = None
    if form.validate_on_submit():
        seen = look_into(court_id, reason=form.reason.data, actor=guard.current_actor())
    return render_template("operator/look.html", form=form, court=row, look=seen), 422 if form.errors else 200


@pages.get("/health")
def health() -> ResponseReturnValue:
    schema = session().scalar(statement("SELECT max(version_num) FROM alembic_version"))
    return render_template("operator/health.html", backlogs=backlogs(), schema=schema)
