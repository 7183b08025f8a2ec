"""Pages of ending a program: proposing, approving and deciding it, the letter, and the person's answer."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accountability.allowance import accountability_rules
from app.accountability.terminating.forms import AnswerForm, ApproveForm, ProposeForm, TakeBackForm, VerdictForm
from app.accountability.terminating.lookups import get_termination_for, noticed_of
from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import OPEN, Verdict, can_be_decided
from app.accountability.terminating.services import (
    approve,
    decide_termination,
    may_decide,
    note_reading,
    propose,
    respond,
    take_back,
)
from app.accountability.terminating.words import TAGS, TONES, told_to_the_person
from app.cases.lookups import get_enrollment_for, my_enrollment, names_of
from app.cases.models import Enrollment
from app.cases.rules import STATE_WORDS
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.counsel.lookups import admissions_of
from app.permissions.permissions import Permission, may
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone, show_date
from tenants.database import transaction
from tenants.rules import rules_of

pages = Pages("terminating", __name__)


# --- The person's own ------------------------------------------------------------------------------------------------


@pages.route("/notice-from-the-court", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def mine() -> ResponseReturnValue:
    """The latest notice, with room for one answer."""
    row = noticed_of(my_enrollment(current_identity()).id)
    form = AnswerForm()
    if row is not None and form.validate_on_submit():
        try:
            with transaction():
                if form.claim("accountability.answer_termination").first:
                    respond(row.id, form.response.data, actor=current_identity())
            flash(_("Thank you. Your answer was sent."), "success")
            return redirect(url_for("terminating.mine"))
        except Refused as refused:
            form.show(refused)
            row = noticed_of(my_enrollment(current_identity()).id)
    today = clock.today(court_time_zone())
    page = render_template(
        "accountability/terminating/mine.html",
        row=row,
        form=form,
        told=told_to_the_person(row) if row else "",
        state=TAGS.get(row.state, STATE_WORDS["termination"][row.state]) if row else "",
        tone=TONES[row.state] if row else "",
        quoted=accountability_rules(my_enrollment(current_identity())).quote_own_side if row else False,
        may_answer=row is not None
        and row.state == "noticed"
        and row.response_at is None
        and row.respond_by is not None
        and today <= row.respond_by,
    )
    return page, (422 if form.errors else 200)


# --- The court's people ----------------------------------------------------------------------------------------------


@pages.route(
    "/cases/<uuid:enrollment_id>/termination/new", methods=["GET", "POST"], permission=Permission.TERMINATION_PROPOSE
)
def propose_one(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    form = ProposeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("accountability.propose_termination")
                if claim.first:
                    row = propose(
                        enrollment_id,
                        reasons=form.reasons.data,
                        counsel=form.counsel.data,
                        not_money=form.not_money.data,
                        actor=current_identity(),
                    )
                    claim.finish(row.id)
            flash(_("The proposal is saved."), "success")
            return redirect(url_for("terminating.termination", termination_id=claim.result_id))
        except Refused as refused:
            form.show(refused)
            enrollment = get_enrollment_for(current_identity(), enrollment_id)
    admitted = [one for one in admissions_of(enrollment_id) if one.membership_id is not None]
    if admitted and not form.is_submitted():
        names = ", ".join(one.name for one in admitted)
        form.counsel.data = _("%(names)s, by mail from this portal", names=names)
    rules = rules_of(enrollment.rules_id).termination if enrollment.rules_id else None
    page = render_template(
        "accountability/terminating/new.html",
        form=form,
        who=enrollment.referral.person.full_name,
        rules=rules,
        admitted=[one.name for one in admitted],
        possible=enrollment.state == "returned_to_court" and rules is not None,
        case_url=_case_url(enrollment),
    )
    return page, (422 if form.errors else 200)


@pages.get("/cases/terminations/<uuid:termination_id>", permission=Permission.CASE_READ)
def termination(termination_id: UUID) -> ResponseReturnValue:
    row, enrollment = get_termination_for(current_identity(), termination_id)
    note_reading(row, enrollment, actor=current_identity())
    return _page(row, enrollment)


@pages.get("/cases/terminations/<uuid:termination_id>/letter", permission=Permission.TERMINATION_PROPOSE)
def letter(termination_id: UUID) -> ResponseReturnValue:
    """The notice on paper, for the participant and the lawyer, in the participant's language. Raises NotFound."""
    row, enrollment = get_termination_for(current_identity(), termination_id)
    if row.noticed_at is None:
        raise NotFound
    person = enrollment.referral.person
    with in_language(person.language):  # the letter; the page around it is in the reader's
        title, day = _("Notice from the court"), show_date(row.noticed_at)
        to = [_("To: %(name)s", name=person.full_name), _("Copy: %(lawyer)s", lawyer=row.counsel)]
        words = [
            _("Somebody has proposed to the court to end your part in the court program."),
            _("These are the reasons:"),
        ]
        rights = [
            _(
                "You can answer in writing until the end of %(day)s: on your page of the portal, or to the court.",
                day=show_date(row.respond_by),
            ),
            _("You can ask your lawyer to help you or to answer for you."),
            _("Nothing is decided before that day, unless your answer is in before it and was read."),
            _("Not being able to pay is not, by itself, a violation. It can not be the reason for this."),
        ]
    return render_template(
        "accountability/terminating/letter.html",
        row=row,
        letter={"title": title, "day": day, "to": to, "words": words, "rights": rights},
        language=person.language,
        back=url_for("terminating.termination", termination_id=row.id),
    )


@pages.post("/cases/terminations/<uuid:termination_id>/approve", permission=Permission.TERMINATION_APPROVE)
def approve_one(termination_id: UUID) -> ResponseReturnValue:
    form = ApproveForm()

    def act() -> None:
        approve(termination_id, actor=current_identity())

    return _act(termination_id, form, "approve", act, _("The proposal is approved, and the participant is told."))


@pages.post("/cases/terminations/<uuid:termination_id>/decide", permission=Permission.TERMINATION_DECIDE)
def decide_one(termination_id: UUID) -> ResponseReturnValue:
    row, enrollment = get_termination_for(current_identity(), termination_id)
    if not may_decide(current_identity(), enrollment):
        raise NotFound
    form = VerdictForm.over(answered=bool(row.response))

    def act() -> None:
        verdict = Verdict(form.verdict.data)
        reason, considered = form.reason.data, bool(form.considered.data)
        decide_termination(termination_id, verdict, reason=reason, considered=considered, actor=current_identity())

    return _act(termination_id, form, "verdict", act, _("The decision is saved, and the participant is told."))


@pages.post("/cases/terminations/<uuid:termination_id>/take-back", permission=Permission.TERMINATION_PROPOSE)
def take_one_back(termination_id: UUID) -> ResponseReturnValue:
    form = TakeBackForm()

    def act() -> None:
        take_back(termination_id, reason=form.why.data, actor=current_identity())

    return _act(termination_id, form, "take_back", act, _("The proposal is taken back."))


def _act(termination_id: UUID, form: PortalForm, what: str, act: Callable[[], None], done: str) -> ResponseReturnValue:
    """One deed on a proposal that the reader may see, once; then its page again. Raises NotFound."""
    row, enrollment = get_termination_for(current_identity(), termination_id)
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim(f"accountability.{what}_termination").first:
                    act()
            flash(done, "success")
            return redirect(url_for("terminating.termination", termination_id=termination_id))
        except Refused as refused:
            form.show(refused)
            row, enrollment = get_termination_for(current_identity(), termination_id)
    return _page(row, enrollment, **{what: form}), 422


def _page(row: Termination, enrollment: Enrollment, **sent: PortalForm) -> str:
    identity, running = current_identity(), enrollment.state == "returned_to_court"
    today, proposes = clock.today(court_time_zone()), may(identity, Permission.TERMINATION_PROPOSE)
    decides = may_decide(identity, enrollment) and row.proposed_by != identity.id
    ready = row.respond_by is not None and can_be_decided(
        respond_by=row.respond_by, responded=row.response_at is not None, today=today
    )
    forms = {
        "approve": sent.get("approve") or ApproveForm(formdata=None),
        "verdict": sent.get("verdict") or VerdictForm(formdata=None),
        "take_back": sent.get("take_back") or TakeBackForm(formdata=None),
    }
    approves = may(identity, Permission.TERMINATION_APPROVE) and row.proposed_by != identity.id
    return render_template(
        "accountability/terminating/termination.html",
        row=row,
        who=enrollment.referral.person.full_name,
        state=STATE_WORDS["termination"][row.state],
        tone=TONES[row.state],
        names=names_of({row.proposed_by, row.approved_by, row.decided_by}),
        forms=forms,
        faults=next(iter(sent.values()), forms["approve"]),
        reads_answer=proposes or may(identity, Permission.TERMINATION_DECIDE),
        may_approve=running and row.state == "proposed" and approves,
        may_decide=running and row.state == "noticed" and decides,
        ready=ready,
        may_take_back=running and row.state in OPEN and proposes,
        may_print=row.noticed_at is not None and proposes,
        case_url=_case_url(enrollment),
    )


def _case_url(enrollment: Enrollment) -> str:
    """The case; a later package's page. Raises NotFound in a portal without it."""
    url = link("caseload.case", enrollment_id=enrollment.id)
    if url is None:
        raise NotFound
    return url
