"""The participant's page about the lawyer, and the lawyer's pages about clients."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accountability.terminating.lookups import noticed_of
from app.accountability.terminating.words import told_to_the_person
from app.accounts.invitations import LinkClosed
from app.cases.lookups import case_numbers, hearings, my_enrollment
from app.cases.rules import STATE_WORDS
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.core.storage import Missing
from app.counsel import services
from app.counsel.lookups import admissions_of, client_for, clients_of
from app.disputes.words import TONES
from app.my_program.lawyer.forms import AdmitForm, RemoveForm
from app.my_program.record.facts import record_of
from app.permissions.permissions import Permission
from app.reports.lookups import ISSUED, file_of, reports_of
from app.reports.models import Report
from app.reports.pages import pdf_answer
from app.reports.snapshot import FEE_PAPERS, ReportKind
from app.reports.words import KIND_WORDS
from app.web import errors
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction
from tenants.scope import current_court_id

pages = Pages("lawyer", __name__)

MESSAGES = "lawyer.client_messages"  # where a lawyer reads them; without that page nobody is asked about it
# What a lawyer reads of the papers: what goes to the court. Papers of the fee tell of income.
SHOWN_KINDS = frozenset(ReportKind) - FEE_PAPERS


# --- The participant's own -------------------------------------------------------------------------------------------


@pages.route("/my-lawyer", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def mine() -> ResponseReturnValue:
    """Who can see the case, what they see, and letting one more see it."""
    enrollment = my_enrollment(current_identity())
    form = AdmitForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("counsel.admit")
                if claim.first:
                    row = services.admit(
                        enrollment.id,
                        name=form.name.data or "",
                        email=form.email.data or "",
                        sees_messages=bool(form.sees_messages.data) and link(MESSAGES) is not None,
                        sure=bool(form.sure.data),
                        actor=current_identity(),
                    )
                    claim.finish(row.id)
            flash(_("Your lawyer gets a mail with a link."), "success")
            return redirect(url_for("lawyer.mine"))
        except Refused as refused:
            form.show(refused)
            enrollment = my_enrollment(current_identity())
    page = render_template(
        "my_program/lawyer/mine.html",
        form=form,
        admitted=[(one, RemoveForm(formdata=None)) for one in admissions_of(enrollment.id)],
        most=services.MOST,
        has_messages=link(MESSAGES) is not None,
    )
    return page, (422 if form.errors else 200)


@pages.post("/my-lawyer/<uuid:admission_id>/remove", permission=Permission.OWN_PROGRAM)
def remove(admission_id: UUID) -> ResponseReturnValue:
    enrollment = my_enrollment(current_identity())
    form = RemoveForm()
    if form.validate_on_submit():
        with transaction():
            if form.claim("counsel.remove").first:
                services.remove(admission_id, enrollment.id, actor=current_identity())
        flash(_("Removed. This person can not open your case any more."), "success")
    return redirect(url_for("lawyer.mine"))


@pages.post("/my-lawyer/<uuid:admission_id>/send-again", permission=Permission.OWN_PROGRAM)
def send_again(admission_id: UUID) -> ResponseReturnValue:
    enrollment = my_enrollment(current_identity())
    form = RemoveForm()
    try:
        if form.validate_on_submit():
            with transaction():
                if form.claim("counsel.send_again").first:
                    services.send_again(admission_id, enrollment.id, actor=current_identity())
            flash(_("A new link is on its way. The link sent before no longer works."), "success")
    except LinkClosed:
        flash(_("The link was used or taken back in the meantime."), "warning")
    return redirect(url_for("lawyer.mine"))


# --- The lawyer's ----------------------------------------------------------------------------------------------------


@pages.get("/clients", permission=Permission.CLIENT_READ)
def clients() -> ResponseReturnValue:
    """Everybody at this court who has admitted the reader."""
    rows = [
        {"id": enrollment.id, "name": enrollment.referral.person.full_name, "since": admission.admitted_at}
        for enrollment, admission in clients_of(current_identity())
    ]
    return render_template("my_program/lawyer/clients.html", rows=rows)


@pages.get("/clients/<uuid:enrollment_id>", permission=Permission.CLIENT_READ)
def client(enrollment_id: UUID) -> ResponseReturnValue:
    """What the client sees of the case: record, dates, papers, notices. Each look is kept."""
    identity = current_identity()
    enrollment, admission = client_for(identity, enrollment_id)
    if enrollment.rules_id is None:
        raise NotFound
    notice = noticed_of(enrollment.id)
    today = clock.today(court_time_zone())
    services.note_reading(admission, enrollment, actor=identity)
    return render_template(
        "my_program/lawyer/client.html",
        person=enrollment.referral.person,
        enrollment=enrollment,
        record=record_of(enrollment),
        states=STATE_WORDS["dispute"],
        tones=TONES,
        numbers=[number for number in case_numbers(enrollment.referral_id) if number],
        hearings=[one for one in hearings(enrollment.referral_id) if one.on_date >= today],
        reports=[one for one in reports_of(enrollment.id, SHOWN_KINDS) if one.state in ISSUED],
        kind_words=KIND_WORDS,
        notice=notice,
        notice_words=told_to_the_person(notice) if notice is not None else "",
    )


@pages.get("/clients/<uuid:enrollment_id>/reports/<uuid:report_id>", permission=Permission.CLIENT_READ)
def client_report(enrollment_id: UUID, report_id: UUID) -> ResponseReturnValue:
    """A report of the client's, as it was issued."""
    identity = current_identity()
    enrollment, _admission = client_for(identity, enrollment_id)
    row = _issued(enrollment.id, report_id)
    try:
        content = runtime().storage.get(current_court_id(), file_of(row).sha256)
    except Missing:
        return errors.page(503, message=_("The file is not where it was put. Please tell the court's administrator."))
    audit("reports.read_file", actor=identity, subject=("report", row.id), case_id=enrollment.referral_id)
    return pdf_answer(content, f"{row.number}.pdf")


def _issued(enrollment_id: UUID, report_id: UUID) -> Report:
    found = (one for one in reports_of(enrollment_id, SHOWN_KINDS) if one.id == report_id and one.state in ISSUED)
    row = next(found, None)
    if row is None:
        raise NotFound
    return row
