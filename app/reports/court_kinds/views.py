"""The page on which somebody writes a non-compliance report."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accountability.violations.words import KIND_WORDS, state_words
from app.cases.lookups import get_enrollment_for
from app.cases.models import Enrollment
from app.cases.rules import STATE_WORDS
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.reports.court_kinds.forms import NonComplianceForm
from app.reports.court_kinds.services import (
    RETURN,
    Asked,
    Occasions,
    Telling,
    may_tell,
    occasions_of,
    request_non_compliance,
)
from app.reports.pages import pages
from app.web.cookies import request_court
from app.web.identity import current_identity
from app.web.links import link
from app.web.templating import court_time_zone, show_date
from tenants.database import transaction


@pages.route(
    "/cases/<uuid:enrollment_id>/reports/non-compliance",
    methods=["GET", "POST"],
    permission=Permission.VIOLATION_DECIDE,
)
def non_compliance(enrollment_id: UUID) -> ResponseReturnValue:
    """Write one; `?about=` the id of a possible violation or proposal is chosen beforehand."""
    identity = current_identity()
    if not may_tell(identity):
        raise NotFound
    enrollment, court = get_enrollment_for(identity, enrollment_id), request_court()
    occasions = occasions_of(enrollment, court_time_zone())
    choices = _choices(occasions)
    form = NonComplianceForm()
    form.offer(choices, court.languages if court else ())
    if not form.is_submitted():
        wanted = request.args.get("about", "")
        form.about.data = [key for key, _words in choices if key == wanted or len(choices) == 1]
    if form.validate_on_submit():
        telling = Telling(
            frozenset(filter(None, form.about.data or ())),
            form.tried_besides.data or "",
            Asked(form.asked.data),
            form.asked_besides.data or "",
        )
        try:
            with transaction():
                claim = form.claim("reports.non_compliance")
                if claim.first:
                    made = request_non_compliance(
                        enrollment_id, telling, actor=identity, language=form.language.data or None
                    )
                    claim.finish(made.id)
            return redirect(url_for("reports.report", report_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
            enrollment = get_enrollment_for(identity, enrollment_id)  # what was read before is rolled back, too
    return _page(enrollment, form, bool(choices)), (422 if form.errors else 200)


def _page(enrollment: Enrollment, form: NonComplianceForm, possible: bool) -> str:
    return render_template(
        "reports_pages/non_compliance.html",
        form=form,
        possible=possible,
        person=enrollment.referral.person,
        case_url=link("caseload.case", enrollment_id=enrollment.id),
        back=url_for("reports.request_report", enrollment_id=enrollment.id),
    )


def _choices(there: Occasions) -> list[tuple[str, str]]:
    """What the report can be about, in words that tell one from the other."""
    found = [
        (str(one.id), f"{KIND_WORDS[one.kind]}, {show_date(one.event_on)} ({state_words(one)})")
        for one in there.violations
    ]
    if there.returned is not None:
        found.append((RETURN, _("The return to the court of %(day)s", day=show_date(there.returned.on))))
    for proposal in there.proposals:
        words = {"day": show_date(proposal.proposed_at), "state": str(STATE_WORDS["termination"][proposal.state])}
        found.append((str(proposal.id), _("The proposal to end the program of %(day)s (%(state)s)", **words)))
    return found
