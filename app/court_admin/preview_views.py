"""Pages that show what a draft would do, and publish it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from pydantic import ValidationError

from app.cases.rules import STAGE_WORDS
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import current_language, gettext, in_language
from app.core.i18n import gettext as _
from app.court_admin.drafts import DraftMoved, publish_draft, the_draft
from app.court_admin.forms import LATER, PublishForm
from app.court_admin.lookups import member_names, modules, version_of, waiting_version
from app.court_admin.models import RulesDraft
from app.court_admin.module_standing import faults_here
from app.court_admin.pages import pages
from app.court_admin.preview import label_of, preview
from app.court_admin.running import ON_PAGE, concerned, list_concerned
from app.court_admin.samples import KINDS, sample
from app.court_admin.services import RulesMoved
from app.permissions.permissions import Permission
from app.reports.facts import the_court
from app.reports.html import render_page
from app.reports.snapshot import ReportKind
from app.reports.words import KIND_WORDS
from app.web.identity import current_identity
from tenants.database import transaction
from tenants.models import ProgramRules
from tenants.program import ProgramDocument
from tenants.rules import rules_in_force

DRAFT, OVER, PUBLISHED = "draft", "over", "published"


@pages.route("/program-rules/draft/preview", methods=["GET", "POST"], permission=Permission.RULES_PUBLISH)
def preview_draft() -> ResponseReturnValue:
    """What the draft would change, for whom, and the form that publishes exactly what is shown."""
    draft = the_draft()
    form = PublishForm()
    if draft is None:
        return _gone(form)
    wanted = _sound(draft)
    if wanted is None or faults_here(draft.document, modules()):
        flash(_("Some parts are not finished yet. Open them, and put right what is marked."), "warning")
        return redirect(url_for("court_admin.draft"), 303)
    if not form.is_submitted():
        return _preview_page(form, draft, wanted)
    form.validate()
    begins_on = form.begins_on.data if form.when.data == LATER else None
    if form.when.data == LATER and begins_on is None and not form.begins_on.errors:
        form.show(Refused(_("Enter a date."), "begins_on"))
    if form.errors:
        return _preview_page(form, draft, wanted, status=422)
    try:
        published = _publish(form, begins_on)
    except Refused as refused:
        form.show(refused)
        return _preview_page(form, draft, wanted, status=422)
    except (DraftMoved, RulesMoved) as moved:
        draft = the_draft()
        wanted = _sound(draft) if draft is not None else None
        if draft is None or wanted is None:
            return _gone(form)
        return _preview_page(form, draft, wanted, status=409, moved=DRAFT if isinstance(moved, DraftMoved) else OVER)
    if published is not None:
        _tell(published)
    return redirect(url_for("court_admin.program_rules"), 303)


def _publish(form: PublishForm, begins_on: Any) -> ProgramRules | None:
    """The published version; None for a double of a form that was sent already."""
    published = None
    with transaction():
        claim = form.claim("court_admin.publish_rules")
        if claim.first:
            published = publish_draft(
                seen=_number(form.row_version.data),
                over=_number(form.over.data),
                reason=form.reason.data,
                actor=current_identity(),
                begins_on=begins_on,
                for_running=bool(form.for_running.data),
            )
            claim.finish(published.id)
    return published


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isdecimal() and len(typed) < 9 else 0


def _tell(published: ProgramRules) -> None:
    if published.begins_at is None:
        flash(_("Version %(number)s of the rules is in force now.", number=published.version), "success")
    else:
        flash(_("Version %(number)s of the rules waits for its day.", number=published.version), "success")
    if published.for_running:
        flash(_("It is applied to running cases as soon as it is in force. The audit names each of them."), "info")


def _gone(form: PublishForm) -> ResponseReturnValue:
    """The draft was published or discarded while this page was open. A double of one's own form lands here, too."""
    if form.is_submitted():
        flash(_("There is no draft any more: it was published or discarded."), "info")
        return redirect(url_for("court_admin.program_rules"), 303)
    return redirect(url_for("court_admin.draft"))


def _sound(draft: RulesDraft) -> ProgramDocument | None:
    try:
        return ProgramDocument.model_validate(draft.document)
    except ValidationError:
        return None


def _preview_page(
    form: PublishForm, draft: RulesDraft, wanted: ProgramDocument, *, status: int = 200, moved: str = ""
) -> ResponseReturnValue:
    row, in_force = rules_in_force()
    court = the_court()
    found = preview(in_force, wanted, court, _titles(), clock.today(court.time_zone))
    waiting = waiting_version()
    newest = row.version if waiting is None else waiting.version
    # A refused form keeps what it saw, unless both are shown anew: then it is sent knowingly.
    if not form.is_submitted() or moved:
        form.row_version.data, form.over.data = str(draft.row_version), str(newest)
    page = render_template(
        "court_admin/rules_preview.html",
        form=form,
        draft=draft,
        draft_by=member_names({draft.changed_by}).get(draft.changed_by, ""),
        in_force=row.version,
        moved=moved,
        newest=version_of(newest) if moved == OVER else None,
        waiting=waiting,
        found=found,
        kinds=[(kind, KIND_WORDS[kind]) for kind in KINDS],
    )
    return page, status


def _titles() -> dict[str, str]:
    return {module.slug: module.title for module in modules()}


@pages.get("/program-rules/draft/preview/people", permission=Permission.RULES_PUBLISH)
def preview_people() -> ResponseReturnValue:
    """Exactly whom the draft would concern who is in the program already, a page at a time."""
    draft = the_draft()
    wanted = _sound(draft) if draft is not None else None
    if wanted is None:
        raise NotFound
    found = concerned(wanted.to_json())
    people = list_concerned(found, clock.today(the_court().time_zone), after=_uuid(request.args.get("after", "")))
    return render_template(
        "court_admin/rules_people.html",
        total=found.total,
        people=people[:ON_PAGE],
        older=people[ON_PAGE - 1].enrollment_id if len(people) > ON_PAGE else None,
        stage_words=STAGE_WORDS,
        label_of=label_of,
    )


def _uuid(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


@pages.get("/program-rules/draft/preview/papers/<kind>", permission=Permission.RULES_PUBLISH)
def preview_paper(kind: str) -> ResponseReturnValue:
    """A paper about an invented person, as the draft would have it."""
    draft = the_draft()
    wanted = _sound(draft) if draft is not None else None
    if wanted is None or kind not in KINDS:
        raise NotFound
    court = the_court()
    language = current_language()
    with in_language(language):
        snapshot = sample(ReportKind(kind), wanted, court, _titles(), language)
        # The fragment's own templates escape everything that a person typed.
        paper = Markup(render_page(snapshot, lambda text: str(gettext(text))))  # noqa: S704 - see the line above
    return render_template("court_admin/rules_paper.html", paper=paper, name=KIND_WORDS[ReportKind(kind)])
