"""Sign-in, second factor, sign-out. Importing this module registers every page of the package."""

from __future__ import annotations

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import (
    bulk_views,
    lookups,
    member_views,
    own_sign_in,
    own_views,
    recovery_views,
    services,
    staff_views,
)
from app.accounts.devices import views as device_views
from app.accounts.drafts import views as draft_views
from app.accounts.forms import CodeForm, RecoveryCodeForm, SignInForm, StaffSignInForm
from app.accounts.pages import WAY_IN, app_picture, enter, go_on, pages, slowed, take_on
from app.core.errors import Refused, TooMany
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.permissions.permissions import Permission
from app.web import identity
from app.web.forms import PortalForm

__all__ = [
    "bulk_views",
    "device_views",
    "draft_views",
    "member_views",
    "own_views",
    "pages",
    "recovery_views",
    "staff_views",
]

FEW_CODES = 3


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
    """Shows the secret that an earlier form made; where none did, a button that makes it."""
    person = identity.current_identity()
    credential = lookups.credential_of(person)
    if lookups.has_second_factor(credential):
        return redirect(url_for("accounts.second_factor", next=request.args.get("next")))
    shown = services.shown_secret(person)
    if shown is None:
        if request.method == "POST":
            services.prepare_second_factor(credential.id)
            return redirect(url_for("accounts.set_up_second_factor", next=request.args.get("next")))
        return render_template("accounts/begin_second_factor.html", form=PortalForm())
    return _take_code(CodeForm(), "accounts/set_up_second_factor.html", **app_picture(*shown))


@pages.route(
    "/staff/second-factor/recovery", methods=["GET", "POST"], permission=Permission.SIGNED_IN, before_second_factor=True
)
def second_factor_recovery() -> ResponseReturnValue:
    """Sign in with one of the ten recovery codes."""
    person = identity.current_identity()
    template, form = "accounts/second_factor_recovery.html", RecoveryCodeForm()
    if request.method == "GET" and person.fully_signed_in:
        return go_on(request.args.get("next"))
    if not lookups.has_second_factor(lookups.credential_of(person)):
        return redirect(url_for("accounts.set_up_second_factor", next=request.args.get("next")))
    form.next.data = form.next.data or request.args.get("next")
    if form.validate_on_submit():
        try:
            token, left = own_sign_in.give_recovery_code(code=form.code.data, actor=person)
        except TooMany as error:
            return slowed(form, error, template)
        except Refused as refused:
            form.show(refused)
        else:
            take_on(token)
            flash(
                ngettext("You have %(num)s recovery code left.", "You have %(num)s recovery codes left.", left),
                "info" if left > FEW_CODES else "warning",
            )
            return go_on(form.next.data)
    return render_template(template, form=form), (422 if form.errors else 200)


def _take_code(form: CodeForm, template: str, **context: object) -> ResponseReturnValue:
    form.next.data = form.next.data or request.args.get("next")
    first = "secret" in context
    if form.validate_on_submit():
        try:
            token = services.give_second_factor(code=form.code.data, actor=identity.current_identity())
        except TooMany as error:
            return slowed(form, error, template, **context)
        except Refused as refused:
            form.show(refused)
        else:
            take_on(token)
            if first:
                flash(
                    _("Your second step is set up. Now make recovery codes: they let you in without your phone."),
                    "info",
                )
                return redirect(url_for("accounts.recovery_codes"))
            return go_on(form.next.data)
    return render_template(template, form=form, **context), (422 if form.errors else 200)


@pages.post("/stay-signed-in", permission=Permission.SIGNED_IN, before_second_factor=True)
def stay() -> ResponseReturnValue:
    """The page asks to go on: being asked is what keeps a sign-in from ending (see `sessions.load_identity`)."""
    return jsonify({"stays": True})


@pages.post("/sign-out", permission=Permission.SIGNED_IN, before_second_factor=True)
def sign_out() -> ResponseReturnValue:
    services.sign_out(actor=identity.current_identity())
    identity.end()
    return redirect(url_for("front.court_home"))
