"""Pages of batches: what is wanted, whom it is about, how far it is."""

from __future__ import annotations

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.batches import correcting_views, lookups, services
from app.batches.caseloads import request_caseload
from app.batches.forms import BatchForm, StartForm, WantedForm
from app.batches.models import BatchState, ReportBatch
from app.batches.pages import pages
from app.batches.rules import What
from app.batches.scheduling.words import SCHEDULE_WORDS
from app.batches.words import PROBLEM_WORDS, STANDING_TONES, STANDING_WORDS, STATE_TONES, STATE_WORDS, WHAT_WORDS
from app.cases.lookups import Reach, reach_of
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.permissions.permissions import Permission
from app.reports.words import FAILURE_WORDS
from app.web.cookies import request_court
from app.web.identity import current_identity
from tenants.database import transaction

__all__ = ["correcting_views", "pages"]

NAMED = 20  # people whom the preview names
WORDS = {
    "what_words": WHAT_WORDS,
    "state_words": STATE_WORDS,
    "state_tones": STATE_TONES,
    "standing_words": STANDING_WORDS,
    "standing_tones": STANDING_TONES,
    "problem_words": PROBLEM_WORDS,
    "failure_words": FAILURE_WORDS,
    "schedule_words": SCHEDULE_WORDS,
}


@pages.get("/batches", permission=Permission.REPORT_REQUEST)
def batches() -> ResponseReturnValue:
    found = lookups.batches_for(current_identity(), scheduled=False)
    progress = lookups.progress_of([one.id for one in found])
    return render_template("batches/batches.html", batches=found, progress=progress, **WORDS)


@pages.route("/batches/new", methods=["GET", "POST"], permission=Permission.REPORT_REQUEST)
def new_batch() -> ResponseReturnValue:
    """What is wanted; sent, it says what that comes to, and asks once more before anything is made."""
    form = _offered(WantedForm())
    if form.validate_on_submit():
        about = lookups.subjects(current_identity(), form.wanted())
        if about:
            return _preview(_offered(StartForm(people=len(about))), about)
        form.what.errors = [*form.what.errors, _("There is nobody to make this report of.")]
    page = render_template("batches/new_batch.html", form=form, whole_court=_whole_court(), **WORDS)
    return page, (422 if form.errors else 200)


@pages.post("/batches/start", permission=Permission.REPORT_REQUEST)
def start_batch() -> ResponseReturnValue:
    """Start what the preview showed; who was looked at again is whoever is there now."""
    form = _offered(StartForm())
    if not form.validate_on_submit():
        return render_template("batches/new_batch.html", form=form, whole_court=_whole_court(), **WORDS), 422
    identity, wanted = current_identity(), form.wanted()
    about = lookups.subjects(identity, wanted)
    if str(len(about)) != form.people.data:
        form.form_errors.append(_("Since you looked, somebody was added or left. Please look again."))
        return _preview(form, about), 422
    try:
        with transaction():
            claim = form.claim("batches.start")
            if claim.first:
                made = services.start(wanted.what, about, actor=identity, language=form.language.data)
                claim.finish(made.id)
    except Refused as refused:
        form.show(refused)
        return render_template("batches/new_batch.html", form=form, whole_court=_whole_court(), **WORDS), 422
    return redirect(url_for("batches.batch", run_id=claim.result_id))


def _offered(form: WantedForm) -> WantedForm:
    court = request_court()
    officers = lookups.officers() if _whole_court() else ()
    form.offer(officers, court.languages if court else ())
    return form


def _whole_court() -> bool:
    return reach_of(current_identity()) is Reach.WHOLE_COURT


def _preview(form: WantedForm, about: list[lookups.Subject]) -> str:
    if isinstance(form, StartForm):
        form.people.data = str(len(about))
    return render_template(
        "batches/preview.html",
        form=form,
        what=WHAT_WORDS[What(form.what.data)],
        count=len(about),
        names=[one.name for one in about[:NAMED]],
        further=max(0, len(about) - NAMED),
    )


@pages.post("/caseload/report", permission=Permission.REPORT_REQUEST)
def caseload_report() -> ResponseReturnValue:
    """The own caseload as a report; for those who see the whole court, the court's."""
    identity = current_identity()
    whose = None if _whole_court() else identity.id
    form = BatchForm()
    if not form.validate_on_submit():
        return redirect(url_for("caseload.caseload"))
    with transaction():
        claim = form.claim("batches.caseload_report")
        if claim.first:
            claim.finish(request_caseload(whose, actor=identity).id)
    return redirect(url_for("reports.list_report", list_id=claim.result_id))


@pages.get("/batches/<uuid:run_id>", permission=Permission.REPORT_REQUEST)
def batch(run_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    row = lookups.get_batch_for(identity, run_id)
    progress = lookups.progress_of([row.id])[row.id]
    asked = request.args.get("show", "")
    show = asked if asked in ("look", "all") else "look" if progress.to_retry else "all"
    after = request.args.get("after", -1, type=int)
    items, more_after = lookups.items_of(identity, row.id, after=after, to_look_at=show == "look")
    return render_template(
        "batches/batch.html",
        row=row,
        progress=progress,
        items=items,
        show=show,
        more_after=more_after,
        form=BatchForm(formdata=None),
        active=_active(row),
        **WORDS,
    )


def _active(row: ReportBatch) -> bool:
    return row.state == BatchState.RUNNING


@pages.get("/batches/<uuid:run_id>/progress", permission=Permission.REPORT_REQUEST)
def batch_progress(run_id: UUID) -> ResponseReturnValue:
    """What the page of a running batch asks for; it loads the page anew once it runs no more."""
    row = lookups.get_batch_for(current_identity(), run_id)
    progress = lookups.progress_of([row.id])[row.id]
    answer = make_response(render_template("batches/_progress.html", row=row, progress=progress, **WORDS))
    if not _active(row):
        answer.headers["HX-Refresh"] = "true"
    return answer


@pages.post("/batches/<uuid:run_id>/pause", permission=Permission.REPORT_REQUEST)
def pause(run_id: UUID) -> ResponseReturnValue:
    lookups.get_batch_for(current_identity(), run_id)
    if BatchForm().validate_on_submit():
        services.pause(run_id, actor=current_identity())
    return redirect(url_for("batches.batch", run_id=run_id))


@pages.post("/batches/<uuid:run_id>/go-on", permission=Permission.REPORT_REQUEST)
def go_on(run_id: UUID) -> ResponseReturnValue:
    lookups.get_batch_for(current_identity(), run_id)
    if BatchForm().validate_on_submit():
        services.go_on(run_id, actor=current_identity())
    return redirect(url_for("batches.batch", run_id=run_id))


@pages.route("/batches/<uuid:run_id>/cancel", methods=["GET", "POST"], permission=Permission.REPORT_REQUEST)
def cancel(run_id: UUID) -> ResponseReturnValue:
    row = lookups.get_batch_for(current_identity(), run_id)
    form = BatchForm()
    if form.validate_on_submit():
        services.cancel(run_id, actor=current_identity())
        flash(_("The batch is canceled. What was made already stays."), "success")
        return redirect(url_for("batches.batch", run_id=run_id))
    return render_template("batches/cancel.html", form=form, row=row, **WORDS)


@pages.post("/batches/<uuid:run_id>/retry", permission=Permission.REPORT_REQUEST)
def retry(run_id: UUID) -> ResponseReturnValue:
    lookups.get_batch_for(current_identity(), run_id)
    form, count = BatchForm(), 0
    if form.validate_on_submit():
        with transaction():
            if form.claim("batches.retry").first:
                count = services.retry(run_id, actor=current_identity())
    if count:
        flash(ngettext("%(num)d report is tried again.", "%(num)d reports are tried again.", count), "success")
    return redirect(url_for("batches.batch", run_id=run_id))
