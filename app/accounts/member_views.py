"""One member of the staff, what an administrator can do for them, and the page of who may do what."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import factor_resets, locks, lookups, sessions, staffing
from app.accounts.forms import ReasonForm
from app.accounts.pages import pages
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import STAFF_ROLES, Role
from app.permissions.permissions import Permission
from app.permissions.words import GROUPS, granted, unnamed
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import link
from tenants.database import transaction


@pages.get("/staff/<uuid:member_id>", permission=Permission.STAFF_MANAGE)
def member(member_id: UUID) -> ResponseReturnValue:
    found, credential = lookups.get_member(member_id)
    waiting = factor_resets.open_reset_of(member_id)
    able = factor_resets.who_can_confirm(member_id, waiting.requested_by if waiting else current_identity().id)
    return render_template(
        "accounts/member.html",
        member=found,
        email=credential.email,
        second_factor=lookups.has_second_factor(credential),
        locked_at=locks.locked_since([credential.email]).get(credential.email),
        sign_ins=len(sessions.open_sessions(membership_id=member_id)),
        waiting=waiting,
        asked_by=next(iter(lookups.names_of([waiting.requested_by]).values()), None) if waiting else None,
        able=able,
        may_confirm=current_identity().id in {each.id for each in able},
        oneself=member_id == current_identity().id,
        role_url=link("court_admin.change_role", member_id=member_id),
        leave_url=link("court_admin.deactivate_member", member_id=member_id),
        forms={name: PortalForm() for name in ("release", "reactivate", "confirm", "withdraw")},
    )


def _done(member_id: UUID, verb: str, act: Callable[[], object], done: str) -> ResponseReturnValue:
    """Carry a button of the member page out, once for each form, and say so."""
    lookups.get_member(member_id)
    form = PortalForm()
    if not form.validate_on_submit():
        return redirect(url_for("accounts.member", member_id=member_id))
    try:
        with transaction():
            if form.claim(verb).first:
                act()
    except Refused as refused:
        flash(refused.message, "warning")
    else:
        flash(done, "success")
    return redirect(url_for("accounts.member", member_id=member_id))


@pages.post("/staff/<uuid:member_id>/release-lock", permission=Permission.STAFF_MANAGE)
def release_lock(member_id: UUID) -> ResponseReturnValue:
    return _done(
        member_id,
        "accounts.release_lock",
        lambda: staffing.release_lock(member_id, actor=current_identity()),
        _("The lock is released. The person can sign in again."),
    )


@pages.post("/staff/<uuid:member_id>/reactivate", permission=Permission.STAFF_MANAGE)
def reactivate_member(member_id: UUID) -> ResponseReturnValue:
    return _done(
        member_id,
        "accounts.reactivate",
        lambda: staffing.reactivate(member_id, actor=current_identity()),
        _("The person is on the staff again, in the role that they had."),
    )


@pages.route("/staff/<uuid:member_id>/second-factor-reset", methods=["GET", "POST"], permission=Permission.STAFF_MANAGE)
def ask_second_factor_reset(member_id: UUID) -> ResponseReturnValue:
    found, _credential = lookups.get_member(member_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("accounts.ask_second_factor_reset")
                if claim.first:
                    claim.finish(factor_resets.request(member_id, reason=form.reason.data, actor=current_identity()).id)
            flash(
                _(
                    "A second administrator has to confirm this now. Tell them: no mail goes out. "
                    "Until then nothing changes."
                ),
                "info",
            )
            return redirect(url_for("accounts.member", member_id=member_id))
        except Refused as refused:
            form.show(refused)
    able = factor_resets.who_can_confirm(member_id, current_identity().id)
    page = render_template("accounts/ask_reset.html", form=form, member=found, able=able)
    return page, (422 if form.errors else 200)


@pages.post("/staff/<uuid:member_id>/second-factor-reset/confirm", permission=Permission.STAFF_MANAGE)
def confirm_second_factor_reset(member_id: UUID) -> ResponseReturnValue:
    def act() -> None:
        try:
            factor_resets.confirm(member_id, actor=current_identity())
        except NotFound:
            raise Refused(_("This request was confirmed or taken back in the meantime.")) from None

    done = _("The second step is reset. At the next sign-in the person sets up a new one.")
    return _done(member_id, "accounts.confirm_second_factor_reset", act, done)


@pages.post("/staff/<uuid:member_id>/second-factor-reset/withdraw", permission=Permission.STAFF_MANAGE)
def withdraw_second_factor_reset(member_id: UUID) -> ResponseReturnValue:
    return _done(
        member_id,
        "accounts.withdraw_second_factor_reset",
        lambda: factor_resets.withdraw_open(member_id, actor=current_identity()),
        _("The request is taken back."),
    )


@pages.get("/staff/permissions", permission=Permission.STAFF_READ)
def permission_map() -> ResponseReturnValue:
    """The map itself: a row a permission, a column a role."""
    groups = [(label, [(words, granted(permission)) for permission, words in lines]) for label, lines in GROUPS]
    rest = [(str(permission).replace("_", " "), granted(permission)) for permission in unnamed()]
    if rest:
        groups.append((_("Others"), rest))
    return render_template("accounts/permissions.html", groups=groups, roles=(*STAFF_ROLES, Role.COUNSEL, Role.LEARNER))
