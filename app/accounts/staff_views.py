"""The staff page, invitations, and the way in through an invitation's link."""

from __future__ import annotations

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import factor_resets, invitations, locks, lookups
from app.accounts.forms import InviteForm, KnownPasswordForm, KnownPersonForm, NewPasswordForm
from app.accounts.invitations import Accepted, LinkClosed, LinkState, Opened
from app.accounts.pages import WAY_IN, enter, pages, slowed
from app.accounts.rules import LEAST_WITH_SECOND_FACTOR
from app.core import clock
from app.core.errors import NotFound, Refused, TooMany
from app.core.i18n import gettext as _
from app.permissions.identity import STAFF_ROLES, Role
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.templating import role_words
from tenants.database import transaction

__all__ = ["pages"]


@pages.get("/staff", permission=Permission.STAFF_READ)
def staff() -> ResponseReturnValue:
    """Who works here, 50 a page by name; the newest 200 open invitations; what waits for a second administrator."""
    state = "deactivated" if request.args.get("state") == "deactivated" else "active"
    found, more = lookups.staff_page(state, request.args.get("after", type=UUID))
    locked = locks.locked_since(credential.email for _member, credential in found)
    waiting = {each.membership_id for each in factor_resets.open_resets()}
    members = [
        {
            "member": member,
            "email": credential.email,
            "second_factor": lookups.has_second_factor(credential),
            "locked": credential.email in locked,
            "waiting": member.id in waiting,
        }
        for member, credential in found
    ]
    return render_template(
        "accounts/staff.html",
        state=state,
        members=members,
        older_url=url_for("accounts.staff", state=state, after=more) if more else "",
        newer_url=url_for("accounts.staff", state=state) if request.args.get("after") else "",
        # A form for each, so that two rows never share a submission id.
        invitations=[
            {"invitation": each, "form": PortalForm()}
            for each in lookups.open_invitations()[: lookups.MOST_INVITATIONS]
        ],
        failed=invitations.failed_mails(),
        now=clock.now(),
    )


@pages.route("/staff/invite", methods=["GET", "POST"], permission=Permission.STAFF_INVITE)
def invite() -> ResponseReturnValue:
    form = InviteForm()
    form.role.choices = [("", _("- Select -")), *((role.value, role_words(role)) for role in STAFF_ROLES)]
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("accounts.invite")
                if claim.first:
                    made = invitations.invite(
                        email=form.email.data,
                        display_name=form.display_name.data,
                        role=Role(form.role.data),
                        actor=current_identity(),
                    )
                    claim.finish(made.id)
            flash(_("The invitation is on its way to %(email)s.", email=form.email.data), "success")
            return redirect(url_for("accounts.staff"))
        except Refused as refused:
            form.show(refused)
    return render_template("accounts/invite.html", form=form), (422 if form.errors else 200)


@pages.post("/staff/invitations/<uuid:invitation_id>/resend", permission=Permission.STAFF_INVITE)
def resend_invitation(invitation_id: UUID) -> ResponseReturnValue:
    try:
        with transaction():
            if PortalForm().claim("accounts.resend_invitation").first:
                invitations.resend(invitation_id, actor=current_identity())
    except LinkClosed:
        flash(_("This invitation was accepted or taken back in the meantime."), "warning")
    else:
        flash(_("A new link is on its way. The link sent before no longer works."), "success")
    return redirect(url_for("accounts.staff"))


@pages.post("/staff/invitations/<uuid:invitation_id>/revoke", permission=Permission.STAFF_INVITE)
def revoke_invitation(invitation_id: UUID) -> ResponseReturnValue:
    invitations.revoke(invitation_id, actor=current_identity())
    flash(_("The invitation is taken back. Its link no longer works."), "success")
    return redirect(url_for("accounts.staff"))


@pages.route("/staff/invitation/<token>", methods=["GET", "POST"], public=WAY_IN)
def accept_invitation(token: str) -> ResponseReturnValue:
    try:
        return _accept(token, invitations.open_link(token))
    except LinkClosed as closed:
        return _link_page(closed.state, 410)
    except NotFound:
        return _link_page(None, 404)


def _link_page(state: LinkState | None, status: int) -> ResponseReturnValue:
    return make_response(render_template("accounts/invitation_closed.html", state=state), status)


def _accept(token: str, opened: Opened) -> ResponseReturnValue:
    form = _accept_form(opened)
    template = "accounts/accept_known.html" if opened.known else "accounts/accept_new.html"
    context = {"invitation": opened.invitation, "needs_code": opened.needs_code, "least": LEAST_WITH_SECOND_FACTOR}
    if form.validate_on_submit():
        try:
            enter(_accepted(token, opened, form).token)
            return redirect(url_for("accounts.second_factor"))
        except TooMany as error:
            return slowed(form, error, template, **context)
        except Refused as refused:
            form.show(refused)
    return render_template(template, form=form, **context), (422 if form.errors else 200)


def _accept_form(opened: Opened) -> PortalForm:
    if opened.needs_code:
        return KnownPersonForm()
    return KnownPasswordForm() if opened.known else NewPasswordForm()


def _accepted(token: str, opened: Opened, form: PortalForm) -> Accepted:
    person = current_identity()
    if not opened.known:
        return invitations.accept_new(token, password=form.password.data, actor=person)
    code = form.code.data if opened.needs_code else ""
    return invitations.accept_known(token, password=form.password.data, code=code, actor=person)
