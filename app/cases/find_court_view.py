"""The portal's own way in: the code's first letters lead to the court."""

from __future__ import annotations

from flask import make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.cases import enroll_state
from app.cases.codes import normalize, prefix_of
from app.cases.enroll_forms import FindCourtForm
from app.cases.pages import front_pages
from app.core.errors import Refused
from app.core.i18n import gettext as _
from tenants.database import db, session
from tenants.models import Court, CourtState
from tenants.resolve import ResolvedCourt
from tenants.resolve import find_court as resolve


@front_pages.route("/enroll", methods=["GET", "POST"], public="the way in")
def find_court() -> ResponseReturnValue:
    form = FindCourtForm()
    if form.validate_on_submit():
        court = _court_of(form.code.data)
        if court is not None:
            answer = make_response(redirect(f"/{court.slug}/enroll", code=303))
            enroll_state.carry_code(answer, court, normalize(form.code.data))
            return answer
        message = _(
            "We could not match this code. This happens. It does not count against you. "
            "Check it and try again, or ask the court for a new code."
        )
        form.show(Refused(message, "code"))
    return render_template("cases/find_court.html", form=form), (422 if form.errors else 200)


def _court_of(typed: str) -> ResolvedCourt | None:
    prefix = prefix_of(typed)
    if prefix is None:
        return None
    slug = session().scalar(select(Court.slug).where(Court.code_prefix == prefix, Court.state != CourtState.CLOSED))
    return resolve(db.engine, slug) if slug is not None else None
