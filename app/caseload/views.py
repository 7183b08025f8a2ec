"""Pages of one case; importing this module registers those of the lists too."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.caseload.acting import views as acting_views
from app.caseload.detail import case_page
from app.caseload.everyone import views as everyone_views
from app.caseload.forms import NoteForm
from app.caseload.pages import pages, row_maker
from app.caseload.services import add_note, note_reading
from app.cases.lookups import get_enrollment_for
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.payments.counter.lookups import case_money
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.templating import court_time_zone
from tenants.database import transaction

__all__ = ["acting_views", "everyone_views", "pages"]


@pages.get("/cases/<uuid:enrollment_id>", permission=Permission.CASE_READ)
def case(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    note_reading(enrollment, actor=current_identity())
    return _case_page(enrollment_id, NoteForm())


@pages.post("/cases/<uuid:enrollment_id>/notes", permission=Permission.NOTE_WRITE)
def write_note(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    form = NoteForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("caseload.note")
                if claim.first:
                    shared = bool(form.shared.data)
                    claim.finish(add_note(enrollment, form.text.data, shared=shared, actor=current_identity()).id)
            flash(_("The note is saved."), "success")
            return redirect(url_for("caseload.case", enrollment_id=enrollment_id))
        except Refused as refused:
            form.show(refused)
    return _case_page(enrollment_id, form), 422


def _case_page(enrollment_id: UUID, form: NoteForm) -> str:
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    page = case_page(identity, enrollment, row_maker())
    return render_template(
        "caseload/case.html",
        page=page,
        counter=case_money(enrollment_id) if page.money else None,
        today=clock.today(court_time_zone()),
        form=form,
        may_write=may(identity, Permission.NOTE_WRITE),
        may_excuse=may(identity, Permission.CHECK_IN_EXCUSE),
        may_review=may(identity, Permission.CHECK_IN_REVIEW),
        concern_url=url_for("concerns.raise_about_case", enrollment_id=enrollment_id),
    )
