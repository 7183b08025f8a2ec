"""Disputes at the court: what waits for an answer, and one of them."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_enrollment_for, names_of
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES, STATE_WORDS
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.disputes import services
from app.disputes.forms import AnswerDisputeForm
from app.disputes.lookups import disputes_of, file_of, get_dispute_for, is_for_somebody_else, waiting_disputes
from app.disputes.models import Dispute
from app.disputes.rules import Fact, Verdict, answers, is_overdue
from app.disputes.words import FACT_WORDS, TONES
from app.payments.waiving.walking import download
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction

pages = Pages("disputes", __name__)

# Where a fact of each kind is corrected: a page of the case, and the part of it.
_PAGES: dict[Fact, tuple[str, str | None, Permission]] = {
    Fact.CHECK_IN: ("caseload.case", None, Permission.CASE_READ),
    Fact.MODULE: ("learning.case_time", None, Permission.CASE_TIME_READ),
    Fact.SEAT_TIME: ("learning.case_time", None, Permission.CASE_TIME_READ),
    Fact.STEP: ("caseload.case", "history", Permission.CASE_READ),
    Fact.STANDING: ("caseload.case", "history", Permission.CASE_READ),
    Fact.PAYMENT: ("counter.statement", None, Permission.CASE_MONEY_READ),
}
_OF_REFERRAL = frozenset({Fact.PERSON, Fact.CASE_NUMBER, Fact.DATE})


@pages.get("/disputes", permission=Permission.DISPUTE_ANSWER)
def waiting() -> ResponseReturnValue:
    """What waits for an answer, what is due first on top."""
    identity, today = current_identity(), clock.today(court_time_zone())
    rows = [
        {
            "row": row,
            "who": enrollment.referral.person.full_name,
            "what": FACT_WORDS[Fact(row.fact)],
            "late": is_overdue(row.state, row.answer_by, today),
            "whose": _whose(identity, row),
            "over": STATE_WORDS["enrollment"][enrollment.state] if enrollment.state in FINAL_STATES else "",
        }
        for row, enrollment in waiting_disputes(identity)
    ]
    return render_template("disputes/waiting.html", rows=rows)


@pages.get("/cases/<uuid:enrollment_id>/disputes", permission=Permission.DISPUTE_ANSWER)
def of_case(enrollment_id: UUID) -> ResponseReturnValue:
    """Everything that the participant of one case said is not right, and the answers."""
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    today = clock.today(court_time_zone())
    rows = [
        {
            "row": row,
            "what": FACT_WORDS[Fact(row.fact)],
            "state": STATE_WORDS["dispute"][row.state],
            "tone": TONES[row.state],
            "late": is_overdue(row.state, row.answer_by, today),
        }
        for row in reversed(disputes_of(enrollment.id))
    ]
    who = enrollment.referral.person.full_name
    return render_template("disputes/of_case.html", rows=rows, who=who, case_url=_case_url(enrollment))


@pages.route("/cases/disputes/<uuid:dispute_id>", methods=["GET", "POST"], permission=Permission.DISPUTE_ANSWER)
def dispute(dispute_id: UUID) -> ResponseReturnValue:
    """What the participant wrote, the record's own page, and the answer."""
    identity = current_identity()
    row, enrollment = get_dispute_for(identity, dispute_id)
    form = AnswerDisputeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("disputes.answer").first:
                    verdict, done = Verdict(form.verdict.data), bool(form.done.data)
                    services.answer(dispute_id, verdict, form.reason.data or "", done=done, actor=identity)
            flash(_("The answer is saved, and the participant is told."), "success")
            return redirect(url_for("disputes.dispute", dispute_id=dispute_id))
        except Refused as refused:
            form.show(refused)
            row, enrollment = get_dispute_for(identity, dispute_id)
    elif not form.is_submitted():
        services.note_reading(row, enrollment, actor=identity)
    return _page(identity, row, enrollment, form), (422 if form.errors else 200)


@pages.get("/cases/disputes/<uuid:dispute_id>/file", permission=Permission.DISPUTE_ANSWER)
def sent_file(dispute_id: UUID) -> ResponseReturnValue:
    """The photo or PDF that the participant sent; who opened it is kept."""
    identity = current_identity()
    row, enrollment = get_dispute_for(identity, dispute_id)
    answer = download(file_of(row), row.id)
    services.note_reading(row, enrollment, actor=identity)
    return answer


def _page(identity: Identity, row: Dispute, enrollment: Enrollment, form: AnswerDisputeForm) -> str:
    fact = Fact(row.fact)
    return render_template(
        "disputes/dispute.html",
        row=row,
        form=form,
        who=enrollment.referral.person.full_name,
        what=FACT_WORDS[fact],
        state=STATE_WORDS["dispute"][row.state],
        tone=TONES[row.state],
        late=is_overdue(row.state, row.answer_by, clock.today(court_time_zone())),
        whose=_whose(identity, row),
        record_url=_record_url(identity, row, enrollment),
        by=names_of([row.answered_by]).get(row.answered_by, "") if row.answered_by else "",
        case_url=_case_url(enrollment),
    )


def _whose(identity: Identity, row: Dispute) -> str:
    """Who answers: you, somebody else since you recorded it, or the office that keeps the record."""
    if not answers(identity.as_role, Fact(row.fact)):
        return "office"
    return "other" if is_for_somebody_else(row, identity) else "you"


def _record_url(identity: Identity, row: Dispute, enrollment: Enrollment) -> str | None:
    """The page on which the fact itself is corrected, for somebody who may open it."""
    fact = Fact(row.fact)
    if fact is Fact.VIOLATION:
        return link("violations.violation", violation_id=row.subject)
    if fact in _OF_REFERRAL:
        if may(identity, Permission.REFERRAL_AMEND):
            return link("cases.referral", referral_id=enrollment.referral_id)
        return link("caseload.case", enrollment_id=enrollment.id, _anchor="order")
    endpoint, anchor, needed = _PAGES[fact]
    if not may(identity, needed):
        return None
    part = {Fact.CHECK_IN: f"check-in-{row.subject}", Fact.PAYMENT: f"entry-{row.subject}"}.get(fact, anchor)
    if fact in (Fact.MODULE, Fact.SEAT_TIME):
        part = f"module-{row.subject}"
    return link(endpoint, enrollment_id=enrollment.id, _anchor=part)


def _case_url(enrollment: Enrollment) -> str:
    """The case; a later package's page. Raises NotFound in a portal without it."""
    url = link("caseload.case", enrollment_id=enrollment.id)
    if url is None:
        raise NotFound
    return url
