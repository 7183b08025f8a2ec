"""Pages of transfers: for the court that sends, for the one that receives, and for the person whose case it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.form_parts import given
from app.cases.lookups import get_referral_for, names_of, who_can_supervise
from app.cases.models import Enrollment
from app.cases.rules import STATE_WORDS
from app.cases.uploads import EXTENSIONS
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.permissions import Permission
from app.transfers import answering, asking, lookups
from app.transfers.facts import done_modules, files_that_can_go, module_titles, own_money, own_terms, the_court
from app.transfers.forms import AcceptForm, AskForm, RefuseForm
from app.transfers.models import Transfer
from app.transfers.rules import DOCUMENT_WORDS, IN_WORDS, OUT_WORDS
from app.transfers.terms import differs, side_by_side, still_to_do, terms_of
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction
from tenants.rules import rules_in_force
from tenants.scope import current_court_id

pages = Pages("transfers", __name__)
P = Permission


@pages.get("/transfers", permission=P.CASE_TRANSFER)
def transfers() -> ResponseReturnValue:
    return render_template(
        "transfers/list.html",
        arriving=lookups.arriving(),
        leaving=lookups.leaving(current_identity()),
        in_words=IN_WORDS,
        out_words=OUT_WORDS,
    )


@pages.route("/referrals/<uuid:referral_id>/transfer", methods=["GET", "POST"], permission=P.CASE_TRANSFER)
def ask_transfer(referral_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    enrollment = get_referral_for(identity, referral_id)
    courts = lookups.courts_that_receive()
    chosen = next((court for court in courts if court.slug == request.args.get("to")), None)
    form, files = AskForm(), files_that_can_go(enrollment)
    form.offer(files)
    if chosen is not None and form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("transfers.ask")
                if claim.first:
                    documents = form.documents.data or ()
                    made = asking.ask(
                        enrollment.id, chosen.id, reason=form.reason.data, documents=documents, actor=identity
                    )
                    claim.finish(made.id)
            flash(_("The participant was told. Nothing leaves this court before they agree."), "success")
            return redirect(url_for("transfers.transfers"))
        except Refused as refused:
            form.show(refused)
    compared = NOTHING
    if chosen is not None:
        compared = _for_case(enrollment, chosen.terms)
    page = render_template(
        "transfers/ask.html",
        form=form,
        enrollment=enrollment,
        person=enrollment.referral.person,
        possible=asking.can_move(enrollment) and enrollment.account_id is not None,
        courts=courts,
        chosen=chosen,
        compared=compared,
    )
    return page, (422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two courts ask, side by side, and what somebody would still do at the second one."""

    rows: list[tuple[str, str, str]]
    to_do: list[str]

    @property
    def changed(self) -> list[tuple[str, str, str]]:
        return [row for row in self.rows if differs(row)]

    @property
    def same(self) -> list[tuple[str, str, str]]:
        return [row for row in self.rows if not differs(row)]


NOTHING = Comparison([], [])


def _compared(
    here: dict[str, Any], there: dict[str, Any], done: set[str], titles: dict[str, str], money: dict[str, int]
) -> Comparison:
    if not (here and there):
        return NOTHING
    to_do = [titles.get(slug, slug) for slug in still_to_do(there, done)]
    return Comparison(side_by_side(here, there, titles, money), to_do)


def _for_case(enrollment: Enrollment, there: dict[str, Any]) -> Comparison:
    """As a case stands at the court at work."""
    done, money = done_modules(enrollment.id), own_money(enrollment.id)
    return _compared(own_terms(enrollment), there, done, module_titles(), money)


@pages.get("/cases/<uuid:enrollment_id>/handed-over", permission=P.CASE_READ)
def handed_over(enrollment_id: UUID) -> ResponseReturnValue:
    """What another court handed over of a case that came from there, for whoever may read the case."""
    row, enrollment = lookups.came_with(current_identity(), enrollment_id)
    return render_template(
        "transfers/handed_over.html",
        row=row,
        enrollment=enrollment,
        states=STATE_WORDS["enrollment"],
        titles=module_titles(),
        document_words=DOCUMENT_WORDS,
    )


@pages.get("/transfers/<uuid:transfer_id>", permission=P.CASE_TRANSFER)
def transfer(transfer_id: UUID) -> ResponseReturnValue:
    row, enrollment = lookups.get_transfer_for(current_identity(), transfer_id)
    return render_template(
        "transfers/transfer.html",
        row=row,
        enrollment=enrollment,
        person=enrollment.referral.person,
        court=lookups.court_named(row.other_court),
        asked_by=names_of([row.asked_by]).get(row.asked_by, ""),
        words=(OUT_WORDS | {"received": IN_WORDS["received"]})[row.state],
        document_words=DOCUMENT_WORDS,
        form=PortalForm(),
        open=row.state in asking.OPEN,
    )


@pages.post("/transfers/<uuid:transfer_id>/withdraw", permission=P.CASE_TRANSFER)
def withdraw(transfer_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    row, _enrollment = lookups.get_transfer_for(identity, transfer_id)
    form = PortalForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("transfers.withdraw").first:
                    asking.withdraw(row.id, actor=identity)
            flash(_("It is taken back. The case stays here."), "success")
        except Refused as refused:
            flash(refused.message, "warning")
    return redirect(url_for("transfers.transfer", transfer_id=transfer_id))


@pages.get("/transfers/<uuid:transfer_id>/documents/<int:number>", permission=P.ORDER_FILE_READ)
def document(transfer_id: UUID, number: int) -> ResponseReturnValue:
    row, enrollment, file = lookups.document_for(current_identity(), transfer_id, number)
    try:
        content = runtime().storage.get(current_court_id(), file.sha256)
    except Missing:
        abort(503)
    with transaction():
        audit(
            "transfers.read_document",
            actor=current_identity(),
            subject=("transfer", row.id),
            case_id=enrollment.referral_id,
            new={"number": number},
        )
    response = Response(content, mimetype=file.content_type)
    ending = EXTENSIONS.get(file.content_type, "bin")
    response.headers["Content-Disposition"] = f'attachment; filename="document-{number}.{ending}"'
    return response


@pages.get("/transfers/arriving/<uuid:parcel_id>", permission=P.CASE_TRANSFER)
def arriving(parcel_id: UUID) -> ResponseReturnValue:
    form = AcceptForm()
    form.offer(who_can_supervise())
    page = _arriving_page(parcel_id, form, RefuseForm())
    with transaction():
        audit("transfers.read_offer", actor=current_identity(), subject=("transfer_parcel", parcel_id))
    return page


def _arriving_page(parcel_id: UUID, form: AcceptForm, refusing: RefuseForm) -> ResponseReturnValue:
    parcel, offer, row = lookups.get_arriving(parcel_id)
    mine, titles = terms_of(rules_in_force()[1]), module_titles()
    compared = NOTHING
    if offer:
        done = {one["slug"] for one in offer["modules"] if one["done"]}
        compared = _compared(offer["terms"], mine, done, titles, offer["money"])
    if offer and form.deadline.data is None and not form.errors:
        form.check_ins_counted.data = min(offer["check_ins"]["accepted"], mine["months"])
        form.deadline.process(None, clock.today(court_time_zone()) + timedelta(days=mine["deadline_days"]))
    page = render_template(
        "transfers/arriving.html",
        parcel=parcel,
        offer=offer,
        row=row,
        form=form,
        refusing=refusing,
        court=lookups.court_named(parcel.from_court),
        here=the_court().name,
        words=IN_WORDS[parcel.state],
        compared=compared,
        document_words=DOCUMENT_WORDS,
        states=STATE_WORDS["enrollment"],
        titles=titles,
    )
    return page, (422 if form.errors or refusing.errors else 200)


@pages.post("/transfers/arriving/<uuid:parcel_id>/accept", permission=P.CASE_TRANSFER)
def accept(parcel_id: UUID) -> ResponseReturnValue:
    parcel, _offer, _row = lookups.get_arriving(parcel_id)
    form = AcceptForm()
    form.offer(who_can_supervise())
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("transfers.accept")
                if claim.first:
                    made = answering.accept(
                        parcel.id,
                        deadline=given(form.deadline),
                        officer_id=UUID(form.officer_id.data) if form.officer_id.data else None,
                        check_ins_counted=form.check_ins_counted.data,
                        actor=current_identity(),
                    )
                    claim.finish(made.id)
            flash(_("Accepted. The case comes as soon as the other court has handed it over."), "success")
            return redirect(url_for("transfers.arriving", parcel_id=parcel_id))
        except Refused as refused:
            form.show(refused)
    return _arriving_page(parcel_id, form, RefuseForm(formdata=None))


@pages.post("/transfers/arriving/<uuid:parcel_id>/refuse", permission=P.CASE_TRANSFER)
def refuse(parcel_id: UUID) -> ResponseReturnValue:
    parcel, _offer, _row = lookups.get_arriving(parcel_id)
    refusing = RefuseForm()
    if refusing.validate_on_submit():
        try:
            with transaction():
                if refusing.claim("transfers.refuse").first:
                    answering.refuse(parcel.id, reason=refusing.reason.data, actor=current_identity())
            flash(_("The other court was told that you do not take the case."), "success")
            return redirect(url_for("transfers.transfers"))
        except Refused as refused:
            refusing.show(refused)
    form = AcceptForm(formdata=None)
    form.offer(who_can_supervise())
    return _arriving_page(parcel_id, form, refusing)


@pages.get("/moving-court", permission=P.OWN_PROGRAM)
def mine() -> ResponseReturnValue:
    try:
        row, enrollment = lookups.my_move(current_identity())
    except NotFound:
        return render_template("transfers/none.html")
    court, code = lookups.court_named(row.other_court), lookups.new_code_of(row)
    compared = NOTHING
    if row.state == "asked":
        compared = _for_case(enrollment, court.terms)
    return render_template(
        "transfers/mine.html",
        row=row,
        court=court,
        compared=compared,
        document_words=DOCUMENT_WORDS,
        code=code,
        until=datetime.fromisoformat(code["until"]) if code else None,
        enroll_url=f"{runtime().settings.public_url}/{court.slug}/enroll",
        form=PortalForm(),
    )


@pages.post("/moving-court/agree", permission=P.OWN_PROGRAM)
def agree() -> ResponseReturnValue:
    return _answered("transfers.agree", asking.agree, _("Thank you. We asked the other court."))


@pages.post("/moving-court/decline", permission=P.OWN_PROGRAM)
def decline() -> ResponseReturnValue:
    return _answered("transfers.decline", asking.decline, _("You did not agree. Nothing changes."))


def _answered(verb: str, act: Callable[..., Transfer], done: str) -> ResponseReturnValue:
    row, _enrollment = lookups.my_move(current_identity())
    form = PortalForm(formdata=request.form)
    if form.validate_on_submit():
        with transaction():
            if form.claim(verb).first:
                act(row.id, actor=current_identity())
        flash(done, "success")
    return redirect(url_for("transfers.mine"))
