"""Inviting many people by a file: the upload, the preview, and the one button."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import bulk_invitations
from app.accounts.bulk_invitations import InviteRow
from app.accounts.forms import ConfirmFileForm, InviteFileForm
from app.accounts.pages import pages
from app.core.errors import Refused
from app.core.i18n import ngettext
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from tenants.database import transaction


@pages.get("/staff/invite/file/template", permission=Permission.STAFF_INVITE)
def invite_file_template() -> ResponseReturnValue:
    answer = Response(bulk_invitations.TEMPLATE, mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="staff.csv"'
    return answer


@pages.route("/staff/invite/file", methods=["GET", "POST"], permission=Permission.STAFF_INVITE)
def invite_file() -> ResponseReturnValue:
    """The upload. Its answer is the preview; nothing is kept before it is confirmed."""
    form = InviteFileForm()
    if form.validate_on_submit():
        try:
            text = bulk_invitations.read_bytes(form.file.data.read(bulk_invitations.MOST_BYTES + 1))
            rows = bulk_invitations.read(text)
        except Refused as refused:
            form.show(refused)
        else:
            return _preview(rows, ConfirmFileForm(formdata=None, text=text))
    page = render_template("accounts/invite_file.html", form=form, most=bulk_invitations.MOST_ROWS)
    return page, (422 if form.errors else 200)


def _preview(rows: list[InviteRow], form: ConfirmFileForm, status: int = 200) -> ResponseReturnValue:
    wrong = sum(1 for row in rows if row.faults)
    return render_template("accounts/invite_file_preview.html", rows=rows, wrong=wrong, form=form), status


@pages.post("/staff/invite/file/send", permission=Permission.STAFF_INVITE)
def send_invite_file() -> ResponseReturnValue:
    form = ConfirmFileForm()
    if not form.validate_on_submit():
        return redirect(url_for("accounts.invite_file"))
    try:
        with transaction():
            sent = 0
            if form.claim("accounts.invite_file").first:
                sent = bulk_invitations.invite_all(form.text.data, actor=current_identity())
    except Refused as refused:
        return _refused(refused, form)
    if sent:
        words = ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", sent)
        flash(words, "success")
    return redirect(url_for("accounts.staff"))


def _refused(refused: Refused, form: ConfirmFileForm) -> ResponseReturnValue:
    """The preview again as it is now, or the upload when the text is no table at all."""
    try:
        rows = bulk_invitations.read(form.text.data or "")
    except Refused:
        again = InviteFileForm(formdata=None)
        again.form_errors.append(refused.message)
        return render_template("accounts/invite_file.html", form=again, most=bulk_invitations.MOST_ROWS), 422
    again_form = ConfirmFileForm(formdata=None, text=form.text.data)
    again_form.form_errors.append(refused.message)
    return _preview(rows, again_form, 422)
