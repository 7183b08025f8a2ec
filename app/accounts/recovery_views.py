"""Ways back in: asking for a link by mail, opening it, and typing the code of a slip from the counter."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import recovery
from app.accounts.forms import ForgotForm, NewPasswordForm, SlipForm
from app.accounts.pages import WAY_IN, enter, pages, slowed
from app.accounts.rules import LEAST_ALONE
from app.core.errors import NotFound, Refused, TooMany
from app.core.i18n import gettext as _
from app.web.identity import current_identity


@pages.route("/forgot", methods=["GET", "POST"], public=WAY_IN)
def forgot() -> ResponseReturnValue:
    """The same answer whether the address is anybody's or not."""
    form, template = ForgotForm(), "accounts/forgot.html"
    if form.validate_on_submit():
        try:
            recovery.ask_for_mail(form.email.data, actor=current_identity())
        except TooMany as error:
            return slowed(form, error, template)
        except Refused as refused:
            form.show(refused)
        else:
            return redirect(url_for("accounts.forgot_sent"))
    return render_template(template, form=form), (422 if form.errors else 200)


@pages.get("/forgot/sent", public=WAY_IN)
def forgot_sent() -> ResponseReturnValue:
    return render_template("accounts/forgot_sent.html", minutes=int(recovery.MAIL_FOR.total_seconds()) // 60)


@pages.route("/recovery/<token>", methods=["GET", "POST"], public=WAY_IN)
def recovery_link(token: str) -> ResponseReturnValue:
    """Choose a new password, by a mailed link."""
    try:
        least = recovery.least_length(recovery.open_way("mail", token))
        form = NewPasswordForm()
        if form.validate_on_submit():
            try:
                session_token = recovery.use_link(token, password=form.password.data, actor=current_identity())
            except Refused as refused:
                form.show(refused)
            else:
                return _back_in(session_token)
    except NotFound:
        return make_response(render_template("accounts/recovery_closed.html"), 404)
    return render_template("accounts/new_password.html", form=form, least=least), (422 if form.errors else 200)


def _back_in(session_token: str | None) -> ResponseReturnValue:
    if session_token is None:
        flash(_("Your password is changed. Sign in with it, and with a code from your app."), "success")
        return redirect(url_for("accounts.staff_sign_in"))
    enter(session_token)
    flash(_("Your new password is saved. Welcome back."), "success")
    return redirect(url_for("front.court_home"))


@pages.route("/recover", methods=["GET", "POST"], public=WAY_IN)
def recover() -> ResponseReturnValue:
    """Come back with the slip that the court's counter printed."""
    form, template = SlipForm(), "accounts/recover.html"
    if form.validate_on_submit():
        try:
            token = recovery.use_slip(form.code.data, password=form.password.data, actor=current_identity())
        except TooMany as error:
            return slowed(form, error, template, least=LEAST_ALONE)
        except Refused as refused:
            form.show(refused)
        else:
            return _back_in(token)
    return render_template(template, form=form, least=LEAST_ALONE), (422 if form.errors else 200)
