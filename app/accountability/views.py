"""Pages of accountability: a learner's check-ins, and the queue of those who read them."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accountability.changing.services import changes_of as program_changes
from app.accountability.forms import (
    WHO_READS,
    AdditionForm,
    CheckInForm,
    ExcuseForm,
    answers_of,
    check_in_form,
    shown_answers,
    statement_use,
)
from app.accountability.lookups import (
    ForReview,
    check_ins_of,
    get_for_excuse,
    get_own_check_in,
    running_time,
)
from app.accountability.services import check_ins_by_rule, excuse, submit
from app.accountability.words import shown
from app.accounts.drafts.boxes import keeping
from app.accounts.drafts.boxes import sent as typed_and_sent
from app.cases.lookups import my_enrollment
from app.cases.models import Enrollment
from app.core.errors import NotFound, Refused
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.learning.commitments import PlanItem, change_plan, changes_of, plan_of
from app.learning.forms import form_for_plan
from app.learning.pseudonym import pseudonym
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction
from tenants.program import ProgramDocument
from tenants.rules import rules_of

pages = Pages("accountability", __name__)


@pages.get("/check-ins", permission=Permission.OWN_PROGRAM)
def my_check_ins() -> ResponseReturnValue:
    enrollment, document = _mine()
    now, zone, active = running_time(enrollment), court_time_zone(), enrollment.state == "accountability"
    return render_template(
        "accountability/my_check_ins.html",
        check_ins=[shown(row, now, zone, active=active) for row in check_ins_of(enrollment.id)],
        planned=check_ins_by_rule(document.accountability),
        monthly=document.accountability.cadence == "monthly",
        active=active,
        has_plan=active and bool(plan_of(enrollment.id)),
        program_changes=program_changes(enrollment.id),
    )


@pages.route("/check-ins/<int(max=999):number>", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def check_in(number: int) -> ResponseReturnValue:
    enrollment, document = _mine()
    row = get_own_check_in(enrollment.id, number)
    active = enrollment.state == "accountability"
    now = shown(row, running_time(enrollment), court_time_zone(), active=active)
    rules = document.accountability
    questions = rules.officer_questions
    plan = [item.what for item in plan_of(enrollment.id)]
    form = AdditionForm() if now.state == "returned" else check_in_form(rules, plan)
    place = f"check-in/{number}" if now.state != "returned" else f"check-in/{number}/addition"
    if form.validate_on_submit():
        sent = isinstance(form, CheckInForm)
        answers = answers_of(form, rules, plan) if sent else {"addition": form.addition.data.strip()}
        try:
            with transaction():
                submit(enrollment.id, number, answers, actor=current_identity())
                typed_and_sent(place)
            flash(_("Thank you. Your check-in was sent."), "success")
            return redirect(url_for("accountability.my_check_ins"))
        except Refused as refused:
            form.show(refused)
            row = get_own_check_in(enrollment.id, number)
    elif request.method == "POST" and now.state in ("submitted", "accepted"):
        return redirect(url_for("accountability.my_check_ins"))
    page = render_template(
        "accountability/check_in.html",
        check_in=now,
        form=form,
        keep=keeping(place, form),
        plan=plan,
        questions=questions,
        answers=shown_answers(row.answers),
        who_reads=WHO_READS[document.people.supervises],
        statement_use=statement_use(rules, current_language()),
        active=active,
    )
    return page, (422 if form.errors else 200)


@pages.route("/check-ins/plan", methods=["GET", "POST"], permission=Permission.OWN_PROGRAM)
def my_plan() -> ResponseReturnValue:
    """The learner puts the own plan in other words while the months of check-ins run."""
    enrollment, document = _mine()
    items = [PlanItem(row.what, row.how_often, row.sign) for row in plan_of(enrollment.id)]
    form = form_for_plan(items, minimum=len(items), maximum=len(items)) if items else None
    if form is not None and form.validate_on_submit():
        try:
            with transaction():
                if form.claim("accountability.change_plan").first:
                    change_plan(form.plan(), actor=current_identity())
            flash(_("Your plan is saved."), "success")
            return redirect(url_for("accountability.my_check_ins"))
        except Refused as refused:
            form.show(refused)
            enrollment, document = _mine()
    page = render_template(
        "accountability/plan.html",
        form=form,
        active=enrollment.state == "accountability",
        who_reads=WHO_READS[document.people.supervises],
        changes=changes_of(enrollment.id),
    )
    return page, (422 if form is not None and form.errors else 200)


def _mine() -> tuple[Enrollment, ProgramDocument]:
    """The signed-in learner's enrollment and its rules. Raises NotFound."""
    enrollment = my_enrollment(current_identity())
    if enrollment.rules_id is None:
        raise NotFound
    return enrollment, rules_of(enrollment.rules_id)


# --- Those who may excuse one ----------------------------------------------------------------------------------------


@pages.route("/check-ins/<uuid:check_in_id>/excuse", methods=["GET", "POST"], permission=Permission.CHECK_IN_EXCUSE)
def excuse_one(check_in_id: UUID) -> ResponseReturnValue:
    one = get_for_excuse(current_identity(), check_in_id)
    form = ExcuseForm()
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("accountability.excuse").first:
                    excuse(check_in_id, form.reason.data, actor=current_identity())
            flash(_("The check-in is excused."), "success")
            return redirect(_case_url(one) or url_for("front.court_home"))
        except Refused as refused:
            form.show(refused)
            one = get_for_excuse(current_identity(), check_in_id)
    page = render_template("accountability/excuse.html", one=one, who=_who(one), form=form, case_url=_case_url(one))
    return page, (422 if form.errors else 200)


def _who(one: ForReview) -> str:
    if one.enrollment is not None:
        return str(one.enrollment.referral.person.full_name)
    return str(_("Participant %(sign)s", sign=pseudonym(one.enrollment_id)))


def _case_url(one: ForReview) -> str | None:
    """The case, for those who may see it; a later package's page."""
    if one.enrollment is None or not may(current_identity(), Permission.CASE_READ):
        return None
    return url_for("caseload.case", enrollment_id=one.enrollment_id)
