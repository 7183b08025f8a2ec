"""Pages of the draft: begin it, its parts, one page for each, and discard it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.court_admin import drafting
from app.court_admin.court_parts import HOLIDAYS, PART_BY_KEY, PARTS
from app.court_admin.drafting import Typed
from app.court_admin.drafts import DraftMoved, discard_draft, save_part, start_draft, the_draft
from app.court_admin.format_parts import kind_of_part
from app.court_admin.format_views import (
    BEGIN,
    MOVE,
    PDF,
    SHOW,
    begun_again,
    is_preset,
    looks,
    sample_pdf,
    samples,
    with_moved,
)
from app.court_admin.forms import ConfirmForm, PartForm, part_form
from app.court_admin.limits import limits_in_words
from app.court_admin.lookups import kept_emblem, member_names, modules
from app.court_admin.models import RulesDraft
from app.court_admin.pages import pages
from app.court_admin.program_parts import COURSE
from app.court_admin.questions import Kind, Part
from app.court_admin.services import keep_emblem
from app.court_admin.wording import part_differences
from app.permissions.permissions import Permission
from app.reports.facts import the_court
from app.reports.render import RenderFailed
from app.web.identity import current_identity
from tenants.closed_days import ClosedDays
from tenants.database import transaction
from tenants.program import Holidays
from tenants.rules import rules_in_force


@dataclass(frozen=True)
class PartState:
    """A part in the list: unchanged, changed, or with so many faults."""

    part: Part
    changed: bool
    faults: int

    @property
    def words(self) -> str:
        if self.faults:
            return str(ngettext("%(num)d thing to put right", "%(num)d things to put right", self.faults))
        return str(_("changed") if self.changed else _("unchanged"))

    @property
    def tone(self) -> str:
        return "problem" if self.faults else "info" if self.changed else "neutral"


@pages.get("/program-rules/draft", permission=Permission.RULES_PUBLISH)
def draft() -> ResponseReturnValue:
    """The parts of the draft and how each stands; without a draft, where to begin one."""
    found = the_draft()
    if found is None:
        return render_template("court_admin/rules_no_draft.html", form=ConfirmForm())
    row, in_force = rules_in_force()
    current = in_force.to_json()
    faults = drafting.faults_by_part(found.document, modules())
    states = [
        PartState(
            part,
            drafting.said_in(part, current) != drafting.said_in(part, found.document),
            faults.get(part.key, 0),
        )
        for part in PARTS
    ]
    return render_template(
        "court_admin/rules_draft.html",
        draft=found,
        names=member_names({found.started_by, found.changed_by}),
        states=states,
        in_force=row,
        any_changed=any(state.changed for state in states),
        any_faults=bool(faults),
        other_faults=faults.get("", 0),
    )


@pages.post("/program-rules/draft/begin", permission=Permission.RULES_PUBLISH)
def begin_draft() -> ResponseReturnValue:
    """Begin a draft from the rules in force, or from the version that the form names."""
    form = ConfirmForm()
    number = request.form.get("from_version", type=int)
    if not form.validate():
        return redirect(url_for("court_admin.draft"), 303)
    try:
        with transaction():
            claim = form.claim("court_admin.start_draft")
            if claim.first:
                claim.finish(start_draft(actor=current_identity(), from_version=number).id)
    except Refused as refused:
        flash(refused.message, "error")
    return redirect(url_for("court_admin.draft"), 303)


@pages.route("/program-rules/draft/parts/<key>", methods=["GET", "POST"], permission=Permission.RULES_PUBLISH)
def draft_part(key: str) -> ResponseReturnValue:
    """One part of the draft. What is wrong is shown at its field; it can be kept as it is, and finished later."""
    part = PART_BY_KEY.get(key)
    if part is None:
        raise NotFound
    found = the_draft()
    # Somebody may have published or discarded the draft while this page was open: what was typed is worth keeping.
    current = found.document if found is not None else rules_in_force()[1].to_json()
    existing = modules()
    known = drafting.offered(current, existing)
    shown = {**drafting.shown_values(part, current, known), "row_version": drafting.mark(part, current)}
    form = part_form(part, known, shown)
    if not form.is_submitted():
        if found is None:
            return redirect(url_for("court_admin.draft"))
        drafting.complain(form, Typed(found.document, _all_rows(form)), existing)
        return _part_page(form, current)
    form.validate()
    _take_emblem(form)
    attempt = drafting.typed(form, current)
    blocked = bool(form.errors)
    begin_with = request.form.get(BEGIN)
    if (kind := kind_of_part(part)) is not None and begin_with is not None and is_preset(begin_with):
        begun = begun_again(kind, attempt.document, begin_with)
        seen = {**drafting.shown_values(part, begun, known), "row_version": form.row_version.data}
        return _part_page(part_form(part, known, seen, as_sent=False), begun)
    if kind is not None and (move := request.form.get(MOVE)):
        again = with_moved(kind, attempt.document, move)
        seen = {**drafting.shown_values(part, again, known), "row_version": form.row_version.data}
        return _part_page(part_form(part, known, seen, as_sent=False), again, moved=move.partition("-")[2])
    drafting.complain(form, attempt, existing)
    if kind is not None and (asked := request.form.get(SHOW)):
        return _shown(form, kind, attempt.document, asked)
    if blocked or (form.errors and not request.form.get("unfinished")):
        return _part_page(form, current, status=422)
    return _save(form, attempt, found, current)


def _shown(form: PartForm, kind: str, wanted: dict[str, Any], asked: str) -> ResponseReturnValue:
    """What is typed as a sample, on the page or as a file. Nothing is saved."""
    language, pdf = asked.removeprefix(PDF), None
    if asked.startswith(PDF) and language in the_court().languages and not form.errors:
        try:
            pdf = sample_pdf(kind, form.part, wanted, rules_in_force()[1], modules(), language)
        except RenderFailed as failed:
            current_app.logger.error("a sample was not drawn: %s", failed.reason)
            form.form_errors.append(_("The sample can not be made now. Please try again."))
    return pdf or _part_page(form, wanted, status=422 if form.errors else 200)


def _save(form: PartForm, attempt: Typed, found: RulesDraft | None, current: dict[str, Any]) -> ResponseReturnValue:
    actor = current_identity()
    try:
        with transaction():
            claim = form.claim("court_admin.save_draft")
            if claim.first:
                if found is None:
                    if form.row_version.data != drafting.mark(form.part, current):
                        raise DraftMoved
                    start_draft(actor=actor)
                saved = save_part(form.part, attempt.document, seen=str(form.row_version.data), actor=actor)
                claim.finish(saved.id)
    except Refused as refused:
        form.show(refused)
        return _part_page(form, current, status=422)
    except DraftMoved:
        return _conflict(form)
    flash(_("%(part)s: saved in the draft.", part=form.part.title), "success")
    return redirect(url_for("court_admin.draft"), 303)


def _conflict(form: PartForm) -> ResponseReturnValue:
    """Both states side by side. Sent again from this page, the typed values go over the newer ones: knowingly."""
    found = the_draft()
    current = found.document if found is not None else rules_in_force()[1].to_json()
    form.row_version.data = drafting.mark(form.part, current)
    wanted = drafting.typed(form, current)
    return _part_page(
        form,
        current,
        status=409,
        conflict=part_differences(form.part, current, wanted.document),
        draft=found,
        names=member_names({found.changed_by}) if found else {},
    )


def _all_rows(form: PartForm) -> dict[str, list[int]]:
    tables = (question.name for question in form.part.questions if question.kind is Kind.TABLE)
    return {name: list(range(len(form[name].entries))) for name in tables}


def _take_emblem(form: PartForm) -> None:
    """Keep a sent picture at once, so that faults elsewhere in the form do not lose it."""
    if "emblem" not in form:
        return
    if form.kept_emblem.data and kept_emblem(form.kept_emblem.data) is None:
        form.kept_emblem.data = ""
        form.show(Refused(_("Choose the file of the emblem again."), "emblem"))
    sent = form["emblem"].data
    if not sent:
        return
    if form.without_emblem.data:
        form.show(Refused(_("Send an emblem or take it away, not both."), "without_emblem"))
    try:
        form.kept_emblem.data = keep_emblem(sent.read(), name=sent.filename, actor=current_identity()).sha256
    except Refused as refused:
        form.show(refused)


def _part_page(
    form: PartForm, current: dict[str, Any], *, status: int = 200, conflict: Any = None, **more: Any
) -> ResponseReturnValue:
    form.add_spare_rows()
    keys = list(PART_BY_KEY)
    at = keys.index(form.part.key)
    kind = kind_of_part(form.part)
    kept = kept_emblem(form.kept_emblem.data) if form.kept_emblem.data else None
    emblem = form.kept_emblem.data or (current.get("reports") or {}).get("letterhead", {}).get("emblem", "")
    page = render_template(
        "court_admin/rules_part.html",
        form=form,
        closed_days=_closed_days(current) if form.part is HOLIDAYS else (),
        part=form.part,
        number=at + 1,
        parts=len(keys),
        kept=kept,
        emblem=emblem,
        conflict=conflict,
        row_titles=form.offered.row_titles,
        outlines=[module.title for module in modules() if not module.ready] if form.part is COURSE else (),
        limits=limits_in_words(form.part),
        looks=looks() if kind else (),
        samples=samples(kind, form.part, _typed_or(form, current), rules_in_force()[1], modules()) if kind else None,
        **{"draft": None, "names": {}, "moved": "", **more},
    )
    return page, status


def _typed_or(form: PartForm, current: dict[str, Any]) -> dict[str, Any]:
    """The document with what the form shows, be it as sent or as saved."""
    return drafting.typed(form, current).document


def _closed_days(current: dict[str, Any]) -> list[tuple[int, dict[date, str]]]:
    """The closed days of this year and the next by what is saved; none while that is not sound."""
    try:
        rules = Holidays.model_validate(current.get("holidays") or {})
    except ValidationError:
        return []
    court = the_court()
    closed, year = ClosedDays(rules, court.region), clock.today(court.time_zone).year
    return [(one, closed.of_year(one)) for one in (year, year + 1)]


@pages.route("/program-rules/draft/discard", methods=["GET", "POST"], permission=Permission.RULES_PUBLISH)
def discard() -> ResponseReturnValue:
    """Ask once more, then throw the draft away."""
    found = the_draft()
    if found is None:
        return redirect(url_for("court_admin.draft"))
    form = ConfirmForm()
    moved = False
    if form.validate_on_submit():
        seen = str(form.row_version.data)
        try:
            with transaction():
                claim = form.claim("court_admin.discard_draft")
                if claim.first:
                    discard_draft(seen=int(seen) if seen.isdecimal() and len(seen) < 9 else 0, actor=current_identity())
                    claim.finish(found.id)
            flash(_("The draft is discarded. The rules in force did not change."), "success")
            return redirect(url_for("court_admin.program_rules"), 303)
        except DraftMoved:
            moved = True
            found = the_draft() or found
    form.row_version.data = str(found.row_version)
    page = render_template(
        "court_admin/rules_discard.html",
        form=form,
        draft=found,
        names=member_names({found.started_by, found.changed_by}),
        moved=moved,
    )
    return page, (409 if moved else 200)
