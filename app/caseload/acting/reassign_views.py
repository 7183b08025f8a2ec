"""Pages that give one case, several or a whole caseload to another officer. What follows is the action on many."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.caseload.acting import services
from app.caseload.acting.forms import NOBODY, OfficerForm, ReassignForm
from app.caseload.acting.reassigning import caseloads, officer_of, running_cases
from app.caseload.acting.rules import What
from app.cases.lookups import get_enrollment_for, who_can_supervise
from app.core.errors import Refused
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction

pages = Pages("reassigning", __name__)


@pages.route("/caseload/reassign", methods=["GET", "POST"], permission=Permission.CASE_ASSIGN)
def reassign() -> ResponseReturnValue:
    """First whose cases (?of= names the officer), then which of them, to whom and why."""
    identity = current_identity()
    known = caseloads(identity)
    asked = request.args.get("of", "")
    source = next((one for one in known if asked == str(one.officer_id or NOBODY)), None)
    if source is None:
        return render_template("caseload/reassign_from.html", known=known, nobody=NOBODY)
    cases = running_cases(identity, source.officer_id)
    form = ReassignForm()
    form.offer(_officers(source.officer_id), nobody=source.officer_id is not None)
    form.offer_cases(cases)
    if form.validate_on_submit():
        chosen = [case.id for case in cases] if form.which.data == "all" else [UUID(key) for key in form.cases.data]
        if (answer := _looked_at(chosen, form)) is not None:
            return answer
    here = url_for("reassigning.reassign", of=asked)
    page = render_template("caseload/reassign.html", form=form, source=source, here=here, back=url_for(".reassign"))
    return page, (422 if form.errors or form.form_errors else 200)


@pages.route("/cases/<uuid:enrollment_id>/reassign", methods=["GET", "POST"], permission=Permission.CASE_ASSIGN)
def reassign_one(enrollment_id: UUID) -> ResponseReturnValue:
    """From the page of a case: to whom, and why."""
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    source = officer_of(enrollment.id)
    form = OfficerForm()
    form.offer(_officers(source), nobody=source is not None)
    if form.validate_on_submit() and (answer := _looked_at([enrollment.id], form)) is not None:
        return answer
    case_url = url_for("caseload.case", enrollment_id=enrollment.id)
    page = render_template(
        "caseload/reassign_one.html", form=form, person=enrollment.referral.person, case_url=case_url
    )
    return page, (422 if form.errors or form.form_errors else 200)


def _officers(source: UUID | None) -> list[tuple[str, str]]:
    return [(str(member.id), member.display_name) for member in who_can_supervise() if member.id != source]


def _looked_at(chosen: Sequence[UUID], form: OfficerForm) -> ResponseReturnValue | None:
    """Write down what is wanted and show what would happen; None where it was refused, which the form then says."""
    try:
        with transaction():
            action = services.prepare(What.REASSIGN, chosen, actor=current_identity())
            services.set_details(action, form.details(), actor=current_identity())
    except Refused as refused:
        form.show(refused)
        return None
    return redirect(url_for("caseload.action", action_id=action.id), 303)
