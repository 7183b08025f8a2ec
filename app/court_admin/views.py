"""Pages of court_admin: the program rules."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.court_admin import drafting
from app.court_admin.forms import RulesForm
from app.court_admin.lookups import Module, document_of, modules, versions
from app.court_admin.services import RulesMoved, publish_rules
from app.court_admin.wording import Difference, describe, differences
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from tenants.database import transaction
from tenants.program import ProgramDocument
from tenants.rules import rules_in_force

pages = Pages("court_admin", __name__)


@pages.get("/program-rules", permission=Permission.RULES_READ)
def program_rules() -> ResponseReturnValue:
    row, document = rules_in_force()
    published = versions()
    return render_template(
        "court_admin/program_rules.html",
        version=published[0],
        in_force=row.version,
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
        sections_in_words=describe(document, titles),
        changes=differences(document_of(number - 1), document, titles) if number > 1 else None,
    )


@pages.get("/program-rules/<int(max=999999):number>/letterhead", permission=Permission.RULES_READ)
def letterhead(number: int) -> ResponseReturnValue:
    return render_template(
        "court_admin/letterhead.html", number=number, letterhead=document_of(number).reports.letterhead
    )


@pages.route("/program-rules/edit", methods=["GET", "POST"], permission=Permission.RULES_PUBLISH)
def edit_rules() -> ResponseReturnValue:
    row, current = rules_in_force()
    existing = modules()
    form = RulesForm()
    form.modules.choices = _choices(existing, current)
    if not form.is_submitted():
        drafting.fill(form, current, row.version)
        return _edit_page(form, row.version)
    form.validate()
    wanted = drafting.draft(form, current)
    if wanted is None:
        return _edit_page(form, row.version, status=422)
    try:
        return _publish(form, wanted)
    except Refused as refused:
        form.show(refused)
        return _edit_page(form, row.version, status=422)
    except RulesMoved:
        # Published again from this page, the typed values go over the newer version: knowingly, having seen both.
        row, current = rules_in_force()
        form.row_version.data = str(row.version)
        found = differences(current, wanted, _titles(existing))
        return _edit_page(form, row.version, conflict=found, status=409)


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


def _edit_page(
    form: RulesForm, version: int, *, conflict: tuple[Difference, ...] | None = None, status: int = 200
) -> ResponseReturnValue:
    form.add_spare_fees()
    published = versions()
    return (
        render_template(
            "court_admin/edit_rules.html",
            form=form,
            version=version,
            latest=published[0],
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
