"""The portal's first pages, the language switch, and what a monitor asks."""

from __future__ import annotations

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.permissions.permissions import Permission, may
from app.web import measuring
from app.web.cookies import REVIEWERS, at_the_reviewers, request_court
from app.web.hooks import safe_next
from app.web.i18n import switch_language
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import db
from tenants.models import Court, CourtState

portal = Pages("portal", __name__, court=False)
front = Pages("front", __name__)

EVERYBODY = "the way in for everybody"
MONITOR = "asked by monitors; says nothing about anybody"

# Where somebody lands after signing in: the first that they may open.
HOMES = (
    (Permission.OWN_PROGRAM, "my_program.home"),
    (Permission.DASHBOARD_READ, "dashboard.home"),
    (Permission.BENCH_READ, "bench.calendar"),
    (Permission.ATTENTION_HANDLE, "today.today"),
    (Permission.CASELOAD_READ, "caseload.caseload"),
    (Permission.UNIT_READ, "unit.people"),
    (Permission.REFERRAL_READ, "cases.referrals"),
    (Permission.REFLECTION_REVIEW, "reviews.queue"),
    (Permission.CLIENT_READ, "lawyer.clients"),
)


@portal.get("/", public=EVERYBODY)
def home() -> ResponseReturnValue:
    courts = db.session.execute(
        select(Court.name, Court.slug, Court.county, Court.region)
        .where(Court.state == CourtState.ACTIVE)
        .order_by(Court.region, Court.name)
    ).all()
    return render_template("front/home.html", courts=courts)


@front.get("/", public=EVERYBODY)
def court_home() -> ResponseReturnValue:
    identity = current_identity()
    for permission, endpoint in HOMES:
        if may(identity, permission):
            return redirect(url_for(endpoint))
    return render_template("front/court_home.html")


@portal.post("/language", public=EVERYBODY, endpoint="set_language")
@portal.post(f"{REVIEWERS}/language", public=EVERYBODY, endpoint="set_reviewers_language")
@front.post("/language", public=EVERYBODY, endpoint="set_court_language")
def set_language() -> ResponseReturnValue:
    switch_language(request.form.get("language"))
    court = request_court()
    home = f"{REVIEWERS}/" if at_the_reviewers() else f"/{court.slug}/" if court else "/"
    return redirect(safe_next(request.form.get("next")) or home)


@portal.get("/livez", public=MONITOR, in_maintenance=True)
def livez() -> ResponseReturnValue:
    """The process answers. Needs nothing else."""
    return Response("ok\n", mimetype="text/plain")


@portal.get("/readyz", public=MONITOR, in_maintenance=True)
def readyz() -> ResponseReturnValue:
    """PostgreSQL answers, at this release's migration or a later one."""
    try:
        found = db.session.scalar(text("SELECT max(version_num) FROM alembic_version"))
    except DBAPIError:
        return Response("no database\n", 503, mimetype="text/plain")
    needed = current_app.config["SCHEMA_HEAD"]
    ready = found is not None and str(found) >= needed
    return Response(
        "ok\n" if ready else f"schema {found}, needs {needed}\n", 200 if ready else 503, mimetype="text/plain"
    )


@portal.get("/metrics", public=MONITOR, in_maintenance=True)
def metrics() -> ResponseReturnValue:
    return Response(measuring.told(), content_type=CONTENT_TYPE_LATEST)
