"""Changing a member's role, and deactivating a member: both ask where the caseload goes."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import lookups as accounts
from app.accounts import staffing
from app.cases import assigning
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.court_admin import leaving
from app.court_admin.leaving_forms import DeactivateForm, RoleForm
from app.court_admin.pages import pages
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from tenants.database import transaction


@pages.route("/staff/<uuid:member_id>/deactivate", methods=["GET", "POST"], permission=Permission.STAFF_MANAGE)
def deactivate_member(member_id: UUID) -> ResponseReturnValue:
    person = current_identity()
    member, _credential = accounts.get_member(member_id)
    cases = assigning.caseload_size(member_id)
    form = DeactivateForm(row_version=member.row_version)
    form.offer_for(member, cases)
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("court_admin.deactivate").first:
                    form.expect_version(accounts.get_member(member_id, lock=True)[0])
                    leaving.deactivate(member_id, caseload_to=form.taker, actor=person)
            flash(_("%(name)s is deactivated. Every sign-in of theirs has ended.", name=member.display_name), "success")
            return redirect(url_for("accounts.member", member_id=member_id))
        except Refused as refused:
            form.show(refused)
    why_not = _why_not(member_id)
    page = render_template("court_admin/deactivate.html", form=form, member=member, cases=cases, why_not=why_not)
    return page, (422 if form.errors else 200)


@pages.route("/staff/<uuid:member_id>/role", methods=["GET", "POST"], permission=Permission.STAFF_MANAGE)
def change_role(member_id: UUID) -> ResponseReturnValue:
    person = current_identity()
    member, _credential = accounts.get_member(member_id)
    cases = assigning.caseload_size(member_id)
    form = RoleForm(row_version=member.row_version)
    form.offer_for(member, cases)
    form.offer_roles(member)
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("court_admin.change_role").first:
                    form.expect_version(accounts.get_member(member_id, lock=True)[0])
                    leaving.change_role(member_id, form.role.data, caseload_to=form.taker, actor=person)
            flash(_("The role is changed. The person signs in again to go on."), "success")
            return redirect(url_for("accounts.member", member_id=member_id))
        except Refused as refused:
            form.show(refused)
    why_not = _why_not(member_id)
    page = render_template("court_admin/change_role.html", form=form, member=member, cases=cases, why_not=why_not)
    return page, (422 if form.errors else 200)


def _why_not(member_id: UUID) -> str | None:
    member, _credential = accounts.get_member(member_id)
    if member.state != "active":
        return str(_("This person is deactivated already."))
    return staffing.why_not_go(member, actor=current_identity())
