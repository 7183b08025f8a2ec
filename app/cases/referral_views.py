"""Referrals: the list, a new one, one of them."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import lookups, services
from app.cases.amending import amendments
from app.cases.case_history import case_history, officers_in
from app.cases.document_views import keep_sent, paper_page
from app.cases.duplicates import EarlierReferral
from app.cases.ending import end_in_time
from app.cases.guarding import KnownAlready, refer_once
from app.cases.listing import code_state, page_of_referrals
from app.cases.pages import pages, the_court
from app.cases.referral_forms import IssueCodeForm, ReferralForm
from app.cases.rules import ENROLLMENT_MOVES, STATE_WORDS
from app.core import clock
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import link
from tenants.database import transaction
from tenants.rules import rules_in_force
from tenants.term import course_deadline

CODE_TONES = {"issued": "info", "redeemed": "good", "expired": "attention", "revoked": "neutral", "replaced": "neutral"}
STATE_TONES = {"referred": "neutral", "completed": "good", "returned_to_court": "problem", "terminated": "problem"}


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
        form.deadline.data = course_deadline(rules_in_force()[1], today, court.region)
    earlier: tuple[EarlierReferral, ...] = ()
    if form.is_submitted():
        refused = keep_sent(form)
        valid = form.validate()
        if refused is not None:
            form.show(refused)
        if valid and refused is None:
            try:
                return redirect(url_for("cases.referral", referral_id=_refer(form)))
            except KnownAlready as known:
                earlier = known.earlier
                form.show(known)
            except Refused as fault:
                form.show(fault)
    # A prosecutor learns that there is an earlier referral, not whose it is.
    seen = lookups.which_may_be_seen(identity, [row.referral_id for row in earlier]) if earlier else set()
    return paper_page("cases/new_referral.html", form, earlier=earlier, seen=seen, state_words=STATE_WORDS)


def _refer(form: ReferralForm) -> UUID | None:
    """The referral's id. Raises Refused."""
    with transaction():
        claim = form.claim("cases.refer")
        if claim.first:
            made = refer_once(form.to_new(), actor=current_identity(), again_reason=form.reason_to_refer_again())
            claim.finish(made.referral_id)
    flash(_("The referral is saved. Next: issue the enrollment code."), "success")
    return claim.result_id


@pages.get("/referrals/<uuid:referral_id>", permission=Permission.REFERRAL_READ)
def referral(referral_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    enrollment = lookups.get_referral_for(identity, referral_id)
    audit("cases.read_referral", actor=identity, subject=("referral", referral_id), case_id=referral_id)
    codes = lookups.codes(referral_id)
    history, changes = lookups.history(enrollment.id), amendments(referral_id)
    people = {enrollment.officer_id, enrollment.referral.referred_by, *(row.actor_id for row in history)}
    people |= {row.actor_id for row in changes}
    names = lookups.names_of(people | {code.issued_by for code in codes} | officers_in(changes))
    court = the_court()
    return render_template(
        "cases/referral.html",
        enrollment=enrollment,
        person=enrollment.referral.person,
        case_numbers=lookups.case_numbers(referral_id),
        hearings=lookups.hearings(referral_id),
        codes=codes,
        # The diversion unit learns what happened, and nothing that somebody wrote about it.
        history=case_history(enrollment, history, codes, changes, names, reasons=may(identity, Permission.CASE_READ)),
        names=names,
        signature=lookups.signature_of(enrollment.id),
        order=lookups.order_file(enrollment.referral) if enrollment.referral.order_file_id else None,
        agreement=lookups.agreement_file(enrollment.referral) if enrollment.referral.agreement_file_id else None,
        end=end_in_time(enrollment, today=clock.today(court.time_zone), region=court.region),
        onward=ENROLLMENT_MOVES.onward(enrollment.state),
        now=clock.now(),
        code_state=code_state,
        state_words=STATE_WORDS,
        code_tones=CODE_TONES,
        state_tones=STATE_TONES,
        issue_form=IssueCodeForm(formdata=None),
        transfer_url=link("transfers.ask_transfer", referral_id=referral_id),
    )
