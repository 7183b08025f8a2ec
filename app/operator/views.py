"""Signing in to the console and out of it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Refused
from app.operator import guard, services, sessions
from app.operator.forms import SecondFactorForm, SignInForm
from app.operator.pages import pages


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            token = services.sign_in(
                email=form.email.data, password=form.password.data, address=request.remote_addr or ""
            )
        except Refused as refused:
            form.show(refused)
        else:
            guard.begin(token)
            return redirect(url_for("operator.second_factor"), 303)
    return render_template("operator/sign_in.html", form=form), 422 if form.errors else 200


@pages.route("/second-factor", methods=["GET", "POST"])
def second_factor() -> ResponseReturnValue:
    who = guard.signed_in()
    if who is None or who.fully:
        return redirect(url_for("admin.index"))
    form = SecondFactorForm()
    if form.validate_on_submit():
        try:
            token = services.give_second_factor(who, form.code.data, address=request.remote_addr or "")
        except Refused as refused:
            form.show(refused)
        else:
            guard.begin(token)
            return redirect(url_for("admin.index"), 303)
    return render_template("operator/second_factor.html", form=form), 422 if form.errors else 200


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    who = guard.signed_in()
    if who is not None:
        sessions.end(who.session_id)
    guard.end()
    return redirect(url_for("operator.sign_in"), 303)
