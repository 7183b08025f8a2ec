"""Pages about one court: its state, its name, a look into it, its way out."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.rules import STATE_WORDS
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.court_admin.audit_words import action_words
from app.operator import guard, leaving, looking, usage
from app.operator.courts import change_state, rename, the_court
from app.operator.forms import LANGUAGE_NAMES, TYPES, CloseForm, LookForm, ReasonForm, RenameForm, state_form
from app.operator.pages import pages
from app.reports.words import KIND_WORDS
from app.reports.words import STATE_WORDS as REPORT_STATE_WORDS
from tenants.models import CourtState


@pages.get("/court/<uuid:court_id>")
def court(court_id: UUID) -> ResponseReturnValue:
    row = the_court(court_id)
    return render_template(
        "operator/court.html",
        court=row,
        court_languages=[str(LANGUAGE_NAMES.get(code, code)) for code in row.languages],
        types=TYPES,
        usage=usage.of_court(court_id),
    )


@pages.route("/court/<uuid:court_id>/state", methods=["GET", "POST"])
def state(court_id: UUID) -> ResponseReturnValue:
    row = the_court(court_id)
    texts = {f"message_{code}": text for code, text in row.state_messages.items()}
    form = state_form(row.languages, state=row.state, row_version=str(row.row_version), **texts)
    if form.validate_on_submit():
        try:
            change_state(
                court_id,
                state=CourtState(form.state.data),
                messages=form.messages(),
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


@pages.route("/court/<uuid:court_id>/rename", methods=["GET", "POST"])
def rename_court(court_id: UUID) -> ResponseReturnValue:
    row = the_court(court_id)
    form = RenameForm(name=row.name, slug=row.slug, row_version=str(row.row_version))
    if form.validate_on_submit():
        try:
            rename(
                court_id,
                name=form.name.data,
                slug=form.slug.data,
                reason=form.reason.data,
                row_version=str(form.row_version.data),
                actor=guard.current_actor(),
            )
        except Refused as refused:
            form.show(refused)
            form.row_version.data = str(row.row_version)
        else:
            flash(_("Saved. The old address leads to the new one."), "success")
            return redirect(url_for("operator.court", court_id=court_id), 303)
    return render_template("operator/rename.html", form=form, court=row), 422 if form.errors else 200


@pages.route("/court/<uuid:court_id>/look", methods=["GET", "POST"])
def look(court_id: UUID) -> ResponseReturnValue:
    row = the_court(court_id)
    session_id = guard.current_session()
    form = LookForm()
    if form.validate_on_submit():
        looking.begin(court_id, reason=form.reason.data, session_id=session_id, actor=guard.current_actor())
        return redirect(url_for("operator.look", court_id=court_id), 303)
    open_one = looking.open_look(court_id, session_id)
    if open_one is None:
        return render_template("operator/look.html", form=form, court=row), 422 if form.errors else 200
    wanted, unreadable = _enrollment(request.args.get("enrollment", ""))
    seen = looking.seen(open_one, wanted)
    return render_template(
        "operator/look_open.html",
        court=row,
        seen=seen,
        wanted=wanted,
        unreadable=unreadable,
        action_words=action_words,
        stages=STATE_WORDS["enrollment"],
        kinds=KIND_WORDS,
        report_states=REPORT_STATE_WORDS,
    )


def _enrollment(typed: str) -> tuple[UUID | None, bool]:
    """The enrollment that was asked for, and whether what was typed is no number of one."""
    typed = typed.strip()
    if not typed:
        return None, False
    try:
        return UUID(typed), False
    except ValueError:
        return None, True


@pages.post("/court/<uuid:court_id>/look/end")
def end_look(court_id: UUID) -> ResponseReturnValue:
    the_court(court_id)
    looking.end(court_id, guard.current_session(), actor=guard.current_actor())
    flash(_("The look is over."), "success")
    return redirect(url_for("operator.court", court_id=court_id), 303)


@pages.get("/court/<uuid:court_id>/leave")
def leave(court_id: UUID) -> ResponseReturnValue:
    return _leave_page(court_id, ReasonForm(prefix="export"), CloseForm())


@pages.post("/court/<uuid:court_id>/leave/export")
def ask_export(court_id: UUID) -> ResponseReturnValue:
    the_court(court_id)
    form = ReasonForm(prefix="export")
    if form.validate():
        try:
            leaving.ask_for_export(court_id, reason=form.reason.data, actor=guard.current_actor())
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("The export is being made. The court's administrator downloads it there."), "success")
            return redirect(url_for("operator.leave", court_id=court_id), 303)
    return _leave_page(court_id, form, CloseForm(formdata=None))


@pages.post("/court/<uuid:court_id>/leave/close")
def close(court_id: UUID) -> ResponseReturnValue:
    row = the_court(court_id)
    form = CloseForm()
    if form.validate():
        try:
            if (form.typed.data or "").strip() != row.slug:
                raise Refused(_("This is not the court's address."), "typed")
            change_state(
                court_id,
                state=CourtState.CLOSED,
                messages={},
                reason=form.reason.data,
                row_version=str(form.row_version.data),
                actor=guard.current_actor(),
            )
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("The court is closed. Its reports can still be verified."), "success")
            return redirect(url_for("operator.court", court_id=court_id), 303)
    return _leave_page(court_id, ReasonForm(formdata=None, prefix="export"), form)


def _leave_page(court_id: UUID, export_form: ReasonForm, close_form: CloseForm) -> ResponseReturnValue:
    row = the_court(court_id)
    close_form.row_version.data = str(row.row_version)
    page = render_template(
        "operator/leave.html",
        court=row,
        copy=leaving.copy_of(court_id),
        export_form=export_form,
        close_form=close_form,
    )
    return page, 422 if export_form.errors or close_form.errors else 200
