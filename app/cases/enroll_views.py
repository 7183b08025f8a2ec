"""Enrolling, step by step: the code, how to sign in, the agreement, the check, and the one button that does it all.

Every step is a page of its own with an address, so that the back button works; what was answered stands in a sealed
cookie until the end. Nobody who stops half-way leaves a row behind.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Response, abort, current_app, flash, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import sessions
from app.accounts.devices import cookie as device_cookie
from app.accounts.models import LearnerAccount
from app.accounts.services import new_sign_in_name, sign_in_learner
from app.cases import assisted_views, enroll_state, joining, lookups
from app.cases.enroll_forms import AgreementForm, CodeForm, EnrollForm, SignInForm, StepForm
from app.cases.enroll_state import Answers
from app.cases.enrolling import READ_AGAIN, agreement_text, asks_case_number, find_code, text_digest
from app.cases.form_parts import given
from app.cases.pages import pages
from app.core.audit import audit_refused
from app.core.court_words import in_reader_language
from app.core.errors import NotFound, Refused, TooMany
from app.core.i18n import LANGUAGES, current_language
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission, may
from app.web import errors, identity
from app.web.cookies import request_court
from app.web.identity import current_identity
from tenants.database import transaction
from tenants.resolve import ResolvedCourt
from tenants.rules import NoRules, rules_in_force, rules_of

WAY_IN = "the way in"


def _court() -> ResolvedCourt:
    court = request_court()
    if court is None:
        raise NotFound
    return court


def _go(endpoint: str, message: str, category: str = "info") -> Response:
    flash(message, category)
    return make_response(redirect(url_for(endpoint)))


def _home() -> str:
    mine = "my_program.home"
    return url_for(mine if mine in current_app.view_functions else "front.court_home")


def _answers_so_far() -> Answers:
    """The answers in the cookie; without any, the way leads back to the first step (or home, once enrolled)."""
    answers = enroll_state.read_answers(_court())
    if answers is None:
        abort(_way_back())
    if answers.assisted_by and not assisted_views.still_helps(answers):
        message = _("This enrollment was begun at the counter. Please start again with your code, or ask the clerk.")
        abort(_go("cases.enroll", message, "warning"))
    return answers


def _way_back() -> Response:
    if may(current_identity(), Permission.OWN_PROGRAM):
        return make_response(redirect(_home()))
    return _go("cases.enroll", _("Please start with your code. For your safety, this page works only for a while."))


def _same_person(form: StepForm, answers: Answers) -> None:
    """Another tab may have begun with another code: its answers are not this person's."""
    if form.is_submitted() and form.enrolling.data != answers.code_id:
        message = _("Another enrollment was started in this browser. Please start again with your code.")
        abort(_go("cases.enroll", message, "warning"))
    form.enrolling.data = answers.code_id


def _onward(endpoint: str, answers: Answers) -> Response:
    answer = make_response(redirect(url_for(endpoint), code=303))
    enroll_state.keep_answers(answer, _court(), answers)
    return answer


@pages.route("/enroll", methods=["GET", "POST"], public=WAY_IN)
def enroll() -> ResponseReturnValue:
    """Step 1: the code and the birth date."""
    court = _court()
    form = CodeForm()
    if not asks_case_number():
        del form.case_number
    if form.validate_on_submit():
        number = form.case_number.data or "" if "case_number" in form else ""
        try:
            code = find_code(form.code.data, given(form.birth_date), case_number=number, actor=current_identity())
        except Refused as refused:
            form.show(refused)
        except TooMany as limit:
            return _too_many(limit)
        else:
            known = enroll_state.read_answers(court)
            return _onward("cases.enroll_sign_in", enroll_state.begin(known, code.id, given(form.birth_date)))
    elif not form.is_submitted():
        form.code.data = enroll_state.read_code(court)
    return render_template("cases/enroll_code.html", form=form), (422 if form.errors else 200)


def _too_many(limit: TooMany) -> Response:
    minutes = -(-limit.retry_after // 60)
    message = _(
        "There were many tries in a short time, so we are slowing things down. This does not count against you. "
        "You can try again in %(minutes)s minutes.",
        minutes=minutes,
    )
    answer = errors.page(429, message=message)
    answer.headers["Retry-After"] = str(limit.retry_after)
    return answer


@pages.route("/enroll/sign-in", methods=["GET", "POST"], public=WAY_IN)
def enroll_sign_in() -> ResponseReturnValue:
    """Step 2: how the person will sign in from now on."""
    answers = _answers_so_far()
    form = SignInForm(
        kind=answers.kind, email=answers.email, phone=answers.phone, language=answers.language or current_language()
    )
    form.offer(_court().languages)
    if answers.assisted_by:
        del form.password
    _same_person(form, answers)
    if form.validate_on_submit() and (chosen := _chosen_sign_in(form, answers)) is not None:
        session["language"] = chosen.language
        return _onward("cases.enroll_agreement", chosen)
    page = render_template("cases/enroll_sign_in.html", form=form, assisted=bool(answers.assisted_by))
    return page, (422 if form.errors else 200)


def _chosen_sign_in(form: SignInForm, answers: Answers) -> Answers | None:
    """The answers with this step's; None when no account can be made like this, with the reason at its field."""
    kind = form.kind.data
    chosen = replace(
        answers,
        kind=kind,
        email=form.email.data or "" if kind == "email" else "",
        phone=form.phone.data or "" if kind == "phone" else "",
        given_name=(answers.given_name or new_sign_in_name()) if kind == "name" else "",
        password="" if answers.assisted_by else form.password.data,
        language=form.language.data,
    )
    try:
        joining.check_sign_in(_sign_in_of(chosen))
    except Refused as refused:
        form.show(Refused(refused.message, refused.field if refused.field == "password" else kind))
        return None
    return chosen


def _sign_in_of(answers: Answers) -> joining.SignIn:
    password = None if answers.assisted_by else answers.password
    return joining.SignIn(answers.kind, answers.sign_in_name, password, answers.language)


@pages.route("/enroll/agreement", methods=["GET", "POST"], public=WAY_IN)
def enroll_agreement() -> ResponseReturnValue:
    """Step 3: the participation agreement of the rules in force, read and signed."""
    answers = _answers_so_far()
    form = AgreementForm(typed_name=answers.typed_name)
    _same_person(form, answers)
    if not answers.can_sign_in:
        return redirect(url_for("cases.enroll_sign_in"))
    rules, document = rules_in_force()
    language, text = agreement_text(document, current_language())
    if form.is_submitted() and form.rules_id.data != str(rules.id):
        return _go("cases.enroll_agreement", str(READ_AGAIN), "warning")
    form.rules_id.data = str(rules.id)
    if form.validate_on_submit():
        signed = replace(
            answers,
            typed_name=form.typed_name.data,
            agreement_language=language,
            agreement_sha256=text_digest(text),
            rules_id=str(rules.id),
        )
        return _onward("cases.enroll_check", signed)
    page = render_template(
        "cases/enroll_agreement.html",
        form=form,
        language=language,
        paragraphs=paragraphs_of(text),
        fees=[(in_reader_language(part.label), part) for part in document.fees.components],
    )
    return page, (422 if form.errors else 200)


def paragraphs_of(text: str) -> list[str]:
    return [paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip()]


@pages.route("/enroll/check", methods=["GET", "POST"], public=WAY_IN)
def enroll_check() -> ResponseReturnValue:
    """Step 4: every answer once more, then the one button."""
    answers = _answers_so_far()
    form = EnrollForm()
    _same_person(form, answers)
    if not answers.can_sign_in:
        return redirect(url_for("cases.enroll_sign_in"))
    if not answers.signed:
        return redirect(url_for("cases.enroll_agreement"))
    if form.validate_on_submit():
        return _enroll(form, answers)
    return render_template("cases/enroll_check.html", form=form, answers=answers, languages_by_code=LANGUAGES)


def _enroll(form: EnrollForm, answers: Answers) -> Response:
    if answers.assisted_by:
        return _enroll_assisted(form, answers)
    try:
        with transaction():
            claim = form.claim("cases.enroll")
            if claim.first:
                enrollment, account = joining.join(
                    answers.code_uuid, _sign_in_of(answers), _signature_of(answers), actor=current_identity()
                )
                claim.finish(enrollment.id)
            else:
                account = joining.account_joined_by(answers.code_uuid, claim.result_id)
            token = sign_in_learner(account, actor=current_identity())
    except Refused as refused:
        return _refused(refused, answers)
    return _enrolled(token, account)


def _enroll_assisted(form: EnrollForm, answers: Answers) -> Response:
    """The counter's way to the end: the clerk stays signed in, and the person gets a slip."""
    try:
        answer = assisted_views.enroll(form, answers, _sign_in_of(answers), _signature_of(answers))
    except Refused as refused:
        return _refused(refused, answers)
    enroll_state.forget(answer, _court())
    return answer


def _signature_of(answers: Answers) -> joining.Signature:
    return joining.Signature(
        answers.typed_name, answers.agreement_language, answers.agreement_sha256, UUID(answers.rules_id)
    )


def _refused(refused: Refused, answers: Answers) -> Response:
    """Back to the step that has to be done again; everything else that was answered is kept."""
    audit_refused(
        "cases.enroll",
        actor=current_identity(),
        subject=("enrollment_code", answers.code_uuid),
        new={"why": refused.field or "code"},
    )
    step = "cases.enroll"
    if refused.field == "agreement":
        step, answers = "cases.enroll_agreement", replace(answers, agreement_sha256="")
    elif refused.field is not None:
        step = "cases.enroll_sign_in"
    flash(refused.message, "warning")
    return _onward(step, answers)


def _enrolled(token: str, account: LearnerAccount) -> Response:
    found = sessions.load_identity(token)
    if found is None:
        raise NotFound
    identity.begin(token, found)
    device_cookie.note(found)
    message = _("You are enrolled.")
    if account.kind == "name":
        message = _("You are enrolled. Your sign-in name is %(name)s. Write it down.", name=account.sign_in_name)
    flash(message, "success")
    answer = make_response(redirect(_home(), code=303))
    enroll_state.forget(answer, _court())
    return answer


@pages.get("/agreement/paper", public="who is asked to sign may read it before and sign it on paper instead")
def agreement_to_print() -> ResponseReturnValue:
    """The agreement of the rules in force with lines to sign by hand, for printing."""
    try:
        rules, document = rules_in_force()
    except NoRules:
        raise NotFound from None
    language, text = agreement_text(document, current_language())
    return render_template(
        "cases/agreement_to_print.html",
        language=language,
        paragraphs=paragraphs_of(text),
        version=rules.version,
        sha256=text_digest(text),
    )


@pages.get("/agreement", permission=Permission.OWN_PROGRAM)
def agreement() -> ResponseReturnValue:
    """What the learner signed, and when: a copy to keep."""
    enrollment = lookups.my_enrollment(current_identity())
    signature = lookups.signature_of(enrollment.id)
    if signature is None:
        raise NotFound
    language, text = agreement_text(rules_of(signature.rules_id), signature.language)
    return render_template(
        "cases/agreement.html", signature=signature, language=language, paragraphs=paragraphs_of(text)
    )
