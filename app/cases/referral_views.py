"""Referrals: the list, a new one, one of them, its signed order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import lookups, services
from app.cases.case_history import case_history
from app.cases.listing import code_state, page_of_referrals
from app.cases.pages import pages
from app.cases.referral_forms import IssueCodeForm, OrderForm, ReferralForm
from app.cases.rules import STATE_WORDS
from app.cases.uploads import EXTENSIONS, check_file
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.permissions.permissions import Permission, may
from app.web.cookies import request_court
from app.web.identity import current_identity
from tenants.database import transaction
from tenants.resolve import ResolvedCourt
from tenants.rules import rules_in_force
from tenants.scope import current_court_id

CODE_TONES = {"issued": "info", "redeemed": "good", "expired": "attention", "revoked": "neutral", "replaced": "neutral"}
STATE_TONES = {"referred": "neutral", "completed": "good", "returned_to_court": "problem", "terminated": "problem"}


def the_court() -> ResolvedCourt:
    """The court of the address: these pages have one."""
    court = request_court()
    if court is None:
        raise NotFound
    return court


@pages.get("/referrals", permission=Permission.REFERRAL_READ)
def referrals() -> ResponseReturnValue:
    identity = current_identity()
    shown = page_of_referrals(identity, older_than=_asked("older"), newer_than=_asked("newer"))
    return render_template(
        "cases/referrals.html",
        shown=shown,
        now=clock.now(),
        code_state=code_state,
        state_words=STATE_WORDS,
        code_tones=CODE_TONES,
        state_tones=STATE_TONES,
        may_refer=may(identity, Permission.REFERRAL_CREATE) and services.may_refer(identity),
    )


def _asked(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


@pages.route("/referrals/new", methods=["GET", "POST"], permission=Permission.REFERRAL_CREATE)
def new_referral() -> ResponseReturnValue:
    identity = current_identity()
    if request.method == "GET" and not services.may_refer(identity):
        return render_template("cases/may_not_refer.html")
    court = the_court()
    form, today = ReferralForm(), clock.today(court.time_zone)
    form.offer(lookups.who_can_supervise(), court.languages, today)
    if request.method == "GET":
        form.deadline.data = today + timedelta(days=rules_in_force()[1].coursework.deadline_days)
    if form.is_submitted():
        refused = _keep_order(form)
        valid = form.validate()
        if refused is not None:
            form.show(refused)
        if valid and refused is None and (made := _refer(form)) is not None:
            return redirect(url_for("cases.referral", referral_id=made))
    return _order_page("cases/new_referral.html", form)


def _refer(form: ReferralForm) -> UUID | None:
    """The referral's id; None when the rules refuse, with the reason at its field."""
    try:
        with transaction():
            claim = form.claim("cases.refer")
            if claim.first:
                claim.finish(services.refer(form.to_new(), actor=current_identity()).referral_id)
    except Refused as refused:
        form.show(refused)
        return None
    flash(_("The referral is saved. Next: issue the enrollment code."), "success")
    return claim.result_id


def _keep_order(form: OrderForm) -> Refused | None:
    """Keep a sent file at once, so that faults elsewhere in the form do not lose it; why not, when it can not be."""
    sent = request.files.get("order_file")
    if sent is None or not sent.filename:
        return None
    try:
        checked = check_file(sent.read(), sent.filename, field="order_file")
    except Refused as refused:
        return refused
    row = services.keep_file(
        checked.content,
        name=checked.name,
        content_type=checked.content_type,
        purpose=lookups.ORDER,
        actor=current_identity(),
    )
    form.order_file_id.data = str(row.id)
    return None


def _order_page(template: str, form: OrderForm, **context: Any) -> ResponseReturnValue:
    kept = lookups.kept_order(form.kept_file_id, current_identity()) if form.kept_file_id else None
    return render_template(template, form=form, kept=kept, **context), (422 if form.errors else 200)


@pages.get("/referrals/<uuid:referral_id>", permission=Permission.REFERRAL_READ)
def referral(referral_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    enrollment = lookups.get_referral_for(identity, referral_id)
    audit("cases.read_referral", actor=identity, subject=("referral", referral_id), case_id=referral_id)
    codes = lookups.codes(referral_id)
    history = lookups.history(enrollment.id)
    people = {enrollment.officer_id, enrollment.referral.referred_by, *(row.actor_id for row in history)}
    names = lookups.names_of(people | {code.issued_by for code in codes})
    return render_template(
        "cases/referral.html",
        enrollment=enrollment,
        person=enrollment.referral.person,
        case_numbers=lookups.case_numbers(referral_id),
        hearings=lookups.hearings(referral_id),
        codes=codes,
        history=case_history(enrollment, history, codes, names),
        names=names,
        signature=lookups.signature_of(enrollment.id),
        order=lookups.order_file(enrollment.referral) if enrollment.referral.order_file_id else None,
        now=clock.now(),
        code_state=code_state,
        state_words=STATE_WORDS,
        code_tones=CODE_TONES,
        state_tones=STATE_TONES,
        issue_form=IssueCodeForm(formdata=None),
    )


@pages.route("/referrals/<uuid:referral_id>/order/new", methods=["GET", "POST"], permission=Permission.REFERRAL_CREATE)
def new_order(referral_id: UUID) -> ResponseReturnValue:
    enrollment = lookups.get_referral_for(current_identity(), referral_id)
    form = OrderForm()
    if form.is_submitted():
        refused = _keep_order(form)
        if refused is None and form.kept_file_id is None:
            refused = Refused(_("Choose a file."), "order_file")
        if form.validate() and refused is None and _attach(referral_id, form):
            return redirect(url_for("cases.referral", referral_id=referral_id))
        if refused is not None:
            form.show(refused)
    return _order_page("cases/new_order.html", form, person=enrollment.referral.person, referral_id=referral_id)


def _attach(referral_id: UUID, form: OrderForm) -> bool:
    assert form.kept_file_id is not None
    try:
        with transaction():
            claim = form.claim("cases.attach_order")
            if claim.first:
                services.attach_order(referral_id, form.kept_file_id, actor=current_identity())
                claim.finish(referral_id)
    except Refused as refused:
        form.show(refused)
        return False
    flash(_("The signed order is saved."), "success")
    return True


@pages.get("/referrals/<uuid:referral_id>/order", permission=Permission.ORDER_FILE_READ)
def order(referral_id: UUID) -> ResponseReturnValue:
    """The signed order as a download, never shown within the portal's own pages."""
    identity = current_identity()
    enrollment = lookups.get_referral_for(identity, referral_id)
    file = lookups.order_file(enrollment.referral)
    content = runtime().storage.get(current_court_id(), file.sha256)
    audit("cases.read_order", actor=identity, subject=("stored_file", file.id), case_id=referral_id)
    return _download(file, content)


def _download(file: StoredFile, content: bytes) -> Response:
    if file.content_type not in EXTENSIONS:
        abort(404)
    answer = Response(content, mimetype=file.content_type)
    name = f"order-{file.id.hex[-8:]}.{EXTENSIONS[file.content_type]}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
