"""The page where a court takes its data along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.storage import PIECE
from app.exports import services
from app.exports.forms import AskForm
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction

pages = Pages("exports", __name__)


@pages.route("/data-export", methods=["GET", "POST"], permission=Permission.COURT_EXPORT)
def exports() -> ResponseReturnValue:
    form = AskForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("exports.ask")
                if claim.first:
                    claim.finish(services.ask(reason=form.reason.data, actor=current_identity()).id)
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("The export is being made. Come back to this page in a few minutes."), "success")
            return redirect(url_for("exports.exports"), 303)
    shown = services.exports()
    return render_template("exports/exports.html", form=form, exports=shown), 422 if form.errors else 200


@pages.post("/data-export/<uuid:export_id>/download", permission=Permission.COURT_EXPORT)
def download(export_id: UUID) -> ResponseReturnValue:
    export, content = services.download(export_id, actor=current_identity())
    answer = Response(_pieces(content), mimetype="application/zip")
    answer.content_length = export.size
    assert export.as_of is not None
    answer.headers.set("Content-Disposition", "attachment", filename=f"court-data-{export.as_of:%Y-%m-%d}.zip")
    answer.call_on_close(content.close)
    return answer


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    while piece := content.read(PIECE):
        yield piece


@pages.post("/data-export/<uuid:export_id>/acknowledge", permission=Permission.COURT_EXPORT)
def acknowledge(export_id: UUID) -> ResponseReturnValue:
    form = PortalForm()
    try:
        services.acknowledge(export_id, row_version=str(form.row_version.data), actor=current_identity())
    except Refused as refused:
        flash(refused.message, "error")
    else:
        flash(_("Thank you. It is on record that your court has its copy."), "success")
    return redirect(url_for("exports.exports"), 303)
