"""Pages of the papers of a fee: receipts, letters, copies of requests, and statements, which are asked for here."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_enrollment_for, my_enrollment
from app.cases.models import Enrollment
from app.core.errors import Refused
from app.core.i18n import current_language
from app.permissions.permissions import Permission
from app.reports import lookups
from app.reports.forms import StatementForm
from app.reports.pages import pages
from app.reports.papers import request_statement
from app.reports.snapshot import FEE_PAPERS
from app.reports.words import KIND_WORDS, STATE_TONES, STATE_WORDS
from app.web.cookies import request_court
from app.web.identity import current_identity
from app.web.links import link
from tenants.database import transaction


@pages.route("/cases/<uuid:enrollment_id>/fee-papers", methods=["GET", "POST"], permission=Permission.CASE_MONEY_READ)
def fee_papers(enrollment_id: UUID) -> ResponseReturnValue:
    """The papers of a case's fee that the reader may see, and the button for a statement."""
    return _papers(get_enrollment_for(current_identity(), enrollment_id), mine=False)


@pages.route("/fee/papers", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def my_fee_papers() -> ResponseReturnValue:
    """The papers of the learner's own fee."""
    return _papers(my_enrollment(current_identity()), mine=True)


def _papers(enrollment: Enrollment, *, mine: bool) -> ResponseReturnValue:
    identity, court = current_identity(), request_court()
    form, enrollment_id = StatementForm(), enrollment.id
    form.offer(court.languages if court else (), current_language())
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("reports.request_statement")
                if claim.first:
                    made = request_statement(enrollment_id, actor=identity, language=form.language.data or None)
                    claim.finish(made.id)
            return redirect(url_for("reports.report", report_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
            # what was read before is rolled back, too
            enrollment = my_enrollment(identity) if mine else get_enrollment_for(identity, enrollment_id)
    page = render_template(
        "reports_pages/fee_papers.html",
        form=form,
        mine=mine,
        person=enrollment.referral.person,
        papers=lookups.reports_of(enrollment.id, FEE_PAPERS & lookups.kinds_readable_by(identity)),
        back_url=url_for("payments.my_fee") if mine else link("caseload.case", enrollment_id=enrollment.id),
        kind_words=KIND_WORDS,
        state_words=STATE_WORDS,
        state_tones=STATE_TONES,
    )
    return page, (422 if form.errors else 200)
