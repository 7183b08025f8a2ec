"""The page of a court's card payments: ledger against Stripe, disputes, and what waits for a person."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.payments.reconciling.forms import LookAgainForm
from app.payments.reconciling.lookups import differences_of, disputes_of, recent_runs, waiting_for_a_person
from app.payments.reconciling.rules import CAUSES
from app.payments.reconciling.services import look_again, running
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction

pages = Pages("reconciling", __name__)


@pages.get("/money/card-payments", permission=Permission.MONEY_READ)
def overview() -> ResponseReturnValue:
    """The last comparisons; of the newest that ended, every difference and its cause."""
    identity = current_identity()
    runs = recent_runs()
    newest = next((run for run in runs if run.state == "done"), None)
    after = request.args.get("after", type=UUID)
    found, further = differences_of(identity, newest.id, after=after) if newest else ([], None)
    return render_template(
        "payments/card/reconciliation.html",
        runs=runs,
        newest=newest,
        running=running(),
        differences=found,
        further=further,
        cause_words=CAUSES,
        disputes=disputes_of(identity),
        waiting=waiting_for_a_person(),
        form=LookAgainForm(),
    )


@pages.post("/money/card-payments", permission=Permission.MONEY_READ)
def compare_again() -> ResponseReturnValue:
    """Compare all payments once more."""
    form = LookAgainForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.look_again")
                if claim.first:
                    claim.finish(look_again(actor=current_identity()).id)
            flash(_("We are comparing every payment with Stripe. This takes a few minutes."), "success")
        except Refused as refused:
            flash(refused.message, "info")
    return redirect(url_for("reconciling.overview"))
