"""What the court sees, and "this is not right": the participant's own pages."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import my_enrollment
from app.cases.models import Enrollment
from app.cases.rules import STATE_WORDS
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.disputes import services
from app.disputes.lookups import GONE, file_of, own_dispute
from app.disputes.words import TONES
from app.my_program.record.facts import Record, RecordFact, record_of
from app.my_program.record.forms import DisputeForm, TakeBackForm
from app.payments.waiving.walking import download
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction

pages = Pages("my_record", __name__)


@pages.get("/my-record", permission=Permission.OWN_PROGRAM)
def record() -> ResponseReturnValue:
    """The same facts as on the judge's bench card, each with where it comes from."""
    enrollment = _mine()
    found = record_of(enrollment)
    return render_template(
        "my_program/record/record.html",
        record=found,
        states=STATE_WORDS["dispute"],
        tones=TONES,
        may_dispute=enrollment.state not in GONE,
        days=found.days_to_answer,
    )


@pages.route("/my-record/not-right/<fact>/<subject>", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def not_right(fact: str, subject: str) -> ResponseReturnValue:
    """Say that one fact of the record is not right."""
    enrollment = _mine()
    found = record_of(enrollment)
    meant = _meant(found, fact, subject)
    form = DisputeForm()
    if form.validate_on_submit():
        sent = request.files.get("file")
        content = sent.read() if sent is not None and sent.filename else b""
        try:
            with transaction():
                claim = form.claim("disputes.raise")
                if claim.first:
                    row = services.raise_dispute(
                        enrollment.id,
                        found.about(meant),
                        form.reason.data or "",
                        actor=current_identity(),
                        file=(content, sent.filename or "") if sent is not None and content else None,
                    )
                    claim.finish(row.id)
            flash(_("Thank you. A person at the court looks at it and answers here."), "success")
            return redirect(url_for("my_record.dispute", dispute_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
    page = render_template(
        "my_program/record/not_right.html",
        fact=meant,
        form=form,
        days=found.days_to_answer,
    )
    return page, (422 if form.errors else 200)


@pages.get("/my-record/disputes/<uuid:dispute_id>", permission=Permission.OWN_PROGRAM)
def dispute(dispute_id: UUID) -> ResponseReturnValue:
    """One that was sent: what was written, and the answer."""
    row = own_dispute(_mine().id, dispute_id)
    return render_template(
        "my_program/record/dispute.html",
        row=row,
        state=STATE_WORDS["dispute"][row.state],
        tone=TONES[row.state],
        form=TakeBackForm(formdata=None),
    )


@pages.post("/my-record/disputes/<uuid:dispute_id>/take-back", permission=Permission.OWN_PROGRAM)
def take_back(dispute_id: UUID) -> ResponseReturnValue:
    row = own_dispute(_mine().id, dispute_id)
    form = TakeBackForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("disputes.withdraw").first:
                    services.withdraw(row.id, actor=current_identity())
            flash(_("It is taken back."), "success")
        except Refused as refused:
            flash(refused.message, "warning")
    return redirect(url_for("my_record.dispute", dispute_id=dispute_id))


@pages.get("/my-record/disputes/<uuid:dispute_id>/file", permission=Permission.OWN_PROGRAM)
def own_file(dispute_id: UUID) -> ResponseReturnValue:
    row = own_dispute(_mine().id, dispute_id)
    return download(file_of(row), row.id)


def _mine() -> Enrollment:
    enrollment = my_enrollment(current_identity())
    if enrollment.rules_id is None:
        raise NotFound
    return enrollment


def _meant(record: Record, fact: str, subject: str) -> RecordFact:
    found = record.find(fact, subject)
    if found is None:
        raise NotFound
    return found
