"""Where pages send what is being typed, and where the button "Save for later" leads."""

from __future__ import annotations

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.drafts.services import keep, mark_of_text
from app.accounts.pages import pages
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.hooks import safe_next
from app.web.identity import current_identity
from app.web.links import link
from app.web.templating import BREAK_PAGE

OURS = ("csrf_token", "submission_id", "row_version", "pause")


@pages.post("/typed", permission=Permission.OWN_PROGRAM)
def keep_typed() -> ResponseReturnValue:
    """Keep a form as it stands. A script gets the mark of what was kept; a button leads back, or to a break."""
    typed = request.form
    fields = {name: text for name, text in typed.items() if name not in OURS and not name.startswith("keep_")}
    by_script = request.headers.get("Accept") == "application/json"
    back = safe_next(typed.get("keep_back")) or url_for("front.court_home")
    try:
        row = keep(typed.get("keep_place", ""), fields, typed.get("keep_continues", ""), actor=current_identity())
    except Refused as refused:
        if by_script:
            return jsonify({}), 422
        flash(refused.message, "error")
        return redirect(back)
    if by_script:
        return jsonify({"continues": mark_of_text(row)})
    if "pause" in typed:
        return redirect(link(BREAK_PAGE, back=back) or back)
    flash(_("What you typed is saved for later. It is not sent yet. Only you can see it."), "success")
    return redirect(back)
