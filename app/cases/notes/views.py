"""Notes of a case: all of them, writing one, changing and striking out."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import names_of
from app.cases.models import CaseNote, Enrollment
from app.cases.notes.forms import NoteForm, StrikeNoteForm
from app.cases.notes.lookups import get_note_for, may_edit, may_strike, notes_of, versions_of
from app.cases.notes.services import add_note, edit_note, strike_note
from app.cases.working import get_worked_case_for
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from tenants.database import transaction

pages = Pages("case_notes", __name__)


@pages.get("/cases/<uuid:enrollment_id>/notes", permission=Permission.NOTE_READ)
def of_case(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment, _assigned = get_worked_case_for(current_identity(), enrollment_id)
    return _notes_page(enrollment, NoteForm()), 200


@pages.post("/cases/<uuid:enrollment_id>/notes", permission=Permission.NOTE_WRITE)
def write(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment, _assigned = get_worked_case_for(current_identity(), enrollment_id)
    form = NoteForm()
    if form.validate():
        if _to_confirm(form):
            return _ask_to_share(enrollment, form, url_for("case_notes.write", enrollment_id=enrollment_id))

        def act() -> None:
            add_note(enrollment, form.text.data, shared=bool(form.shared.data), actor=current_identity())

        if _done(form, "caseload.note", act):
            flash(_("The note is saved."), "success")
            return redirect(_case(enrollment_id))
    # What was refused was undone, and with it what was loaded.
    return _notes_page(get_worked_case_for(current_identity(), enrollment_id)[0], form), 422


@pages.get("/cases/<uuid:enrollment_id>/notes/<uuid:note_id>", permission=Permission.NOTE_READ)
def note(enrollment_id: UUID, note_id: UUID) -> ResponseReturnValue:
    enrollment, row = get_note_for(current_identity(), enrollment_id, note_id)
    form = NoteForm()
    form.text.data, form.shared.data, form.row_version.data = row.text, row.shared, str(row.row_version)
    return _note_page(enrollment, row, form), 200


@pages.post("/cases/<uuid:enrollment_id>/notes/<uuid:note_id>", permission=Permission.NOTE_WRITE)
def edit(enrollment_id: UUID, note_id: UUID) -> ResponseReturnValue:
    enrollment, row = get_note_for(current_identity(), enrollment_id, note_id)
    form = NoteForm()
    if row.shared:
        form.shared.data = True  # what was shown once is not hidden again: it can be struck out
    if form.validate():
        here = url_for("case_notes.note", enrollment_id=enrollment_id, note_id=note_id)
        if _to_confirm(form) and not row.shared:
            return _ask_to_share(enrollment, form, here)

        def act() -> None:
            shared = bool(form.shared.data)
            edit_note(note_id, form.text.data, shared=shared, expected=form.row_version.data, actor=current_identity())

        if _done(form, "cases.edit_note", act):
            flash(_("The note is changed. What it said before is kept."), "success")
            return redirect(here)
    return _note_page(*get_note_for(current_identity(), enrollment_id, note_id), form), 422


@pages.route(
    "/cases/<uuid:enrollment_id>/notes/<uuid:note_id>/strike",
    methods=["GET", "POST"],
    permission=Permission.NOTE_WRITE,
)
def strike(enrollment_id: UUID, note_id: UUID) -> ResponseReturnValue:
    enrollment, row = get_note_for(current_identity(), enrollment_id, note_id)
    form = StrikeNoteForm()
    if not form.is_submitted():
        form.row_version.data = str(row.row_version)
        if not may_strike(current_identity(), row):
            raise NotFound
    elif form.validate():

        def act() -> None:
            strike_note(note_id, reason=form.reason.data, expected=form.row_version.data, actor=current_identity())

        if _done(form, "cases.strike_note", act):
            flash(_("The note is struck out. It stays, with your reason."), "success")
            return redirect(_case(enrollment_id))
    enrollment, row = get_note_for(current_identity(), enrollment_id, note_id)
    page = render_template("case_notes/strike.html", form=form, note=row, name=_name(enrollment), enrollment=enrollment)
    return page, (422 if form.errors else 200)


def _to_confirm(form: NoteForm) -> bool:
    return bool(form.shared.data) and "confirmed" not in request.form


def _ask_to_share(enrollment: Enrollment, form: NoteForm, action: str) -> ResponseReturnValue:
    """Once more before the participant reads it. The form goes along as it is, with its one submission."""
    return render_template(
        "case_notes/share.html", form=form, name=_name(enrollment), action=action, back=_case(enrollment.id)
    )


def _done(form: PortalForm, verb: str, act: Callable[[], None]) -> bool:
    try:
        with transaction():
            if form.claim(verb).first:
                act()
    except Refused as refused:
        form.show(refused)
        return False
    return True


def _notes_page(enrollment: Enrollment, form: NoteForm) -> str:
    rows = notes_of(enrollment.id)
    return render_template(
        "case_notes/notes.html",
        form=form,
        rows=rows,
        names=names_of({by for row in rows for by in (row.author_id, row.struck_by)}),
        name=_name(enrollment),
        enrollment=enrollment,
        back=_case(enrollment.id),
    )


def _note_page(enrollment: Enrollment, row: CaseNote, form: NoteForm) -> str:
    versions, reader = versions_of(row.id), current_identity()
    return render_template(
        "case_notes/note.html",
        form=form,
        note=row,
        versions=versions,
        names=names_of({row.author_id, row.struck_by, *(one.actor_id for one in versions)}),
        name=_name(enrollment),
        enrollment=enrollment,
        back=_case(enrollment.id),
        may_edit=may_edit(reader, row),
        may_strike=may_strike(reader, row),
    )


def _name(enrollment: Enrollment) -> str:
    return enrollment.referral.person.full_name


def _case(enrollment_id: UUID) -> str:
    return link("caseload.case", enrollment_id=enrollment_id) or url_for("front.court_home")
