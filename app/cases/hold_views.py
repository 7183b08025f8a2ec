"""Putting a case on hold, going on with it, and taking a referral back: one page each, which asks for the reason."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases import holding, lookups
from app.cases.models import Enrollment
from app.cases.pages import pages
from app.cases.referral_forms import ReasonForm
from app.cases.rules import ENROLLMENT_MOVES, STATE_WORDS, move
from app.core.errors import IllegalMove, Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from tenants.database import transaction


@pages.route("/referrals/<uuid:referral_id>/hold", methods=["GET", "POST"], permission=Permission.CASE_HOLD)
def hold_case(referral_id: UUID) -> ResponseReturnValue:
    enrollment = lookups.get_referral_for(current_identity(), referral_id)
    return _ask(enrollment, "hold", "on_hold", holding.hold, _("The case is on hold."))


@pages.route("/referrals/<uuid:referral_id>/resume", methods=["GET", "POST"], permission=Permission.CASE_HOLD)
def resume_case(referral_id: UUID) -> ResponseReturnValue:
    enrollment = lookups.get_referral_for(current_identity(), referral_id)
    to = (enrollment.held_from or "") if enrollment.state in holding.SIDE_STATES else ""
    return _ask(enrollment, "resume", to, holding.resume, _("The case goes on."))


@pages.route("/referrals/<uuid:referral_id>/withdraw", methods=["GET", "POST"], permission=Permission.CASE_WITHDRAW)
def withdraw_case(referral_id: UUID) -> ResponseReturnValue:
    enrollment = lookups.get_referral_for(current_identity(), referral_id)
    return _ask(enrollment, "withdraw", "withdrawn", holding.withdraw, _("The referral is withdrawn."))


def _ask(enrollment: Enrollment, what: str, to: str, act: Callable[..., Enrollment], done: str) -> ResponseReturnValue:
    """Ask for the reason, then act once. Raises IllegalMove when the case can not go there."""
    form, referral_id = ReasonForm(), enrollment.referral_id
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim(f"cases.{what}")
                if claim.first:
                    move(enrollment.state, to, ENROLLMENT_MOVES, origin=enrollment.held_from)
                    act(enrollment.id, reason=form.reason.data, actor=current_identity())
                    claim.finish(enrollment.id)
            flash(done, "success")
            return redirect(url_for("cases.referral", referral_id=referral_id))
        except Refused as refused:
            form.show(refused)
    elif not form.is_submitted() and not _can_go(enrollment, to):
        flash(_("That is not possible now: %(state)s.", state=STATE_WORDS["enrollment"][enrollment.state]), "warning")
        return redirect(url_for("cases.referral", referral_id=referral_id))
    page = render_template(
        "cases/hold.html",
        form=form,
        what=what,
        referral_id=referral_id,
        enrollment=enrollment,
        person=enrollment.referral.person,
        state=STATE_WORDS["enrollment"][enrollment.held_from or enrollment.state],
    )
    return page, (422 if form.errors else 200)


def _can_go(enrollment: Enrollment, to: str) -> bool:
    try:
        move(enrollment.state, to, ENROLLMENT_MOVES, origin=enrollment.held_from)
    except IllegalMove:
        return False
    return True
