"""Sign-in, sign-out, second factor, invitations, staff."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import sessions
from app.permissions.permissions import Permission
from app.web import identity
from app.web.routing import Pages

pages = Pages("accounts", __name__)

WAY_IN = "the way in"


@pages.get("/sign-in", public=WAY_IN)
def sign_in() -> ResponseReturnValue:
    return render_template("front/court_home.html")


@pages.get("/staff/sign-in", public=WAY_IN)
def staff_sign_in() -> ResponseReturnValue:
    return render_template("front/court_home.html")


@pages.get("/staff/second-factor", permission=Permission.SIGNED_IN, before_second_factor=True)
def second_factor() -> ResponseReturnValue:
    return render_template("front/court_home.html")


@pages.post("/sign-out", permission=Permission.SIGNED_IN, before_second_factor=True)
def sign_out() -> ResponseReturnValue:
    signed_in = identity.current_identity()
    if signed_in.session_id is not None:
        sessions.end(signed_in.session_id)
    identity.end()
    return redirect(url_for("front.court_home"))
