"""Pages about all courts: health, failed jobs, events that no court knows, usage."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.i18n import gettext as _
from app.court_admin.questions import printable
from app.operator import guard, health, stripe_events, usage
from app.operator.courts import the_court
from app.operator.pages import pages
from app.payments.event_words import event_words

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@pages.get("/health")
def health_page() -> ResponseReturnValue:
    return render_template(
        "operator/health.html",
        schema=health.schema(),
        beats=health.beats(),
        queues=health.queues(),
        services=health.services(),
        kinds=health.by_kind(),
        courts=health.by_court(),
        most=health.COURTS_SHOWN,
        stripe=health.stripe_events(),
        unknown=stripe_events.unknown_count(),
    )


@pages.get("/stripe-events")
def stripe_events_page() -> ResponseReturnValue:
    """Stripe's events that no court knows, so that no money is invisible."""
    found = stripe_events.unknown_events(_place_of_event(request.args.get("before", "")))
    shown = found[: stripe_events.SHOWN]
    older = f"{shown[-1].received_at.isoformat()}~{shown[-1].id}" if len(found) > len(shown) else ""
    return render_template("operator/stripe_events.html", events=shown, older=older, event_words=event_words)


def _place_of_event(typed: str) -> tuple[datetime, str] | None:
    """Where a page of events goes on: the first one for what can not be read."""
    at, sign, event_id = typed.partition("~")
    try:
        place = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (place, event_id) if place.tzinfo and sign and printable(event_id) == event_id else None


@pages.get("/failed-jobs")
def failed_jobs() -> ResponseReturnValue:
    found = health.failed_jobs(_place(request.args.get("before", "")))
    shown = found[: health.JOBS_SHOWN]
    older = f"{shown[-1].failed_at.isoformat()}~{shown[-1].id}" if len(found) > len(shown) else ""
    return render_template("operator/failed_jobs.html", jobs=shown, older=older)


def _place(typed: str) -> tuple[datetime, UUID] | None:
    """Where a page of failed jobs goes on: the first one for what can not be read."""
    at, _sign, job_id = typed.partition("~")
    try:
        place = datetime.fromisoformat(at)
        return (place, UUID(job_id)) if place.tzinfo else None
    except ValueError:
        return None


@pages.post("/court/<uuid:court_id>/jobs/<uuid:job_id>/retry")
def retry_job(court_id: UUID, job_id: UUID) -> ResponseReturnValue:
    the_court(court_id)
    if health.retry(court_id, job_id, actor=guard.current_actor()):
        flash(_("The job is sent again."), "success")
    else:
        flash(_("This job does not wait for a retry any more."), "info")
    return redirect(url_for("operator.failed_jobs"), 303)


@pages.get("/usage")
def usage_page() -> ResponseReturnValue:
    months = usage.months()
    month = request.args.get("month", "")
    if not MONTH.fullmatch(month):
        month = months[0] if months else ""
    found = usage.in_month(month, request.args.get("after", "")[:40])
    shown = found[: usage.COURTS_SHOWN]
    more = shown[-1].slug if len(found) > len(shown) else ""
    return render_template("operator/usage.html", rows=shown, month=month, months=months, more=more)
