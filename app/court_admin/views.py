"""Pages of court_admin: the program rules, and the emblem that they name."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.core.storage import Missing
from app.court_admin import drafting
from app.court_admin.forms import RulesForm
from app.court_admin.lookups import Module, document_of, kept_emblem, modules, versions
from app.court_admin.services import RulesMoved, keep_emblem, publish_rules
from app.court_admin.wording import Difference, describe, differences
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction
from tenants.program import ProgramDocument
from tenants.rules import NoRules, rules_in_force
from tenants.scope import current_court_id

pages = Pages("court_admin", __name__)

EMBLEM_FOR = 300  # seconds that a browser may keep it without asking; its address changes with the picture


@pages.get("/program-rules", permission=Permission.RULES_READ)
def program_rules() -> ResponseReturnValue:
    row, document = rules_in_force()
    published = versions()
    return render_template(
        "court_admin/program_rules.html",
        version=published[0],
        in_force=row.version,
        letterhead=document.reports.letterhead,
        sections_in_words=describe(document, _titles(modules())),
        versions=published,
    )


@pages.get("/program-rules/<int(max=999999):number>", permission=Permission.RULES_READ)
def rules_version(number: int) -> ResponseReturnValue:
    document = document_of(number)
    published = versions()
    titles = _titles(modules())
    return render_template(
        "court_admin/rules_version.html",
        version=next(version for version in published if version.number == number),
        in_force=published[0].number,
        letterhead=document.reports.letterhead,
        sections_in_words=describe(document, titles),
        changes=differences(document_of(number - 1), document, titles) if number > 1 else None,
    )


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
    answer = _picture(sha256)
    answer.cache_control.public = True
    answer.cache_control.max_age = EMBLEM_FOR
    answer.set_etag(sha256)
    answer.make_conditional(request)
    return answer


def _picture(sha256: str) -> Response:
    try:
        return Response(runtime().storage.get(current_court_id(), sha256), mimetype="image/png")
    except Missing:
        abort(404)


@pages.route("/program-rules/edit", methods=["GET", "POST"], permission=Permission.RULES_PUBLISH)
def edit_rules() -> ResponseReturnValue:
    row, current = rules_in_force()
    existing = modules()
    form = RulesForm()
    form.modules.choices = _choices(existing, current)
    if not form.is_submitted():
        drafting.fill(form, current, row.version)
        return _edit_page(form, current)
    form.validate()
    _take_emblem(form)
    wanted = drafting.draft(form, current)
    if wanted is None:
        return _edit_page(form, current, status=422)
    try:
        return _publish(form, wanted)
    except Refused as refused:
        form.show(refused)
        return _edit_page(form, current, status=422)
    except RulesMoved:
        # Published again from this page, the typed values go over the newer version: knowingly, having seen both.
        row, current = rules_in_force()
        form.row_version.data = str(row.version)
        found = differences(current, wanted, _titles(existing))
        return _edit_page(form, current, conflict=found, status=409)


def _publish(form: RulesForm, wanted: ProgramDocument) -> ResponseReturnValue:
    with transaction():
        claim = form.claim("court_admin.publish_rules")
        if claim.first:
            over = str(form.row_version.data)
            published = publish_rules(
                wanted,
                over=int(over) if over.isdecimal() and len(over) < 9 else 0,
                reason=form.reason.data,
                actor=current_identity(),
            )
            claim.finish(published.id)
            flash(_("Version %(number)s of the rules is in force now.", number=published.version), "success")
    return redirect(url_for("court_admin.program_rules"), 303)


def _take_emblem(form: RulesForm) -> None:
    """Keep a sent picture at once, so that faults elsewhere in the form do not lose it."""
    if form.kept_emblem.data and kept_emblem(form.kept_emblem.data) is None:
        form.kept_emblem.data = ""
        form.show(Refused(_("Choose the file of the emblem again."), "emblem"))
    sent = form.emblem.data
    if not sent:
        return
    if form.without_emblem.data:
        form.show(Refused(_("Send an emblem or take it away, not both."), "without_emblem"))
    try:
        form.kept_emblem.data = keep_emblem(sent.read(), name=sent.filename, actor=current_identity()).sha256
    except Refused as refused:
        form.show(refused)


def _edit_page(
    form: RulesForm, current: ProgramDocument, *, conflict: tuple[Difference, ...] | None = None, status: int = 200
) -> ResponseReturnValue:
    form.add_spare_fees()
    published = versions()
    return (
        render_template(
            "court_admin/edit_rules.html",
            form=form,
            latest=published[0],
            kept=kept_emblem(form.kept_emblem.data),
            emblem=form.kept_emblem.data or current.reports.letterhead.emblem,
            conflict=conflict,
        ),
        status,
    )


def _titles(existing: list[Module]) -> dict[str, str]:
    return {module.slug: module.title for module in existing}


def _choices(existing: list[Module], document: ProgramDocument) -> list[tuple[str, str]]:
    """Modules that are written, and whatever the rules name already."""
    named = {module.slug for module in document.coursework.modules}
    choices = [(module.slug, module.title) for module in existing if module.ready or module.slug in named]
    known = {slug for slug, _title in choices}
    return [*choices, *((slug, slug) for slug in sorted(named - known))]
