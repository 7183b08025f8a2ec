"""Pages of files: send one, say which column is which, look at every row, confirm, watch, read the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import referring
from app.cases.imports import lookups, result, services
from app.cases.imports.columns import Kind, everything_known
from app.cases.imports.forms import CancelForm, ColumnsForm, ConfirmForm, SendFileForm
from app.cases.imports.matching import Outcome
from app.cases.imports.models import ReferralImport
from app.cases.imports.reading import MOST_ROWS, Sheet
from app.cases.imports.words import ROW_STATES, ROW_TONES, STATES, TONES
from app.cases.pages import pages
from app.cases.uploads import shown_name
from app.core.audit import audit
from app.core.csv_files import CSV_TYPE, csv_file
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from tenants.database import transaction

ROWS_SHOWN = 50
SAMPLES = 3
WORDS = {"row_states": ROW_STATES, "row_tones": ROW_TONES, "states": STATES, "tones": TONES}
HERE = "/referrals/import"
MAY = Permission.REFERRAL_CREATE


@pages.route(HERE, methods=["GET", "POST"], permission=MAY)
def imports() -> ResponseReturnValue:
    identity = current_identity()
    if request.method == "GET" and not referring.may_refer(identity):
        return render_template("cases/may_not_refer.html")
    form = SendFileForm()
    form.offer()
    if form.validate_on_submit() and (made := _keep(form)) is not None:
        return redirect(url_for("cases.import_file", import_id=made))
    listed, older = lookups.imports_of(identity, older_than=_asked_id("older"))
    page = render_template("cases/imports.html", form=form, listed=listed, older=older, most=MOST_ROWS, **WORDS)
    return page, (422 if form.errors else 200)


def _keep(form: SendFileForm) -> UUID | None:
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Refused(_("Choose a file."), "file")
        content, name = sent.read(), shown_name(sent.filename)
        with transaction():
            claim = form.claim("cases.send_import")
            if claim.first:
                kind = Kind(form.kind.data)
                claim.finish(services.keep_import(content, name=name, kind=kind, actor=current_identity()).id)
            return claim.result_id
    except Refused as refused:
        form.show(refused)
        return None


@pages.get(f"{HERE}/template.csv", permission=MAY)
def import_template() -> ResponseReturnValue:
    return _csv(result.template_lines(), "referrals-template.csv")


@pages.get(f"{HERE}/pending.csv", permission=MAY)
def pending_numbers() -> ResponseReturnValue:
    """Everybody who waits for a case number, to be filled in and sent back."""
    identity = current_identity()
    waiting = lookups.pending_referrals(identity, MOST_ROWS)
    audit("cases.read_pending_numbers", actor=identity, subject=("referral", None), new={"rows": len(waiting)})
    return _csv(result.pending_lines(waiting), "pending-case-numbers.csv")


@pages.get(f"{HERE}/<uuid:import_id>", permission=MAY)
def import_file(import_id: UUID) -> ResponseReturnValue:
    """Wherever a file is on its way: the next thing to do with it, how far it is, or what became of it."""
    row = lookups.get_import_for(current_identity(), import_id)
    if row.state == "draft":
        return redirect(url_for("cases.preview_import" if row.mapped else "cases.import_columns", import_id=import_id))
    progress = _progress(row)
    show, after = _show(progress["counts"]), request.args.get("after", 0, type=int)
    shown = lookups.rows_of(import_id, states=LOOK if show == "look" else (), after=after, most=ROWS_SHOWN + 1)
    return render_template(
        "cases/import_file.html",
        **progress,
        rows=[(line, result.why(line)) for line in shown[:ROWS_SHOWN]],
        more_after=shown[ROWS_SHOWN - 1].number if len(shown) > ROWS_SHOWN else None,
        show=show,
    )


@pages.get(f"{HERE}/<uuid:import_id>/progress", permission=MAY)
def import_progress(import_id: UUID) -> ResponseReturnValue:
    """What the page of a running import asks for; it loads the page anew once the import is over."""
    row = lookups.get_import_for(current_identity(), import_id)
    answer = make_response(render_template("cases/_import_progress.html", **_progress(row)))
    if row.state != "running":
        answer.headers["HX-Refresh"] = "true"
    return answer


def _progress(row: ReferralImport) -> dict[str, Any]:
    return {"row": row, "counts": lookups.counts_of([row.id]).get(row.id, {}), **WORDS}


@pages.route(f"{HERE}/<uuid:import_id>/columns", methods=["GET", "POST"], permission=MAY)
def import_columns(import_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    row = lookups.get_import_for(identity, import_id)
    if row.state != "draft":
        return redirect(url_for("cases.import_file", import_id=import_id))
    sheet = lookups.sheet_of(row)
    form = ColumnsForm(row_version=row.row_version)
    form.offer(Kind(row.kind), sheet.headings, lookups.mapping_of(row.mapping))
    if form.validate_on_submit() and _choose(form, row):
        return redirect(url_for("cases.preview_import", import_id=import_id))
    page = render_template("cases/import_columns.html", form=form, row=row, sheet=sheet, samples=_samples(sheet))
    return page, (422 if form.errors else 200)


def _choose(form: ColumnsForm, row: ReferralImport) -> bool:
    try:
        with transaction():
            claim = form.claim("cases.import_columns")
            if claim.first:
                form.expect_version(row)
                services.choose_columns(row.id, form.mapping(), actor=current_identity())
                claim.finish(row.id)
    except Refused as refused:
        form.show(refused)
        return False
    return True


def _samples(sheet: Sheet) -> list[dict[str, str]]:
    """What stands in each column in the first rows."""
    first = sheet.records[:SAMPLES]
    return [
        {"heading": heading, "cells": ", ".join(cell[:40] for record in first if (cell := record.cell(place)))}
        for place, heading in enumerate(sheet.headings)
    ]


@dataclass(frozen=True)
class Shown:
    """The rows of a page of the preview, and the number behind which the next page begins."""

    rows: Sequence[Outcome]
    more_after: int | None


@pages.route(f"{HERE}/<uuid:import_id>/preview", methods=["GET", "POST"], permission=MAY)
def preview_import(import_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    row = lookups.get_import_for(identity, import_id)
    if row.state != "draft" or not row.mapped:
        return redirect(url_for("cases.import_file", import_id=import_id))
    form = ConfirmForm(row_version=row.row_version)
    if form.validate_on_submit() and _confirm(form, row):
        return redirect(url_for("cases.import_file", import_id=import_id))
    sheet, found = services.preview(row, actor=identity)
    counts = Counter(one.state for one in found)
    show = _show(counts)
    page = render_template(
        "cases/import_preview.html",
        form=form,
        row=row,
        shown=_page_of(found, show),
        show=show,
        counts=counts,
        alike=sum(one.only_like for one in found),
        pending=sum(one.new is not None and not one.new.case_numbers and one.state == "waiting" for one in found),
        rows_in_file=len(sheet.records),
        known=everything_known(Kind(row.kind), lookups.mapping_of(row.mapping), sheet.headings),
        before=services.confirmed_before(row),
        problem_line=result.problem_line,
        **WORDS,
    )
    return page, (422 if form.errors else 200)


def _confirm(form: ConfirmForm, row: ReferralImport) -> bool:
    try:
        with transaction():
            claim = form.claim("cases.confirm_import")
            if claim.first:
                form.expect_version(row)
                services.confirm(row.id, with_look_alikes=form.with_look_alikes.data, actor=current_identity())
                claim.finish(row.id)
    except Refused as refused:
        form.show(refused)
        return False
    return True


@pages.route(f"{HERE}/<uuid:import_id>/cancel", methods=["GET", "POST"], permission=MAY)
def cancel_import(import_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    row = lookups.get_import_for(identity, import_id)
    if row.state not in ("draft", "running"):
        return redirect(url_for("cases.import_file", import_id=import_id))
    form = CancelForm()
    if form.validate_on_submit():
        with transaction():
            claim = form.claim("cases.cancel_import")
            if claim.first:
                services.cancel(import_id, actor=identity)
                claim.finish(import_id)
        flash(_("The file is canceled. Nobody else is brought in from it."), "success")
        return redirect(url_for("cases.import_file", import_id=import_id))
    return render_template("cases/import_cancel.html", form=form, row=row)


@pages.get(f"{HERE}/<uuid:import_id>/result.csv", permission=MAY)
def import_result(import_id: UUID) -> ResponseReturnValue:
    """What became of every row, as a file of which no cell runs as a formula."""
    identity = current_identity()
    row = lookups.get_import_for(identity, import_id)
    answer = _csv(result.result_lines(row), f"import-result-{row.id.hex[-8:]}.csv")
    audit("cases.read_import_result", actor=identity, subject=("referral_import", row.id))
    return answer


def _csv(lines: Iterable[Sequence[object]], name: str) -> Response:
    answer = Response(csv_file(lines), content_type=CSV_TYPE)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


LOOK = ("duplicate", "faulty", "failed")  # rows that somebody has to look at


def _show(counts: Mapping[str, int]) -> str:
    """`look` for the rows to look at, which come first while there are any; else `all`."""
    asked = request.args.get("show", "")
    return asked if asked in ("look", "all") else "look" if any(counts.get(state) for state in LOOK) else "all"


def _page_of(found: Sequence[Outcome], show: str) -> Shown:
    after = request.args.get("after", 0, type=int)
    rows = [one for one in found if one.number > after and (show == "all" or one.state in LOOK)]
    more = len(rows) > ROWS_SHOWN
    return Shown(rows[:ROWS_SHOWN], rows[ROWS_SHOWN - 1].number if more else None)


def _asked_id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None
