"""Sign-in, second factor, sign-out, one's own account."""

from __future__ import annotations

import segno
from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.accounts import lookups, services, sessions
from app.accounts import second_factor as totp
from app.accounts.forms import CodeForm, LanguageForm, SignInForm, StaffSignInForm
from app.accounts.pages import WAY_IN, enter, go_on, slowed
from app.accounts.staff_views import pages
from app.core.actor import ActorKind
from app.core.errors import NotFound, Refused, TooMany
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web import identity
from app.web.forms import PortalForm
from app.web.i18n import offered_languages

__all__ = ["pages"]


@pages.route("/sign-in", methods=["GET", "POST"], public=WAY_IN)
def sign_in() -> ResponseReturnValue:
    template = "accounts/sign_in.html"
    person = identity.current_identity()
    if request.method == "GET" and person.fully_signed_in:
        return go_on(request.args.get("next"))
    form = SignInForm()
    form.next.data = form.next.data or request.args.get("next")
    if form.validate_on_submit():
        try:
            token = services.sign_in_learner_by_password(
                sign_in_name=form.sign_in_name.data, password=form.password.data, actor=person
            )
        except TooMany as error:
            return slowed(form, error, template)
        if token is not None:
            enter(token)
            return go_on(form.next.data)
        form.form_errors.append(
            _("The sign-in name or the password is not right. This happens. Check both and try again.")
        )
    return render_template(template, form=form), (422 if form.errors else 200)


@pages.route("/staff/sign-in", methods=["GET", "POST"], public=WAY_IN)
def staff_sign_in() -> ResponseReturnValue:
    template = "accounts/staff_sign_in.html"
    person = identity.current_identity()
    if request.method == "GET" and person.fully_signed_in:
        return go_on(request.args.get("next"))
    form = StaffSignInForm()
    form.next.data = form.next.data or request.args.get("next")
    if form.validate_on_submit():
        try:
            token = services.sign_in_staff(email=form.email.data, password=form.password.data, actor=person)
        except TooMany as error:
            return slowed(form, error, template)
        if token is not None:
            enter(token)
            return redirect(url_for("accounts.second_factor", next=form.next.data or None))
        form.form_errors.append(_("The email address or the password is not right. Check both and try again."))
    return render_template(template, form=form), (422 if form.errors else 200)


@pages.route(
    "/staff/second-factor", methods=["GET", "POST"], permission=Permission.SIGNED_IN, before_second_factor=True
)
def second_factor() -> ResponseReturnValue:
    person = identity.current_identity()
    if request.method == "GET" and person.fully_signed_in:
        return go_on(request.args.get("next"))
    if not lookups.has_second_factor(lookups.credential_of(person)):
        return redirect(url_for("accounts.set_up_second_factor", next=request.args.get("next")))
    return _take_code(CodeForm(), "accounts/second_factor.html")


@pages.route(
    "/staff/second-factor/set-up", methods=["GET", "POST"], permission=Permission.SIGNED_IN, before_second_factor=True
)
def set_up_second_factor() -> ResponseReturnValue:
    person = identity.current_identity()
    if lookups.has_second_factor(lookups.credential_of(person)):
        return redirect(url_for("accounts.second_factor", next=request.args.get("next")))
    secret, address = services.setup_secret(actor=person)
    # Presentation attributes only: the page's policy allows no inline style. The markup is segno's own.
    image = Markup(segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff"))  # noqa: S704 - see above
    return _take_code(
        CodeForm(), "accounts/set_up_second_factor.html", image=image, secret=totp.in_groups(secret), address=address
    )


def _take_code(form: CodeForm, template: str, **context: object) -> ResponseReturnValue:
    form.next.data = form.next.data or request.args.get("next")
    if form.validate_on_submit():
        try:
            token = services.give_second_factor(code=form.code.data, actor=identity.current_identity())
        except TooMany as error:
            return slowed(form, error, template, **context)
        except Refused as refused:
            form.show(refused)
        else:
            _take_on(token)
            return go_on(form.next.data)
    return render_template(template, form=form, **context), (422 if form.errors else 200)


def _take_on(token: str) -> None:
    """The same session under its new token: it must not be ended as `enter` ends the one before."""
    found = sessions.load_identity(token)
    if found is not None:
        identity.begin(token, found)


@pages.post("/sign-out", permission=Permission.SIGNED_IN, before_second_factor=True)
def sign_out() -> ResponseReturnValue:
    services.sign_out(actor=identity.current_identity())
    identity.end()
    return redirect(url_for("front.court_home"))


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
            session["language"] = form.language.data
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


def _language_form() -> LanguageForm:
    form = LanguageForm(language=identity.current_identity().language)
    form.language.choices = [(code, LANGUAGES[code]) for code in offered_languages()]
    return form


def _account_page(form: LanguageForm) -> ResponseReturnValue:
    person = identity.current_identity()
    try:
        name = lookups.own_sign_in_name(person)
    except NotFound:
        name = ""
    page = render_template(
        "accounts/account.html", form=form, sign_out_form=PortalForm(), person=person, sign_in_name=name
    )
    return page, (422 if form.errors else 200)
