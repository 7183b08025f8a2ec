"""Enrollment codes: issuing one, which shows it this once, and taking one back."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases import enrolling, lookups
from app.cases.pages import pages
from app.cases.referral_forms import IssueCodeForm, RevokeCodeForm
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from tenants.database import transaction


@pages.post("/referrals/<uuid:referral_id>/codes", permission=Permission.CODE_ISSUE)
def issue_code(referral_id: UUID) -> ResponseReturnValue:
    """The one page that shows a code. Only its hash is kept, so the answer is no redirect."""
    identity = current_identity()
    enrollment = lookups.get_referral_for(identity, referral_id)
    form = IssueCodeForm()
    code = ""
    try:
        with transaction():
            claim = form.claim("cases.issue_code")
            if claim.first:
                row, code = enrolling.issue_code(referral_id, actor=identity)
                claim.finish(row.id)
    except Refused as refused:
        flash(refused.message, "warning")
        return redirect(url_for("cases.referral", referral_id=referral_id))
    if claim.result_id is None:
        return redirect(url_for("cases.referral", referral_id=referral_id))
    slip = "reports.enrollment_slip"
    return render_template(
        "cases/code.html",
        code=code,
        row=lookups.the_code(referral_id, claim.result_id),
        person=enrollment.referral.person,
        referral_id=referral_id,
        again=IssueCodeForm(formdata=None),
        slip_url=url_for(slip) if slip in current_app.view_functions else None,
    )


@pages.get("/referrals/<uuid:referral_id>/codes/replace", permission=Permission.CODE_ISSUE)
def replace_code(referral_id: UUID) -> ResponseReturnValue:
    """Asks once more: the code before stops working."""
    enrollment = lookups.get_referral_for(current_identity(), referral_id)
    return render_template(
        "cases/replace_code.html",
        form=IssueCodeForm(formdata=None),
        person=enrollment.referral.person,
        referral_id=referral_id,
    )


@pages.route(
    "/referrals/<uuid:referral_id>/codes/<uuid:code_id>/revoke",
    methods=["GET", "POST"],
    permission=Permission.CODE_ISSUE,
)
def revoke_code(referral_id: UUID, code_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    enrollment = lookups.get_referral_for(identity, referral_id)
    code = lookups.the_code(referral_id, code_id)
    form = RevokeCodeForm()
    if form.validate_on_submit():
        with transaction():
            claim = form.claim("cases.revoke_code")
            if claim.first:
                enrolling.revoke_code(code_id, reason=form.reason.data, actor=identity)
                claim.finish(code_id)
        flash(_("The code is taken back. It opens nothing from now on."), "success")
        return redirect(url_for("cases.referral", referral_id=referral_id))
    status = 422 if form.errors else 200
    return render_template("cases/revoke_code.html", form=form, code=code, person=enrollment.referral.person), status
