"""Two pages that ask once more: correcting a report, taking one back."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.cases.models import Person
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports import lookups, services
from app.reports.correcting.forms import CorrectForm, RevokeForm
from app.reports.correcting.services import correct_report, correction_of, revoke_report
from app.reports.models import Report
from app.reports.pages import pages
from app.reports.rules import before
from app.reports.snapshot import FEE_PAPERS, ReportKind
from app.reports.words import KIND_WORDS
from app.web.identity import current_identity
from tenants.database import session, transaction


@pages.route("/reports/<uuid:report_id>/correct", methods=["GET", "POST"], permission=Permission.REPORT_REQUEST)
def correct(report_id: UUID) -> ResponseReturnValue:
    """A new report in place of this one."""
    identity = current_identity()
    row, enrollment = lookups.get_report_for(identity, report_id)
    if not can_be_corrected(row, services.kinds_for(enrollment)):
        return _not_now(report_id)
    form = CorrectForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("reports.correct")
                if claim.first:
                    made = correct_report(report_id, reason=form.reason.data or "", actor=identity)
                    claim.finish(made.id)
            return redirect(url_for("reports.report", report_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
            row, enrollment = lookups.get_report_for(identity, report_id)
    return _page("reports_pages/correct.html", form, row, enrollment.referral.person)


@pages.route("/reports/<uuid:report_id>/take-back", methods=["GET", "POST"], permission=Permission.REPORT_REVOKE)
def revoke(report_id: UUID) -> ResponseReturnValue:
    """Nothing takes its place."""
    identity = current_identity()
    row, enrollment = lookups.get_report_for(identity, report_id)
    if not can_be_revoked(row):
        return _not_now(report_id)
    form = RevokeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("reports.revoke").first:
                    revoke_report(report_id, reason=form.reason.data or "", actor=identity)
            flash(_("The report is taken back. Whoever has it is told."), "success")
            return redirect(url_for("reports.report", report_id=report_id))
        except Refused as refused:
            form.show(refused)
            row, enrollment = lookups.get_report_for(identity, report_id)
    return _page("reports_pages/revoke.html", form, row, enrollment.referral.person)


def _page(template: str, form: CorrectForm | RevokeForm, row: Report, person: Person) -> ResponseReturnValue:
    page = render_template(
        template,
        form=form,
        report=row,
        about=person.full_name,
        kind=KIND_WORDS[row.kind],
        back=url_for("reports.report", report_id=row.id),
    )
    return page, (422 if form.errors else 200)


def _not_now(report_id: UUID) -> ResponseReturnValue:
    flash(_("That is not possible now: look at the state of the report."), "warning")
    return redirect(url_for("reports.report", report_id=report_id))


def can_be_corrected(row: Report, kinds: list[ReportKind]) -> bool:
    """Whether the button is shown; the service looks once more."""
    return row.state in lookups.ISSUED and row.kind in kinds and correction_of(row.id) is None


def can_be_revoked(row: Report) -> bool:
    return row.file_id is not None and row.state in before("revoked") and row.kind not in FEE_PAPERS


def correction_facts(identity: Identity, row: Report, kinds: list[ReportKind]) -> dict[str, object]:
    """What the page of an issued report shows of corrections: what it replaces, what took its place, the buttons."""
    replaced = session().scalar(select(Report).where(Report.id == row.replaces_id)) if row.replaces_id else None
    return {
        "replaces": replaced,
        "later": lookups.later_one(row),
        "coming": correction_of(row.id) if row.state in lookups.ISSUED else None,
        "may_correct": may(identity, Permission.REPORT_REQUEST) and can_be_corrected(row, kinds),
        "may_revoke": may(identity, Permission.REPORT_REVOKE) and can_be_revoked(row),
    }
