"""Pages of referrals, codes and enrollment."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.web.routing import Pages

pages = Pages("cases", __name__)
front_pages = Pages("enroll", __name__, court=False)


@pages.get("/enroll", public="the way in")
def enroll() -> ResponseReturnValue:
    return render_template("front/court_home.html")


@front_pages.get("/enroll", public="the way in")
def find_court() -> ResponseReturnValue:
    return render_template("front/home.html")
