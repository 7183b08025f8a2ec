"""Pages of the court's answers: the court's list of requests and one request; the learner's own request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_enrollment_for, my_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.audit import audit
from app.core.court_words import in_reader_language
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.payments.deciding.forms import AskAgainForm, DecisionForm, ProofReplyForm, RevocationForm, decision_form
from app.payments.deciding.lookups import (
    Pile,
    answers_to,
    count_in_piles,
    court_day,
    decisions_of,
    has_to_be_another,
    last_day_to_ask_again,
    replies_of,
    requests_in,
    waivers_of,
)
from app.payments.deciding.replies import add_asked_proof, ask_again, send_proof
from app.payments.deciding.rules import (
    GRANTS,
    Outcome,
    may_ask_again,
    may_decide,
    open_answers,
    waits_for_a_person,
    who_decides,
)
from app.payments.deciding.services import decide_waiver, open_parts, revocable, revoke_waiver
from app.payments.lookups import balances, get_waiver_for, newest_waiver, statement_of
from app.payments.models import Waiver
from app.payments.rules import WAIVER_PENDING, share
from app.payments.waiver_rules import STATE_WORDS
from app.payments.waiving.forms import ProofFileForm
from app.payments.waiving.lookups import computation_of, proofs_of
from app.payments.waiving.walking import sent_file
from app.payments.waiving.words import told_rows
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction
from tenants.program import ProgramDocument
from tenants.rules import documents_of, rules_of

pages = Pages("deciding", __name__)

TONES = {"granted_full": "good", "granted_partial": "good", "more_time": "good", "installments": "good"}
TONES |= {"denied": "neutral", "revoked": "neutral"}


# --- The court's list ------------------------------------------------------------------------------------------------


@pages.get("/waivers", permission=Permission.WAIVER_READ)
def waivers() -> ResponseReturnValue:
    """Requests that wait for the court, the oldest first; those that wait for proof; and what was decided."""
    identity = current_identity()
    pile = _pile()
    try:
        after = UUID(request.args["after"]) if "after" in request.args else None
    except ValueError:
        raise NotFound from None
    rows, more = requests_in(identity, pile, after=after)
    documents = documents_of({enrollment.rules_id for _w, enrollment in rows if enrollment.rules_id})
    return render_template(
        "payments/waivers.html",
        pile=pile.value,
        rows=rows,
        more=more,
        counts={key.value: number for key, number in count_in_piles(identity).items()},
        waits={waiver.id: _waits(waiver) for waiver, _enrollment in rows},
        owed=balances(enrollment.id for _waiver, enrollment in rows),
        decider_words={
            waiver.id: who_decides(documents[enrollment.rules_id].waivers)
            for waiver, enrollment in rows
            if enrollment.rules_id
        },
        state_words=STATE_WORDS,
        tones=TONES,
    )


def _waits(waiver: Waiver) -> tuple[datetime, int]:
    """Since when a request waits, and for how many of the court's days."""
    since, zone = waiver.asked_again_at or waiver.submitted_at, court_time_zone()
    return since, (clock.today(zone) - clock.local(since, zone).date()).days


@pages.get("/waivers/of/<uuid:enrollment_id>", permission=Permission.WAIVER_READ)
def newest_of(enrollment_id: UUID) -> ResponseReturnValue:
    """To the newest request of a case."""
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    found = newest_waiver(enrollment.id)
    if found is None:
        raise NotFound
    return redirect(url_for("deciding.waiver", waiver_id=found.id))


def _pile() -> Pile:
    try:
        return Pile(request.args.get("show", Pile.WAITING))
    except ValueError:
        raise NotFound from None


# --- One request -----------------------------------------------------------------------------------------------------


@pages.route("/waivers/<uuid:waiver_id>", methods=["GET", "POST"], permission=Permission.WAIVER_READ)
def waiver(waiver_id: UUID) -> ResponseReturnValue:
    """One request with its numbers and proof, and the answer."""
    identity = current_identity()
    found, enrollment = get_waiver_for(identity, waiver_id)
    if request.method == "GET":  # what somebody told of a household's money: who read it is kept
        audit("payments.read_waiver", actor=identity, subject=("waiver", waiver_id), case_id=enrollment.referral_id)
    form = _decision_form(found, enrollment, identity)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.decide_waiver")
                if claim.first:
                    version = str(form.row_version.data)
                    claim.finish(decide_waiver(waiver_id, form.to_decision(), actor=identity, row_version=version).id)
            asked = form.to_decision().outcome is Outcome.NEEDS_PROOF
            flash(
                _("The participant is asked for proof.")
                if asked
                else _("The decision is made. The participant is told."),
                "success",
            )
            return redirect(url_for("deciding.waivers"))
        except Refused as refused:
            form.show(refused)
            found, enrollment = get_waiver_for(identity, waiver_id)  # what was loaded went with the rolled back try
    return _show_request(form, found, enrollment, identity)


def _decision_form(found: Waiver, enrollment: Enrollment, identity: Identity) -> DecisionForm:
    document = _document(enrollment)
    outcomes: tuple[Outcome, ...] = ()
    # Who sends an answer to a request that was decided meanwhile is told so, by the service.
    answers = found.state in WAIVER_PENDING or request.method == "POST"
    if answers and may(identity, Permission.WAIVER_DECIDE):
        outcomes = open_answers(identity.as_role, document, found.asked_for)
        if has_to_be_another(found, document.waivers, identity):
            outcomes = tuple(outcome for outcome in outcomes if outcome is Outcome.NEEDS_PROOF)
    possible = open_parts(enrollment, document) if outcomes else {}
    labels = {c.key: in_reader_language(c.label) for c in document.fees.components if c.key in possible}
    return decision_form(outcomes, labels, row_version=found.row_version)


def _show_request(form: DecisionForm, found: Waiver, enrollment: Enrollment, identity: Identity) -> ResponseReturnValue:
    document = _document(enrollment)
    waiting = found.state in WAIVER_PENDING
    computation = computation_of(found, enrollment)
    proofs = proofs_of(found.id)
    possible = open_parts(enrollment, document) if waiting else {}
    decides = may(identity, Permission.WAIVER_DECIDE)
    mine = open_answers(identity.as_role, document, found.asked_for)
    replies = replies_of(found.id)
    return render_template(
        "payments/waiver.html",
        form=form,
        waiver=found,
        person=enrollment.referral.person,
        referral_id=enrollment.referral_id,
        statement=statement_of(enrollment),
        computation=computation,
        proposed_cents=share(sum(possible.values()), computation.rate) if waiting else 0,
        possible_cents=sum(possible.values()),
        proofs=proofs,
        told=told_rows(found, [proof.file.name for proof in proofs], mine=False),
        answers=answers_to(found, enrollment, decisions_of(found.id)),
        replies=replies,
        second_look=waiting and any(reply.kind == "asked_again" for reply in replies),
        earlier=[one for one in waivers_of(enrollment.id) if one.id != found.id],
        rules=document.waivers,
        waiting=waiting,
        waits_for_court=waits_for_a_person(found.state),
        state_words=STATE_WORDS,
        tones=TONES,
        decides=decides,
        needs_judge=waiting and decides and Outcome.DENIED not in mine,
        needs_another=waiting and decides and has_to_be_another(found, document.waivers, identity),
        may_revoke=_may_revoke(found, document, identity),
    ), (422 if form.errors else 200)


def _may_revoke(found: Waiver, document: ProgramDocument, identity: Identity) -> bool:
    return (
        found.state in GRANTS
        and may(identity, Permission.WAIVER_DECIDE)
        and may_decide(Outcome.REVOKED, identity.as_role, document.waivers, found.asked_for)
        and bool(revocable(found))  # what went back as money stays with the participant
    )


def _document(enrollment: Enrollment) -> ProgramDocument:
    if enrollment.rules_id is None:
        raise NotFound
    return rules_of(enrollment.rules_id)


@pages.route("/waivers/<uuid:waiver_id>/revoke", methods=["GET", "POST"], permission=Permission.WAIVER_DECIDE)
def revoke(waiver_id: UUID) -> ResponseReturnValue:
    """Take a waiver back, with a reason."""
    identity = current_identity()
    found, enrollment = get_waiver_for(identity, waiver_id)
    if request.method == "GET" and not _may_revoke(found, _document(enrollment), identity):
        raise NotFound
    form = RevocationForm(row_version=found.row_version)
    form.offer()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.revoke_waiver")
                if claim.first:
                    told = (form.reason.data, form.explanation.data or "")
                    version = str(form.row_version.data)
                    claim.finish(revoke_waiver(waiver_id, *told, actor=identity, row_version=version).id)
            flash(_("The waiver is taken back. The participant is told."), "success")
            return redirect(url_for("deciding.waiver", waiver_id=waiver_id))
        except Refused as refused:
            form.show(refused)
            found, enrollment = get_waiver_for(identity, waiver_id)
    return render_template(
        "payments/waiver_revoke.html",
        form=form,
        waiver=found,
        person=enrollment.referral.person,
        cents=sum(revocable(found).values()),
        rules=_document(enrollment).waivers,
    ), (422 if form.errors else 200)


# --- The learner's own -----------------------------------------------------------------------------------------------


@pages.get("/fee/waiver-answer", permission=Permission.OWN_PROGRAM)
def my_request() -> ResponseReturnValue:
    """Where the newest request stands: the court's answer with its numbers, and what can be done."""
    found, enrollment = _my_newest()
    until = last_day_to_ask_again(found)
    statement = statement_of(enrollment)
    return render_template(
        "payments/my_waiver.html",
        waiver=found,
        statement=statement,
        answers=answers_to(found, enrollment, decisions_of(found.id))[::-1],
        replies=replies_of(found.id),
        computation=computation_of(found, enrollment),
        state_words=STATE_WORDS,
        tones=TONES,
        pending=found.state in WAIVER_PENDING,
        started=enrollment.state != "enrolled",
        ask_again_until=until,
        can_ask_again=statement.balance_cents > 0 and may_ask_again(found.state, until, court_day()),
        can_ask_anew=statement.balance_cents > 0 and found.state not in WAIVER_PENDING,
    )


def _my_newest() -> tuple[Waiver, Enrollment]:
    enrollment = my_enrollment(current_identity())
    found = newest_waiver(enrollment.id)
    if found is None:
        raise NotFound
    return found, enrollment


@pages.route("/fee/waiver-answer/ask-again", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def ask_court_again() -> ResponseReturnValue:
    """Ask the court to look again at its answer."""
    found, enrollment = _my_newest()
    until = last_day_to_ask_again(found)
    form = AskAgainForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.ask_waiver_again")
                if claim.first:
                    claim.finish(ask_again(form.words.data or "", actor=current_identity()).id)
            flash(_("The court has it. We will tell you what it decides."), "success")
            return redirect(url_for("deciding.my_request"))
        except Refused as refused:
            form.show(refused)
            found, enrollment = _my_newest()
    answers = answers_to(found, enrollment, decisions_of(found.id))[-1:]
    return render_template(
        "payments/waiver_ask_again.html",
        form=form,
        answers=answers,
        final=any(answer.is_final for answer in answers),
        until=until,
        possible=may_ask_again(found.state, until, court_day()),
    ), (422 if form.errors else 200)


@pages.route("/fee/waiver-answer/proof", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def answer_for_proof() -> ResponseReturnValue:
    """Tell the court that proof was added, or that there is none."""
    found, enrollment = _my_newest()
    form = ProofReplyForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("payments.answer_for_proof")
                if claim.first:
                    none_there = form.answer.data == "none"
                    done = send_proof(form.words.data or "", none_there=none_there, actor=current_identity())
                    claim.finish(done.id)
            flash(_("Thank you. The court looks at it now; you lost no time."), "success")
            return redirect(url_for("deciding.my_request"))
        except Refused as refused:
            form.show(refused)
            found, enrollment = _my_newest()
    return _show_proof_page(found, enrollment, form, ProofFileForm(formdata=None))


@pages.post("/fee/waiver-answer/files", permission=Permission.OWN_PROGRAM)
def add_proof() -> ResponseReturnValue:
    """Add a photo or PDF that the court asked for."""
    found, enrollment = _my_newest()
    form = ProofFileForm()
    if form.validate_on_submit():
        try:
            content, name = sent_file()
            with transaction():
                claim = form.claim("payments.add_waiver_proof")
                if claim.first:
                    claim.finish(add_asked_proof(content, name, actor=current_identity()).id)
            flash(_("The file is added."), "success")
            return redirect(url_for("deciding.answer_for_proof"))
        except Refused as refused:
            form.show(refused)
            found, enrollment = _my_newest()
    return _show_proof_page(found, enrollment, ProofReplyForm(formdata=None), form)


def _show_proof_page(
    found: Waiver, enrollment: Enrollment, form: ProofReplyForm, file_form: ProofFileForm
) -> ResponseReturnValue:
    asked = [one for one in answers_to(found, enrollment, decisions_of(found.id)) if one.kind is Outcome.NEEDS_PROOF]
    return render_template(
        "payments/waiver_proof_reply.html",
        form=form,
        file_form=file_form,
        waiver=found,
        asked=asked[-1:],
        proofs=proofs_of(found.id),
    ), (422 if form.errors or file_form.errors else 200)
