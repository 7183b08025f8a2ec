"""The papers of a referral: the signed order, and an agreement that was signed on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import lookups, services
from app.cases.amending import ReferralFacts, amend, facts_of, locked_case
from app.cases.pages import pages, the_court
from app.cases.referral_forms import AgreementForm, OrderForm, PaperForm
from app.cases.uploads import EXTENSIONS, check_file
from app.core import clock
from app.core.audit import audit
from app.core.errors import Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.permissions import Permission
from app.web import errors
from app.web.identity import current_identity
from tenants.database import transaction
from tenants.scope import current_court_id


def keep_sent(form: PaperForm) -> Refused | None:
    """Keep a sent file at once, so that faults elsewhere in the form do not lose it; why not, when it can not be."""
    sent = request.files.get(form.BOX)
    if sent is None or not sent.filename:
        return None
    try:
        checked = check_file(sent.read(), sent.filename, field=form.BOX)
    except Refused as refused:
        return refused
    row = services.keep_file(
        checked.content,
        name=checked.name,
        content_type=checked.content_type,
        purpose=form.PURPOSE,
        actor=current_identity(),
    )
    form.kept_field.data = str(row.id)
    return None


def paper_page(template: str, form: PaperForm, **context: Any) -> ResponseReturnValue:
    """A page with a form that may have kept a file already."""
    kept = lookups.kept_file(form.kept_file_id, form.PURPOSE, current_identity()) if form.kept_file_id else None
    return render_template(template, form=form, kept=kept, **context), (422 if form.errors else 200)


@pages.route("/referrals/<uuid:referral_id>/order/new", methods=["GET", "POST"], permission=Permission.REFERRAL_AMEND)
def new_order(referral_id: UUID) -> ResponseReturnValue:
    return _new_paper(referral_id, OrderForm(), "order_file_id")


@pages.route(
    "/referrals/<uuid:referral_id>/agreement/new", methods=["GET", "POST"], permission=Permission.REFERRAL_AMEND
)
def new_agreement(referral_id: UUID) -> ResponseReturnValue:
    return _new_paper(referral_id, AgreementForm(), "agreement_file_id")


def _new_paper(referral_id: UUID, form: PaperForm, column: str) -> ResponseReturnValue:
    enrollment = lookups.get_referral_for(current_identity(), referral_id)
    there = getattr(enrollment.referral, column) is not None
    if not there:
        del form.reason  # nothing is replaced, so there is nothing to explain
    if form.is_submitted():
        refused = keep_sent(form)
        if refused is None and form.kept_file_id is None:
            refused = Refused(_("Choose a file."), form.BOX)
        if form.validate() and refused is None and _attach(referral_id, form, column):
            return redirect(url_for("cases.referral", referral_id=referral_id))
        if refused is not None:
            form.show(refused)
    return paper_page(
        "cases/new_paper.html",
        form,
        person=enrollment.referral.person,
        referral_id=referral_id,
        there=there,
        box=form.BOX,
    )


def _attach(referral_id: UUID, form: PaperForm, column: str) -> bool:
    identity, today = current_identity(), clock.today(the_court().time_zone)
    reason = form.reason.data if form.reason else _("Added after the referral.")
    try:
        with transaction():
            claim = form.claim(f"cases.attach_{form.PURPOSE}")
            if claim.first:
                facts = facts_of(locked_case(referral_id), today)
                if form.reason is None and getattr(facts, column) is not None:
                    raise StaleForm  # somebody else was faster, and nobody has said why that file should go
                amend(
                    referral_id,
                    _with_paper(facts, column, form.kept_file_id),
                    reason=str(reason),
                    actor=identity,
                    today=today,
                )
                claim.finish(referral_id)
    except Refused as refused:
        form.show(refused)
        return False
    flash(_("The file is saved."), "success")
    return True


def _with_paper(facts: ReferralFacts, column: str, file_id: UUID | None) -> ReferralFacts:
    if column == "order_file_id":
        return replace(facts, order_file_id=file_id)
    return replace(facts, agreement_file_id=file_id)


@pages.get("/referrals/<uuid:referral_id>/order", permission=Permission.ORDER_FILE_READ)
def order(referral_id: UUID) -> ResponseReturnValue:
    """The signed order as a download, never shown within the portal's own pages."""
    enrollment = lookups.get_referral_for(current_identity(), referral_id)
    return _download(referral_id, lookups.order_file(enrollment.referral))


@pages.get("/referrals/<uuid:referral_id>/agreement", permission=Permission.ORDER_FILE_READ)
def paper_agreement(referral_id: UUID) -> ResponseReturnValue:
    """The agreement that was signed on paper, as a download."""
    enrollment = lookups.get_referral_for(current_identity(), referral_id)
    return _download(referral_id, lookups.agreement_file(enrollment.referral))


def _download(referral_id: UUID, file: StoredFile) -> Response:
    if file.content_type not in EXTENSIONS:
        abort(404)
    try:
        content = runtime().storage.get(current_court_id(), file.sha256)
    except Missing:
        return errors.page(503, message=_("The file is not where it was put. Please tell the court's administrator."))
    audit(f"cases.read_{file.purpose}", actor=current_identity(), subject=("stored_file", file.id), case_id=referral_id)
    answer = Response(content, mimetype=file.content_type)
    name = f"{file.purpose}-{file.id.hex[-8:]}.{EXTENSIONS[file.content_type]}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
