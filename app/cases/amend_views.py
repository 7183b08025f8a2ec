"""Changing what a referral says."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases import lookups
from app.cases.amend_forms import AmendForm
from app.cases.amending import amend, facts_of, version_of
from app.cases.pages import pages, the_court
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from tenants.database import transaction


@pages.route("/referrals/<uuid:referral_id>/amend", methods=["GET", "POST"], permission=Permission.REFERRAL_AMEND)
def amend_referral(referral_id: UUID) -> ResponseReturnValue:
    identity, court = current_identity(), the_court()
    today = clock.today(court.time_zone)
    enrollment = lookups.get_referral_for(identity, referral_id)
    name, before = enrollment.referral.person.full_name, facts_of(enrollment, today)
    form = AmendForm()
    form.offer(lookups.who_can_supervise(), court.languages, today)
    form.keep_choices(before)
    if not form.is_submitted():
        form.fill(before)
        form.row_version.data = version_of(enrollment.referral)
    elif form.validate():
        try:
            with transaction():
                claim = form.claim("cases.amend")
                changed = claim.first and amend(
                    referral_id,
                    form.to_facts(before),
                    reason=form.reason.data,
                    actor=identity,
                    today=today,
                    expected=form.row_version.data,
                )
                if claim.first:
                    claim.finish(referral_id)
            flash(_("The change is saved.") if changed else _("Nothing was changed."), "success")
            return redirect(url_for("cases.referral", referral_id=referral_id))
        except Refused as refused:
            form.show(refused)
    page = render_template("cases/amend.html", form=form, name=name, referral_id=referral_id)
    return page, (422 if form.errors else 200)
