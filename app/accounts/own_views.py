"""One's own account: language, password, authenticator app, recovery codes, sign-ins."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import lookups, own_sign_in, services, sessions, sign_in_names
from app.accounts.forms import ChangePasswordForm, CodeForm, LanguageForm, ProvePasswordForm
from app.accounts.pages import app_picture, enter, pages, slowed
from app.core.actor import ActorKind
from app.core.errors import NotFound, Refused, TooMany
from app.core.i18n import LANGUAGES, in_language
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web import identity
from app.web.forms import PortalForm
from app.web.i18n import offered_languages


@pages.get("/account", permission=Permission.SIGNED_IN)
def account() -> ResponseReturnValue:
    return _account_page(_language_form())


@pages.post("/account/language", permission=Permission.SIGNED_IN)
def set_language() -> ResponseReturnValue:
    form = _language_form()
    if form.validate_on_submit():
        try:
            services.set_language(form.language.data, actor=identity.current_identity())
        except Refused as refused:
            form.show(refused)
        else:
            session.pop("language", None)
            with in_language(form.language.data):  # the page that shows it is in the new one
                flash(_("Your language is saved."), "success")
            return redirect(url_for("accounts.account"))
    return _account_page(form)


@pages.post("/account/sign-out-everywhere", permission=Permission.SIGNED_IN)
def sign_out_everywhere() -> ResponseReturnValue:
    person = identity.current_identity()
    services.sign_out_everywhere(actor=person)
    identity.end()
    flash(_("You are signed out on every device."), "success")
    return redirect(url_for("accounts.staff_sign_in" if person.kind == ActorKind.STAFF else "accounts.sign_in"))


@pages.route("/account/password", methods=["GET", "POST"], permission=Permission.SIGNED_IN)
def change_password() -> ResponseReturnValue:
    person, form, template = identity.current_identity(), ChangePasswordForm(), "accounts/change_password.html"
    least = own_sign_in.least_length(person)
    if form.validate_on_submit():
        try:
            token = own_sign_in.change_password(current=form.current.data, new=form.password.data, actor=person)
        except TooMany as error:
            return slowed(form, error, template, least=least)
        except Refused as refused:
            form.show(refused)
        else:
            enter(token)
            flash(_("Your password is changed. You are signed out everywhere else."), "success")
            return redirect(url_for("accounts.account"))
    return render_template(template, form=form, least=least), (422 if form.errors else 200)


@pages.route("/account/app", methods=["GET", "POST"], permission=Permission.OWN_SECOND_FACTOR)
def new_app() -> ResponseReturnValue:
    """Begin with another authenticator app: the password first."""
    person, form, template = identity.current_identity(), ProvePasswordForm(), "accounts/new_app.html"
    if form.validate_on_submit():
        try:
            own_sign_in.begin_new_app(current=form.current.data, actor=person)
        except TooMany as error:
            return slowed(form, error, template)
        except Refused as refused:
            form.show(refused)
        else:
            return redirect(url_for("accounts.finish_new_app"))
    return render_template(template, form=form), (422 if form.errors else 200)


@pages.route("/account/app/finish", methods=["GET", "POST"], permission=Permission.OWN_SECOND_FACTOR)
def finish_new_app() -> ResponseReturnValue:
    """The new app's secret, and a code of it."""
    person, form = identity.current_identity(), CodeForm()
    shown = own_sign_in.pending_app(person)
    if shown is None:
        return redirect(url_for("accounts.new_app"))
    template, context = "accounts/finish_new_app.html", app_picture(*shown)
    if form.validate_on_submit():
        try:
            token = own_sign_in.finish_new_app(code=form.code.data, actor=person)
        except TooMany as error:
            return slowed(form, error, template, **context)
        except Refused as refused:
            form.show(refused)
        else:
            enter(token)
            flash(
                _("Your new app is set up. The old one no longer works, and you are signed out elsewhere."), "success"
            )
            return redirect(url_for("accounts.account"))
    return render_template(template, form=form, **context), (422 if form.errors else 200)


@pages.route("/account/recovery-codes", methods=["GET", "POST"], permission=Permission.OWN_SECOND_FACTOR)
def recovery_codes() -> ResponseReturnValue:
    """Ten new codes. They are shown in the answer to the form and nowhere else, so the answer is no redirect."""
    person, form, template = identity.current_identity(), ProvePasswordForm(), "accounts/recovery_codes.html"
    codes: list[str] = []
    if form.validate_on_submit():
        try:
            codes = own_sign_in.make_recovery_codes(current=form.current.data, actor=person)
        except TooMany as error:
            return slowed(form, error, template, codes=(), left=own_sign_in.codes_left(person))
        except Refused as refused:
            form.show(refused)
    page = render_template(template, form=form, codes=codes, left=own_sign_in.codes_left(person))
    return page, (422 if form.errors else 200)


def _language_form() -> LanguageForm:
    form = LanguageForm(language=identity.current_identity().language)
    form.language.choices = [(code, LANGUAGES[code]) for code in offered_languages()]
    return form


def _account_page(form: LanguageForm) -> ResponseReturnValue:
    person = identity.current_identity()
    staff = person.kind == ActorKind.STAFF
    try:
        name = lookups.own_sign_in_name(person)
    except NotFound:
        name = ""
    page = render_template(
        "accounts/account.html",
        form=form,
        sign_out_form=PortalForm(),
        person=person,
        sign_in_name=sign_in_names.shown(name),
        staff=staff,
        codes_left=own_sign_in.codes_left(person) if staff and name else 0,
        sessions=sessions.open_sessions(
            membership_id=person.id if staff else None, learner_account_id=None if staff else person.id
        ),
    )
    return page, (422 if form.errors else 200)
