"""Pages of court_admin: the program rules and their versions, and the emblem that they name."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.core.storage import Missing
from app.court_admin import draft_views, leaving_views, module_views, preview_views
from app.court_admin.drafts import the_draft
from app.court_admin.emblems import for_pages
from app.court_admin.forms import ConfirmForm
from app.court_admin.lookups import (
    ON_PAGE,
    Module,
    Version,
    document_of,
    kept_emblem,
    member_names,
    modules,
    version_of,
    versions,
    waiting_version,
)
from app.court_admin.pages import pages
from app.court_admin.running import applied
from app.court_admin.services import cancel_version
from app.court_admin.wording import describe, differences
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from tenants.database import transaction
from tenants.models import RulesState
from tenants.rules import NoRules, rules_in_force
from tenants.scope import current_court_id

__all__ = ["draft_views", "leaving_views", "module_views", "pages", "preview_views"]

EMBLEM_FOR = 300  # seconds that a browser may keep it without asking; its address changes with the picture


@pages.get("/program-rules", permission=Permission.RULES_READ)
def program_rules() -> ResponseReturnValue:
    row, document = rules_in_force()
    known = versions()
    draft = the_draft() if may(current_identity(), Permission.RULES_PUBLISH) else None
    return render_template(
        "court_admin/program_rules.html",
        version=next((one for one in known if one.number == row.version), None) or version_of(row.version),
        in_force=row.version,
        letterhead=document.reports.letterhead,
        sections_in_words=describe(document, _titles(modules())),
        versions=known[:ON_PAGE],
        older=known[ON_PAGE - 1].number if len(known) > ON_PAGE else None,
        waiting=waiting_version(),
        draft=draft,
        draft_by=member_names({draft.changed_by}).get(draft.changed_by, "") if draft else "",
        start=ConfirmForm(),
    )


@pages.get("/program-rules/history", permission=Permission.RULES_READ)
def rules_history() -> ResponseReturnValue:
    """Every version, the newest first, a page at a time."""
    before = request.args.get("before", type=int)
    known = versions(before=before if before is not None and 0 < before < 1_000_000 else None)
    return render_template(
        "court_admin/rules_history.html",
        in_force=rules_in_force()[0].version,
        versions=known[:ON_PAGE],
        older=known[ON_PAGE - 1].number if len(known) > ON_PAGE else None,
        first_page=before is None,
        now=clock.now(),
    )


@pages.get("/program-rules/<int(max=999999):number>", permission=Permission.RULES_READ)
def rules_version(number: int) -> ResponseReturnValue:
    """One version in words, and what it changed."""
    version = version_of(number)
    document = document_of(number)
    titles = _titles(modules())
    goes_to_running = version.for_running and not version.canceled_at and not version.waits(clock.now())
    before = version.amends or next((one.number for one in versions(before=number) if _was_in_force(one)), None)
    return render_template(
        "court_admin/rules_version.html",
        version=version,
        in_force=rules_in_force()[0].version,
        letterhead=document.reports.letterhead,
        sections_in_words=describe(document, titles),
        compared_with=before,
        changes=differences(document_of(before), document, titles) if before else None,
        draft=the_draft() if may(current_identity(), Permission.RULES_PUBLISH) else None,
        start=ConfirmForm(),
        now=clock.now(),
        applied=applied(version.id) if goes_to_running else None,
    )


def _was_in_force(version: Version) -> bool:
    return version.state == RulesState.PUBLISHED and version.canceled_at is None


@pages.route(
    "/program-rules/<int(max=999999):number>/cancel", methods=["GET", "POST"], permission=Permission.RULES_PUBLISH
)
def cancel_rules(number: int) -> ResponseReturnValue:
    """Take back a version that waits for its day."""
    version = version_of(number)
    if version.begins_at is None:  # it was in force at once
        return redirect(url_for("court_admin.rules_version", number=number))
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("court_admin.cancel_rules")
                if claim.first:
                    cancel_version(number, actor=current_identity())
                    claim.finish(version.id)
            flash(_("Version %(number)s is canceled.", number=number), "success")
        except Refused as refused:
            flash(refused.message, "error")
        return redirect(url_for("court_admin.program_rules"), 303)
    return render_template("court_admin/cancel_version.html", form=form, version=version)


@pages.get("/program-rules/<int(max=999999):number>/letterhead", permission=Permission.RULES_READ)
def letterhead(number: int) -> ResponseReturnValue:
    return render_template(
        "court_admin/letterhead.html", number=number, letterhead=document_of(number).reports.letterhead
    )


@pages.get("/program-rules/emblems/<string(length=64):sha256>", permission=Permission.RULES_READ)
def past_emblem(sha256: str) -> Response:
    """An emblem of any version, or one that was just sent, for those who read the rules."""
    return _picture(sha256 if kept_emblem(sha256) else "")


@pages.get("/emblem", public="it stands on every page of the court, before anybody signs in too")
def emblem() -> Response:
    """The emblem of the rules in force."""
    try:
        sha256 = rules_in_force()[1].reports.letterhead.emblem
    except NoRules:
        abort(404)
    try:
        answer = Response(_on_pages(current_court_id(), sha256), mimetype="image/png")
    except Missing:
        abort(404)
    answer.cache_control.public = True
    answer.cache_control.max_age = EMBLEM_FOR
    answer.set_etag(sha256)
    answer.make_conditional(request)
    return answer


@lru_cache(maxsize=500)
def _on_pages(court_id: UUID, sha256: str) -> bytes:
    """A court's emblem as its pages show it. Raises Missing."""
    return for_pages(runtime().storage.get(court_id, sha256))


def _picture(sha256: str) -> Response:
    try:
        return Response(runtime().storage.get(current_court_id(), sha256), mimetype="image/png")
    except Missing:
        abort(404)


def _titles(existing: list[Module]) -> dict[str, str]:
    return {module.slug: module.title for module in existing}
