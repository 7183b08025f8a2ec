"""Pages of reports: asking for one, watching it being made, reading it, taking the file along."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.cases.lookups import get_enrollment_for, my_enrollment, signature_of
from app.cases.models import Enrollment
from app.core.actor import ActorKind
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext, in_language
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.identity import Identity, Role
from app.permissions.permissions import Permission, may
from app.reports import lookups, paper_views, services, slip, verify_views
from app.reports.correcting import views as correcting_views
from app.reports.correcting.views import correction_facts
from app.reports.court_kinds import views as court_kinds_views
from app.reports.court_kinds.services import may_tell
from app.reports.delivering import views as delivering_views
from app.reports.delivering.views import delivery_facts
from app.reports.forms import RequestReportForm, RetryForm
from app.reports.html import render_page
from app.reports.lists import views as list_views
from app.reports.models import Report
from app.reports.outputs import views as output_views
from app.reports.outputs.files import files_of
from app.reports.packets import views as packet_views
from app.reports.pages import pages, pdf_answer
from app.reports.render import RenderFailed
from app.reports.snapshot import FEE_PAPERS, ReportKind, Snapshot
from app.reports.tracing import trace_of
from app.reports.words import FAILURE_WORDS, FILE_WORDS, KIND_WORDS, STATE_TONES, STATE_WORDS
from app.web import errors
from app.web.cookies import request_court
from app.web.identity import current_identity
from tenants.database import transaction
from tenants.scope import current_court_id

__all__ = [
    "correcting_views",
    "court_kinds_views",
    "delivering_views",
    "list_views",
    "output_views",
    "packet_views",
    "pages",
    "paper_views",
    "verify_views",
]

STOP_ASKING = 286  # what htmx takes for "there is nothing more to come"

WORDS = {"kind_words": KIND_WORDS, "state_words": STATE_WORDS, "state_tones": STATE_TONES}


@pages.route("/cases/<uuid:enrollment_id>/reports", methods=["GET", "POST"], permission=Permission.REPORT_REQUEST)
def request_report(enrollment_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    form = RequestReportForm()
    court = request_court()
    # The furthest kind that the case has come to is the one that is wanted most often.
    form.offer(services.kinds_for(enrollment)[::-1], court.languages if court else ())
    if identity.as_role is Role.JUDGE and not form.is_submitted():
        form.kind.data = ReportKind.BENCH_CARD.value
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("reports.request")
                if claim.first:
                    made = services.request_report(
                        enrollment_id, form.kind.data or "", actor=identity, language=form.language.data or None
                    )
                    claim.finish(made.id)
            return redirect(url_for("reports.report", report_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
            enrollment = get_enrollment_for(identity, enrollment_id)  # what was read before is rolled back, too
    page = render_template(
        "reports_pages/case_reports.html",
        form=form,
        enrollment=enrollment,
        person=enrollment.referral.person,
        reports=lookups.reports_of(enrollment_id, frozenset(ReportKind) - FEE_PAPERS),
        case_url=_case_url(identity, enrollment),
        non_compliance_url=url_for("reports.non_compliance", enrollment_id=enrollment_id)
        if enrollment.rules_id and may_tell(identity)
        else None,
        **WORDS,
    )
    return page, (422 if form.errors else 200)


@pages.get("/reports/<uuid:report_id>", permission=Permission.REPORT_READ)
def report(report_id: UUID) -> ResponseReturnValue:
    """The state of a report, and its facts once it is issued."""
    identity = current_identity()
    row, enrollment = lookups.get_report_for(identity, report_id)
    if row.state in lookups.OPEN:
        return render_template("reports_pages/pending.html", **_pending(identity, row, enrollment))
    snapshot = Snapshot.model_validate(row.snapshot)
    with in_language(row.language):
        # The fragment's own templates escape everything that a person typed.
        trace = trace_of(row, enrollment, identity)
        page = render_page(snapshot, lambda text: str(gettext(text)), trace=trace)
        facts = Markup(page)  # noqa: S704 - see the line above
    audit("reports.read", actor=identity, subject=("report", row.id), case_id=enrollment.referral_id)
    return render_template(
        "reports_pages/report.html",
        report=row,
        facts=facts,
        verify_url=snapshot.verify_url,
        person=enrollment.referral.person,
        back=_back(identity, enrollment, row.kind),
        files=[(form, FILE_WORDS[form]) for form in files_of(snapshot)],
        staff=identity.kind == ActorKind.STAFF,
        may_retry=may(identity, Permission.REPORT_REQUEST),
        **correction_facts(identity, row, services.kinds_for(enrollment)),
        **(WORDS if identity.kind == ActorKind.LEARNER else delivery_facts(row.id)),
    )


@pages.get("/reports/<uuid:report_id>/state", permission=Permission.REPORT_READ)
def report_state(report_id: UUID) -> ResponseReturnValue:
    """What a page with a waiting report asks for every second or two, saying what it shows: `?seen=`.

    An answer without a body while that is all there is, so that nothing is read aloud twice. The report's own page
    loads anew when the report is done; in a list (`?at=list`) the state changes in its place.
    """
    identity = current_identity()
    row, enrollment = lookups.get_report_for(identity, report_id)
    facts = _pending(identity, row, enrollment)
    if request.args.get("seen") == facts["seen"]:
        return "", 204
    done = row.state not in ("requested", "rendering")
    in_list = request.args.get("at") == "list"
    template = "reports_pages/_place.html" if in_list else "reports_pages/_state.html"
    answer = make_response(render_template(template, **facts))
    if done and in_list:
        answer.status_code = STOP_ASKING
    elif done:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _pending(identity: Identity, row: Report, enrollment: Enrollment) -> dict[str, object]:
    ahead = lookups.ahead_in_queue(row) if row.state == "requested" else 0
    return {
        "report": row,
        "ahead": ahead,
        "seen": f"{row.state}-{ahead}",
        "failure": FAILURE_WORDS.get(row.error, FAILURE_WORDS["unknown"]),
        "retry": RetryForm(formdata=None) if may(identity, Permission.REPORT_REQUEST) else None,
        "person": enrollment.referral.person,
        "back": _back(identity, enrollment, row.kind),
        **WORDS,
    }


@pages.post("/reports/<uuid:report_id>/retry", permission=Permission.REPORT_REQUEST)
def retry_report(report_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    lookups.get_report_for(identity, report_id)
    form = RetryForm()
    if form.validate_on_submit():
        with transaction():
            if form.claim("reports.retry").first:
                services.retry_report(report_id, actor=identity)
    return redirect(url_for("reports.report", report_id=report_id))


@pages.get("/reports/<uuid:report_id>/file", permission=Permission.REPORT_READ)
def report_file(report_id: UUID) -> ResponseReturnValue:
    """The very bytes that were issued, as a download."""
    identity = current_identity()
    row, enrollment = lookups.get_report_for(identity, report_id)
    file = lookups.file_of(row)
    try:
        content = runtime().storage.get(current_court_id(), file.sha256)
    except Missing:
        return errors.page(503, message=_("The file is not where it was put. Please tell the court's administrator."))
    audit("reports.read_file", actor=identity, subject=("report", row.id), case_id=enrollment.referral_id)
    return pdf_answer(content, f"{row.number}.pdf")


@pages.get("/documents", permission=Permission.OWN_PROGRAM)
def my_documents() -> ResponseReturnValue:
    enrollment = my_enrollment(current_identity())
    papers = lookups.reports_of(enrollment.id)
    return render_template(
        "reports_pages/my_documents.html",
        reports=[one for one in papers if one.kind not in FEE_PAPERS],
        fee_papers=[one for one in papers if one.kind in FEE_PAPERS],
        signature=signature_of(enrollment.id),
        **WORDS,
    )


@pages.post("/codes/slip", permission=Permission.CODE_ISSUE)
def enrollment_slip() -> ResponseReturnValue:
    """The slip of a code that the page before still shows: fields `code_id` and `code`."""
    identity = current_identity()
    typed = request.form.get("code", "")
    try:
        code_id = UUID(request.form.get("code_id", ""))
    except ValueError:
        raise NotFound from None
    row, enrollment = slip.get_code_for(identity, code_id, typed)
    try:
        content = slip.make_slip(row, enrollment, typed, actor=identity)
    except Refused as refused:
        flash(refused.message, "warning")
        return redirect(url_for("cases.referral", referral_id=row.referral_id))
    except RenderFailed as failed:
        current_app.logger.error("a slip was not drawn: %s", failed.reason)
        return errors.page(503, message=_("The slip can not be made now. Go back and write the code down by hand."))
    return pdf_answer(content, f"enrollment-{row.last_four}.pdf")


def _case_url(identity: Identity, enrollment: Enrollment) -> str | None:
    """The case's page, a later package's, for those who may see it."""
    known = "caseload.case" in current_app.view_functions
    return (
        url_for("caseload.case", enrollment_id=enrollment.id) if known and may(identity, Permission.CASE_READ) else None
    )


def _back(identity: Identity, enrollment: Enrollment, kind: str) -> tuple[str, str] | None:
    """Where somebody came from: words and address."""
    if identity.kind == ActorKind.LEARNER:
        return _("Documents"), url_for("reports.my_documents")
    if kind in FEE_PAPERS and may(identity, Permission.CASE_MONEY_READ):
        return _("Papers of the fee"), url_for("reports.fee_papers", enrollment_id=enrollment.id)
    if may(identity, Permission.REPORT_REQUEST):
        return _("Reports of this case"), url_for("reports.request_report", enrollment_id=enrollment.id)
    case_url = _case_url(identity, enrollment)
    return None if case_url is None else (_("Case"), case_url)
