"""The learner's page on which to choose to pay in parts."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import my_enrollment
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.payments.installments.forms import PartsForm
from app.payments.installments.lookups import plan_of
from app.payments.installments.rules import FIRST_PART_DAYS
from app.payments.installments.services import choose_installments, offered_parts
from app.payments.lookups import balance_cents
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction
from tenants.rules import rules_of

pages = Pages("installments", __name__)


@pages.route("/fee/parts", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def choose() -> ResponseReturnValue:
    """Pay in parts, where the court's rules allow it."""
    identity = current_identity()
    enrollment = my_enrollment(identity)
    owed = balance_cents(enrollment.id)
    offered = offered_parts(enrollment, owed=owed)
    form = PartsForm()
    form.offer(offered, owed)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.choose_installments")
                if claim.first:
                    claim.finish(choose_installments(form.parts.data, actor=identity).id)
            flash(_("You pay in parts now. The first part opens the lessons."), "success")
            return redirect(url_for("payments.my_fee"))
        except Refused as refused:
            form.show(refused)
            enrollment = my_enrollment(identity)  # what was loaded went with the rolled back try
    elif not form.is_submitted() and (not offered or plan_of(enrollment.id) is not None):
        return redirect(url_for("payments.my_fee"))
    page = render_template(
        "payments/choose_parts.html",
        form=form,
        owed=owed,
        first_days=FIRST_PART_DAYS,
        days_apart=rules_of(enrollment.rules_id).fees.installments.days_apart if enrollment.rules_id else 0,
    )
    return page, (422 if form.errors else 200)
