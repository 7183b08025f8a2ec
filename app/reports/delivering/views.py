"""Pages of deliveries: reports for the signed-in person, what waits for paper, what did not arrive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.audit import audit
from app.core.errors import IllegalMove, NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.permissions import Permission, may
from app.reports.delivering import inbox as lookups
from app.reports.delivering import printing, services
from app.reports.delivering.words import BATCH_WORDS, DELIVERY_FAILURES, WAY_WORDS
from app.reports.delivering.words import STATE_WORDS as DELIVERY_WORDS
from app.reports.pages import pages
from app.reports.words import KIND_WORDS, STATE_TONES, STATE_WORDS
from app.web import errors
from app.web.forms import PortalForm
from app.web.identity import current_identity
from tenants.database import transaction
from tenants.scope import current_court_id


def _url(report_id: UUID | None, list_id: UUID | None) -> str:
    if list_id is not None:
        return url_for("reports.list_report", list_id=list_id)
    return url_for("reports.report", report_id=report_id)


def url_of(item: lookups.Item) -> str:
    """The page of what a delivery carries."""
    return _url(item.delivery.report_id, item.delivery.list_id)


WORDS = {
    "url_of": url_of,
    "kind_words": KIND_WORDS,
    "state_words": STATE_WORDS,
    "state_tones": STATE_TONES,
    "way_words": WAY_WORDS,
    "delivery_words": DELIVERY_WORDS,
    "batch_words": BATCH_WORDS,
    "failures": DELIVERY_FAILURES,
    "new_form": PortalForm,
}


@pages.get("/reports", permission=Permission.REPORT_RECEIVE)
def inbox() -> ResponseReturnValue:
    """The reports that were delivered to the signed-in person."""
    identity = current_identity()
    after = request.args.get("after", type=UUID)
    older, next_page = lookups.older_items(identity, after)
    return render_template(
        "reports_pages/inbox.html",
        new=lookups.new_items(identity) if after is None else [],
        new_count=lookups.count_new(identity),
        older=older,
        next_page=next_page,
        paged=after is not None,
        may_dispatch=may(identity, Permission.REPORT_DISPATCH),
        **WORDS,
    )


@pages.post("/reports/received", permission=Permission.REPORT_RECEIVE)
def acknowledge() -> ResponseReturnValue:
    """The signed-in person has the chosen reports."""
    form, identity = PortalForm(), current_identity()
    if form.validate_on_submit():
        with transaction():
            claim = form.claim("reports.acknowledge")
            count = services.acknowledge(_chosen(), actor=identity) if claim.first else 0
        if count:
            words = ngettext("%(num)s report is noted as received.", "%(num)s reports are noted as received.", count)
            flash(words, "success")
        elif claim.first:
            flash(_("Choose at least one report."), "warning")
    return redirect(url_for("reports.inbox"))


def _chosen() -> list[UUID]:
    found = []
    for value in request.form.getlist("delivery")[: lookups.PAGE]:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


@pages.get("/reports/delivery", permission=Permission.REPORT_DISPATCH)
def dispatch() -> ResponseReturnValue:
    """What goes out on paper, and what did not arrive."""
    identity = current_identity()
    return render_template(
        "reports_pages/dispatch.html",
        failed=lookups.not_delivered(identity),
        waiting=lookups.to_print(identity),
        batches=lookups.print_batches(),
        **WORDS,
    )


@pages.post("/reports/delivery/print", permission=Permission.REPORT_DISPATCH)
def put_together() -> ResponseReturnValue:
    form = PortalForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("reports.print")
                if claim.first:
                    claim.finish(printing.put_together(_chosen(), actor=current_identity()).id)
            return redirect(url_for("reports.print_batch", papers_id=claim.result_id))
        except Refused as refused:
            flash(refused.message, "warning")
    return redirect(url_for("reports.dispatch"))


@pages.get("/reports/delivery/print/<uuid:papers_id>", permission=Permission.REPORT_DISPATCH)
def print_batch(papers_id: UUID) -> ResponseReturnValue:
    return render_template(
        "reports_pages/print_batch.html",
        batch=lookups.get_batch(papers_id),
        items=lookups.items_of(current_identity(), papers_id),
        **WORDS,
    )


@pages.get("/reports/delivery/print/<uuid:papers_id>/file", permission=Permission.REPORT_DISPATCH)
def print_file(papers_id: UUID) -> ResponseReturnValue:
    """The file to print. A week after it was made it is gone."""
    batch = lookups.get_batch(papers_id)
    if not batch.sha256:
        raise NotFound
    try:
        content = runtime().storage.get(current_court_id(), batch.sha256)
    except Missing:
        return errors.page(503, message=_("The file is not where it was put. Please tell the court's administrator."))
    audit("reports.read_print", actor=current_identity(), subject=("print_batch", batch.id))
    answer = Response(content, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"print-{batch.created_at:%Y-%m-%d-%H%M}.pdf")
    return answer


@pages.post("/reports/delivery/print/<uuid:papers_id>/handed-over", permission=Permission.REPORT_DISPATCH)
def handed_over(papers_id: UUID) -> ResponseReturnValue:
    def act() -> str:
        count = printing.confirm(papers_id, actor=current_identity())
        return str(ngettext("%(num)s report is delivered on paper.", "%(num)s reports are delivered on paper.", count))

    return _act(papers_id, act)


@pages.post("/reports/delivery/print/<uuid:papers_id>/put-back", permission=Permission.REPORT_DISPATCH)
def put_back(papers_id: UUID) -> ResponseReturnValue:
    def act() -> str:
        printing.put_back(papers_id, actor=current_identity())
        return str(_("These reports wait again."))

    return _act(papers_id, act)


@pages.post("/reports/delivery/print/<uuid:papers_id>/again", permission=Permission.REPORT_DISPATCH)
def print_again(papers_id: UUID) -> ResponseReturnValue:
    def act() -> str:
        printing.retry(papers_id, actor=current_identity())
        return str(_("The file is being put together again."))

    return _act(papers_id, act)


def _act(papers_id: UUID, act: Callable[[], str]) -> ResponseReturnValue:
    form = PortalForm()
    lookups.get_batch(papers_id)
    if form.validate_on_submit():
        try:
            with transaction():
                done = act() if form.claim("reports.print_act").first else ""
            if done:
                flash(done, "success")
        except IllegalMove:
            flash(_("That is not possible any more: look at the state below."), "warning")
    return redirect(url_for("reports.print_batch", papers_id=papers_id))


@pages.post("/reports/delivery/<uuid:delivery_id>/again", permission=Permission.REPORT_REQUEST)
def deliver_again(delivery_id: UUID) -> ResponseReturnValue:
    """Try a failed delivery once more; back to the page where the button was."""
    form, identity = PortalForm(), current_identity()
    row = lookups.get_delivery_for(identity, delivery_id)
    back = _url(row.report_id, row.list_id)
    if form.validate_on_submit():
        with transaction():
            if form.claim("reports.deliver_again").first:
                services.retry(delivery_id, actor=identity)
        flash(_("It is tried once more."), "success")
    if request.form.get("back") == "dispatch" and may(identity, Permission.REPORT_DISPATCH):
        return redirect(url_for("reports.dispatch"))
    return redirect(back)


def delivery_facts(document_id: UUID) -> dict[str, object]:
    """What the page of a report or list shows of its deliveries."""
    rows: Sequence[object] = lookups.deliveries_of(document_id)
    return {"deliveries": rows, "own": lookups.own_delivery(current_identity(), document_id), **WORDS}
