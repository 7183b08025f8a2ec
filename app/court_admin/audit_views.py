"""Pages of the audit: who did what, who has seen a case, the export, and whether the trail is whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_referral_for, names_of
from app.cases.overview import case_numbers_of, visible_referrals
from app.core import clock
from app.core.audit import audit
from app.core.audit_checks import ask_for_check, findings_of, get_check, newest_checks
from app.core.csv_files import CSV_TYPE, csv_lines
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.court_admin import audit_lookups as lookups
from app.court_admin.audit_export import lines, note_export
from app.court_admin.audit_filters import Filter
from app.court_admin.audit_forms import CheckForm, FilterForm
from app.court_admin.audit_values import changes, ids_among
from app.court_admin.audit_words import ACTIONS, KIND_WORDS, OUTCOME_WORDS, action_words, finding_words
from app.permissions.permissions import Permission, may
from app.web.cookies import request_court
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction
from tenants.scope import current_court_id

pages = Pages("audit_trail", __name__)

CHECK_TONES = {"waiting": "info", "whole": "good", "broken": "problem", "failed": "problem"}


def _asked(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


# --- What happened ---------------------------------------------------------------------------------------------------


@pages.get("/audit", permission=Permission.AUDIT_READ)
def events() -> ResponseReturnValue:
    wanted = Filter.from_address(request.args)
    form = FilterForm()
    form.offer(lookups.staff_to_choose(), wanted)
    form.show_filter(wanted)
    return _events_page(form, wanted)


@pages.post("/audit", permission=Permission.AUDIT_READ)
def filter_events() -> ResponseReturnValue:
    """What was typed of a case becomes its id here, so that no name stands in an address."""
    form, now = FilterForm(), Filter.from_address(request.args)
    form.offer(lookups.staff_to_choose(), now)
    if not form.validate_on_submit():
        return _events_page(form, now, status=422)
    if not form.case_words.data:
        return redirect(url_for("audit_trail.events", **form.to_filter(None).to_address()), 303)
    found = lookups.cases_named(current_identity(), form.case_words.data, court_time_zone())
    if not found:
        form.show(Refused(_("No case that you may see has this name or number."), "case_words"))
        return _events_page(form, now, status=422)
    if len(found) == 1:
        wanted = form.to_filter(found[0].referral_id)
        return redirect(url_for("audit_trail.events", **wanted.to_address()), 303)
    numbers = case_numbers_of([one.referral_id for one in found])
    choices = [(one, numbers.get(one.referral_id, ()), form.to_filter(one.referral_id).to_address()) for one in found]
    return render_template("court_admin/audit_which_case.html", choices=choices)


def _events_page(form: FilterForm, wanted: Filter, *, status: int = 200) -> ResponseReturnValue:
    identity = current_identity()
    zone = court_time_zone()
    shown = lookups.page_of_events(identity, wanted, zone, older_than=_asked("older"), newer_than=_asked("newer"))
    address = wanted.to_address()
    chosen_case = visible_referrals(identity, [wanted.case]).get(wanted.case) if wanted.case else None
    return (
        render_template(
            "court_admin/audit.html",
            form=form,
            shown=shown,
            wanted=wanted,
            chosen=form.in_words(wanted),
            address=address,
            chosen_case=chosen_case,
            action_words=action_words,
            outcome_words=OUTCOME_WORDS,
            newer_url=url_for("audit_trail.events", **address, newer=shown.newer) if shown.newer else "",
            older_url=url_for("audit_trail.events", **address, older=shown.older) if shown.older else "",
        ),
        status,
    )


@pages.get("/audit/events/<uuid:event_id>", permission=Permission.AUDIT_READ)
def event(event_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    one = lookups.get_event(event_id)
    found = one.event
    values = may(identity, Permission.AUDIT_VALUES_READ)
    if values and found.action != "audit.read_event":
        audit("audit.read_event", actor=identity, subject=("audit_event", event_id), case_id=found.case_id)
    detail = one.detail if values else None
    old, new = (detail.old, detail.new) if detail is not None else ({}, {})
    people = names_of(ids_among(old, new))
    return render_template(
        "court_admin/audit_event.html",
        one=one,
        values=values,
        who=lookups.names_for(identity, [(found.actor_kind, found.actor_id)]).of(found.actor_kind, found.actor_id),
        what=action_words(found.action, found.outcome),
        kind=_kind_words(found.action),
        outcome=OUTCOME_WORDS.get(found.outcome, found.outcome),
        case=visible_referrals(identity, [found.case_id]).get(found.case_id) if found.case_id else None,
        changes=changes(old, new, found.subject_kind, people),
    )


def _kind_words(action: str) -> str:
    known = ACTIONS.get(action)
    return str(KIND_WORDS[known.kind]) if known is not None else ""


@pages.get("/audit/cases/<uuid:referral_id>", permission=Permission.AUDIT_READ)
def case(referral_id: UUID) -> ResponseReturnValue:
    """Who has seen a case, and who has changed something in it."""
    identity = current_identity()
    enrollment = get_referral_for(identity, referral_id)
    people = lookups.who_has_seen(referral_id)
    audit("audit.read_case", actor=identity, subject=("referral", referral_id), case_id=referral_id)
    return render_template(
        "court_admin/audit_case.html",
        enrollment=enrollment,
        case_numbers=case_numbers_of([referral_id]).get(referral_id, ()),
        people=people,
        most=lookups.PEOPLE_AT_MOST,
        names=lookups.names_for(identity, ((one.actor_kind, one.actor_id) for one in people)),
    )


# --- All of it -------------------------------------------------------------------------------------------------------


@pages.post("/audit/export", permission=Permission.AUDIT_EXPORT)
def export() -> Response:
    """A CSV file of what the filter in the address lets through, sent as it is read."""
    identity, court = current_identity(), request_court()
    if court is None:
        raise NotFound
    wanted = Filter.from_address(request.args)
    note_export(wanted, actor=identity)
    found = lines(identity, current_court_id(), wanted, court.time_zone)
    answer = Response(stream_with_context(csv_lines(found)), content_type=CSV_TYPE)
    name = f"audit-{court.slug}-{clock.today(court.time_zone).isoformat()}.csv"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


# --- Is it whole? ----------------------------------------------------------------------------------------------------


@pages.get("/audit/checks", permission=Permission.AUDIT_READ)
def checks() -> ResponseReturnValue:
    found = newest_checks()
    return render_template(
        "court_admin/audit_checks.html",
        form=CheckForm(),
        checks=found,
        names=names_of({one.asked_by for one in found}),
        **_check_words(),
    )


@pages.post("/audit/checks", permission=Permission.AUDIT_READ)
def ask() -> ResponseReturnValue:
    form = CheckForm()
    with transaction():
        claim = form.claim("audit.check")
        if claim.first:
            claim.finish(ask_for_check(actor=current_identity()).id)
    return redirect(url_for("audit_trail.check", check_id=claim.result_id), 303)


@pages.get("/audit/checks/<uuid:check_id>", permission=Permission.AUDIT_READ)
def check(check_id: UUID) -> ResponseReturnValue:
    found = get_check(check_id)
    return render_template(
        "court_admin/audit_check.html",
        check=found,
        findings=[(finding_words(finding), finding) for finding in findings_of(found)],
        names=names_of({found.asked_by}),
        **_check_words(),
    )


def _check_words() -> Mapping[str, Any]:
    words = {
        "waiting": _("Being checked"),
        "whole": _("Whole"),
        "broken": _("Not whole"),
        "failed": _("The check could not be finished"),
    }
    return {"state_words": words, "state_tones": CHECK_TONES}
