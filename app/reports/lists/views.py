"""Pages of a report about many people: watching it being made, reading it, taking it along as PDF or CSV."""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.audit import audit
from app.core.csv_files import CSV_TYPE, csv_file
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.delivering.views import delivery_facts
from app.reports.forms import RetryForm
from app.reports.jobs import translate
from app.reports.lists.html import render_list_page
from app.reports.lists.lookups import (
    ISSUED,
    OPEN,
    can_be_corrected,
    can_be_revoked,
    correction_of_list,
    file_of_list,
    get_list_for,
    later_list,
    parts_of,
)
from app.reports.lists.models import ListReport
from app.reports.lists.services import retry_list
from app.reports.lists.snapshot import ListKind, ListSnapshot
from app.reports.pages import pages, pdf_answer
from app.reports.words import FAILURE_WORDS, KIND_WORDS, STATE_TONES, STATE_WORDS
from app.web import errors
from app.web.identity import current_identity
from app.web.links import link
from tenants.database import transaction
from tenants.scope import current_court_id

WORDS = {"kind_words": KIND_WORDS, "state_words": STATE_WORDS, "state_tones": STATE_TONES}


@pages.get("/lists/<uuid:list_id>", permission=Permission.CASELOAD_READ)
def list_report(list_id: UUID) -> ResponseReturnValue:
    """The state of a list, and what it says once it is issued."""
    identity = current_identity()
    row = get_list_for(identity, list_id)
    if row.file_id is None:
        return render_template("reports_pages/list_pending.html", **_pending(identity, row))
    snapshot = ListSnapshot.model_validate(row.snapshot)
    with in_language(row.language):
        # The fragment's own templates escape everything that a person typed.
        facts = Markup(render_list_page(snapshot, translate))  # noqa: S704 - see the line above
    audit("reports.read_list", actor=identity, subject=("list_report", row.id))
    return render_template(
        "reports_pages/list_report.html",
        report=row,
        facts=facts,
        verify_url=snapshot.verify_url,
        parts=parts_of(row.id) if row.kind == ListKind.CALENDAR_PACKET else (),
        back=_back(row),
        staff=True,
        may_retry=may(identity, Permission.REPORT_REQUEST),
        **_corrections(identity, row),
        **delivery_facts(row.id),
    )


@pages.get("/lists/<uuid:list_id>/state", permission=Permission.CASELOAD_READ)
def list_state(list_id: UUID) -> ResponseReturnValue:
    """What the waiting page asks for; it loads the page anew once there is something else to see."""
    identity = current_identity()
    row = get_list_for(identity, list_id)
    answer = make_response(render_template("reports_pages/_list_state.html", **_pending(identity, row)))
    if row.state not in OPEN:
        answer.headers["HX-Refresh"] = "true"
    return answer


@pages.post("/lists/<uuid:list_id>/retry", permission=Permission.REPORT_REQUEST)
def retry_list_report(list_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    get_list_for(identity, list_id)
    form = RetryForm()
    if form.validate_on_submit():
        with transaction():
            if form.claim("reports.retry_list").first:
                retry_list(list_id, actor=identity)
    return redirect(url_for("reports.list_report", list_id=list_id))


@pages.get("/lists/<uuid:list_id>/file", permission=Permission.CASELOAD_READ)
def list_file(list_id: UUID) -> ResponseReturnValue:
    """The very bytes that were issued, as a download."""
    row = get_list_for(current_identity(), list_id)
    file = file_of_list(row)
    try:
        content = runtime().storage.get(current_court_id(), file.sha256)
    except Missing:
        return errors.page(503, message=_("The file is not where it was put. Please tell the court's administrator."))
    audit("reports.read_list_file", actor=current_identity(), subject=("list_report", row.id))
    return pdf_answer(content, f"{row.number}.pdf")


@pages.get("/lists/<uuid:list_id>/list.csv", permission=Permission.CASELOAD_READ)
def list_csv(list_id: UUID) -> ResponseReturnValue:
    """The rows of an issued list, as a file of which no cell runs as a formula."""
    row = get_list_for(current_identity(), list_id)
    if row.file_id is None:
        raise NotFound
    snapshot = ListSnapshot.model_validate(row.snapshot)
    answer = Response(csv_file([[one.key for one in snapshot.columns], *snapshot.rows]), content_type=CSV_TYPE)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{row.number}.csv")
    audit("reports.read_list_file", actor=current_identity(), subject=("list_report", row.id))
    return answer


def _pending(identity: Identity, row: ListReport) -> dict[str, object]:
    return {
        "report": row,
        "failure": FAILURE_WORDS.get(row.error, FAILURE_WORDS["unknown"]),
        "retry": RetryForm(formdata=None) if may(identity, Permission.REPORT_REQUEST) else None,
        "back": _back(row),
        **WORDS,
    }


def _corrections(identity: Identity, row: ListReport) -> dict[str, object]:
    """What took the place of it or will, and the buttons; the pages behind them are a later package's."""
    correct = link("batches.correct", list_id=row.id) if may(identity, Permission.REPORT_REQUEST) else None
    revoke = link("batches.revoke", list_id=row.id) if may(identity, Permission.REPORT_REVOKE) else None
    return {
        "later": later_list(row),
        "coming": correction_of_list(row.id) if row.state in ISSUED else None,
        "may_correct": correct is not None and can_be_corrected(row),
        "may_revoke": revoke is not None and can_be_revoked(row),
        "correct_url": correct,
        "revoke_url": revoke,
    }


def _back(row: ListReport) -> tuple[str, str]:
    if row.for_day is not None:
        return _("Hearings"), url_for("reports.hearings", day=row.for_day.isoformat())
    return _("Caseload"), link("caseload.caseload") or ""
