"""Pages that change a program that is running. All lead back to the case."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from app.accountability.allowance import accountability_rules
from app.accountability.changing.forms import ExtendForm, GiveBackForm, OrderForm
from app.accountability.changing.services import (
    CAN_BE_EXTENDED,
    end_early,
    extend_check_ins,
    extend_deadline,
    give_back,
)
from app.cases.lookups import get_enrollment_for
from app.cases.models import Enrollment
from app.cases.rules import ENROLLMENT_MOVES
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from tenants.database import transaction

pages = Pages("changing", __name__)


@pages.route("/cases/<uuid:enrollment_id>/return", methods=["GET", "POST"], permission=Permission.CASE_RETURN)
def return_case(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    form = GiveBackForm()

    def act() -> None:
        give_back(enrollment_id, reason=form.reason.data, actor=current_identity())

    possible = "returned_to_court" in ENROLLMENT_MOVES.onward(enrollment.state)
    return _ask(enrollment, form, "return", act, _("The case is back with the court."), possible)


@pages.route("/cases/<uuid:enrollment_id>/extend", methods=["GET", "POST"], permission=Permission.CASE_EXTEND)
def extend(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    form = ExtendForm()
    if not form.is_submitted():
        form.what.data = "check_ins" if enrollment.state == "accountability" else "deadline"

    def act() -> None:
        order, reason, actor = form.order(), form.reason.data, current_identity()
        if form.what.data == "deadline":
            if form.until.data is None:
                raise Refused(_("Enter a date."), "until")
            extend_deadline(enrollment_id, form.until.data, reason=reason, order=order, actor=actor)
            return
        months, until = form.months.data, form.until.data
        extend_check_ins(enrollment_id, months=months, until=until, reason=reason, order=order, actor=actor)

    possible = enrollment.state in CAN_BE_EXTENDED and enrollment.rules_id is not None
    return _ask(enrollment, form, "extend", act, _("It is saved, and the participant is told."), possible)


@pages.route("/cases/<uuid:enrollment_id>/end-early", methods=["GET", "POST"], permission=Permission.CASE_END_EARLY)
def end_early_by_order(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    form = OrderForm()

    def act() -> None:
        order = form.order()
        if order is None:
            raise Refused(_("This needs an order of the court: give its day, and who gave it."), "ordered_on")
        end_early(enrollment_id, reason=form.reason.data, order=order, actor=current_identity())

    done = _("The check-ins are over. The final report is being made.")
    return _ask(enrollment, form, "end", act, done, enrollment.state == "accountability")


def _ask(
    enrollment: Enrollment, form: PortalForm, what: str, act: Callable[[], None], done: str, possible: bool
) -> ResponseReturnValue:
    """Ask, then act once; back to the case."""
    enrollment_id = enrollment.id
    case_url = link("caseload.case", enrollment_id=enrollment_id)
    if case_url is None:
        raise NotFound
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim(f"accountability.{what}").first:
                    act()
            flash(done, "success")
            return redirect(case_url)
        except Refused as refused:
            form.show(refused)
            enrollment = get_enrollment_for(current_identity(), enrollment_id)
    page = render_template(
        f"accountability/changing/{what}.html",
        form=form,
        enrollment=enrollment,
        who=enrollment.referral.person.full_name,
        case_url=case_url,
        possible=possible,
        needs_order=enrollment.rules_id is None or not accountability_rules(enrollment).officer_may_extend,
    )
    return page, (422 if form.errors else 200)
