"""The counter: enrolling together with somebody, and the slip that lets a person sign in again."""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.accounts.models import LearnerAccount
from app.accounts.recovery import SLIP_FOR
from app.accounts.sign_in_names import shown
from app.cases import assisting, enroll_state, joining, lookups
from app.cases.enroll_forms import AssistForm, EnrollForm, SlipForm
from app.cases.enroll_state import Answers
from app.cases.form_parts import given
from app.cases.pages import pages, the_court
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import in_language
from app.core.runtime import runtime
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from tenants.database import transaction


def still_helps(answers: Answers) -> bool:
    """Whether the clerk who began this is the one before the screen, and may still do it."""
    person = current_identity()
    return str(person.id) == answers.assisted_by and may(person, Permission.ENROLL_ASSIST)


@pages.route("/referrals/<uuid:referral_id>/enroll-here", methods=["GET", "POST"], permission=Permission.ENROLL_ASSIST)
def assist_enrollment(referral_id: UUID) -> ResponseReturnValue:
    """Who stands before the clerk: the ID seen, the birth date said. Then the same steps as for everybody."""
    person = current_identity()
    enrollment = lookups.get_referral_for(person, referral_id)
    known, form = enrollment.referral.person, AssistForm()
    if enrollment.state == "referred" and form.validate_on_submit():
        born = given(form.birth_date)
        try:
            with transaction():
                claim = form.claim("cases.assist_enrollment")
                if claim.first:
                    claim.finish(assisting.begin(referral_id, born, known.birth_date, actor=person).id)
        except Refused as refused:
            form.show(refused)
        else:
            if claim.result_id is None:
                return redirect(url_for("cases.referral", referral_id=referral_id))
            answers = Answers(
                code_id=str(claim.result_id),
                birth_date=born.isoformat(),
                email=known.email,
                phone=known.phone,
                language=known.language,
                assisted_by=str(person.id),
            )
            answer = make_response(redirect(url_for("cases.enroll_sign_in"), code=303))
            enroll_state.keep_answers(answer, the_court(), answers)
            return answer
    page = render_template("cases/assist_enrollment.html", form=form, enrollment=enrollment, person=known)
    return page, (422 if form.errors else 200)


def enroll(form: EnrollForm, answers: Answers, sign_in: joining.SignIn, signature: joining.Signature) -> Response:
    """The last button, pressed at the counter. The answer shows the slip once, so it is no redirect. Raises Refused."""
    clerk = current_identity()
    with transaction():
        claim = form.claim("cases.enroll_assisted")
        if claim.first:
            enrollment, account = assisting.enroll_with_help(answers.code_uuid, sign_in, signature, actor=clerk)
            claim.finish(enrollment.id)
        else:
            account = joining.account_joined_by(answers.code_uuid, claim.result_id)
            enrollment = lookups.the_enrollment(claim.result_id or answers.code_uuid)
    return make_response(_slip_page(account, enrollment.referral_id, enrolled=True))


def _slip_page(account: LearnerAccount, referral_id: UUID, *, enrolled: bool = False) -> str:
    code = assisting.print_slip(account, referral_id, actor=current_identity())
    court = the_court()
    with in_language(account.language):
        template = current_app.jinja_env.get_template("cases/_recovery_slip.html")
        slip = template.render(
            court_name=court.name,
            address=f"{runtime().settings.public_url}/{court.slug}/recover",
            sign_in_name=shown(account.sign_in_name),
            code=code,
            until=clock.now() + SLIP_FOR,
        )
    return render_template(
        "cases/recovery_slip.html",
        slip=Markup(slip),  # noqa: S704 - rendered by the same environment, which escapes every value
        slip_language=account.language,
        referral_id=referral_id,
        enrolled=enrolled,
    )


@pages.route(
    "/referrals/<uuid:referral_id>/recovery-slip", methods=["GET", "POST"], permission=Permission.ENROLL_ASSIST
)
def recovery_slip(referral_id: UUID) -> ResponseReturnValue:
    """Print a slip for somebody who can not sign in any more. Its code stands in the answer and nowhere else."""
    person = current_identity()
    enrollment = lookups.get_referral_for(person, referral_id)
    form = SlipForm()
    if enrollment.account_id is not None and form.validate_on_submit():
        account = assisting.account_of(enrollment)
        with transaction():
            first = form.claim("cases.recovery_slip").first
        if first:
            return make_response(_slip_page(account, referral_id))
        return redirect(url_for("cases.recovery_slip", referral_id=referral_id))
    page = render_template("cases/ask_recovery_slip.html", form=form, enrollment=enrollment)
    return page, (422 if form.errors else 200)
