"""Two pages that ask once more: correcting a report about many people, taking one back."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.batches.correcting import correct_list, revoke_list
from app.batches.forms import CorrectListForm, RevokeListForm
from app.batches.pages import pages
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.reports.lists.lookups import can_be_corrected, can_be_revoked, get_list_for
from app.reports.lists.models import ListReport
from app.reports.words import KIND_WORDS
from app.web.identity import current_identity
from tenants.database import transaction


@pages.route("/lists/<uuid:list_id>/correct", methods=["GET", "POST"], permission=Permission.REPORT_REQUEST)
def correct(list_id: UUID) -> ResponseReturnValue:
    """A new list in place of this one."""
    identity, form = current_identity(), CorrectListForm()
    row = get_list_for(identity, list_id)
    if not can_be_corrected(row):
        return _not_now(list_id)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("batches.correct_list")
                if claim.first:
                    claim.finish(correct_list(list_id, reason=form.reason.data or "", actor=identity).id)
            return redirect(url_for("reports.list_report", list_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
            row = get_list_for(identity, list_id)
    return _page("reports_pages/correct.html", form, row)


@pages.route("/lists/<uuid:list_id>/take-back", methods=["GET", "POST"], permission=Permission.REPORT_REVOKE)
def revoke(list_id: UUID) -> ResponseReturnValue:
    """Nothing takes its place."""
    identity, form = current_identity(), RevokeListForm()
    row = get_list_for(identity, list_id)
    if not can_be_revoked(row):
        return _not_now(list_id)
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("batches.revoke_list").first:
                    revoke_list(list_id, reason=form.reason.data or "", actor=identity)
            flash(_("The report is taken back. Whoever has it is told."), "success")
            return redirect(url_for("reports.list_report", list_id=list_id))
        except Refused as refused:
            form.show(refused)
            row = get_list_for(identity, list_id)
    return _page("reports_pages/revoke.html", form, row)


def _page(template: str, form: CorrectListForm | RevokeListForm, row: ListReport) -> ResponseReturnValue:
    page = render_template(
        template,
        form=form,
        report=row,
        about=row.snapshot["about"],
        kind=KIND_WORDS[row.kind],
        back=url_for("reports.list_report", list_id=row.id),
        of_many=True,
    )
    return page, (422 if form.errors else 200)


def _not_now(list_id: UUID) -> ResponseReturnValue:
    flash(_("That is not possible now: look at the state of the report."), "warning")
    return redirect(url_for("reports.list_report", list_id=list_id))
