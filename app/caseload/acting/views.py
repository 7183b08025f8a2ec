"""Pages of what is done for several people: chosen, looked at, done, told of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.caseload.acting import services
from app.caseload.acting.forms import DETAILS, SCOPES, ChooseForm, OfficerForm, StartForm
from app.caseload.acting.lookups import SHOWN, counts_of, get_action_for, items_of, subjects
from app.caseload.acting.models import CaseAction, CaseActionItem
from app.caseload.acting.rules import ASKS, MOST, WITHOUT_DETAILS, Details, What
from app.caseload.acting.words import DONE_WORDS, WHAT_WORDS, WHY_WORDS, will_be
from app.caseload.everyone.lookups import ids_of, listed
from app.caseload.everyone.views import asked
from app.caseload.pages import pages, row_maker
from app.cases.lookups import who_can_supervise
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import address, link
from tenants.database import transaction


@pages.post("/caseload/actions", permission=Permission.CASELOAD_READ)
def prepare() -> ResponseReturnValue:
    """Write down what is to be done for whom, to be looked at; the list in the address says who its people are."""
    form, identity = ChooseForm(), current_identity()
    back = f"{address('caseload.caseload')}{asked().query()}"
    if not form.validate_on_submit():
        flash(_("Choose what to do."), "error")
        return redirect(back)
    try:
        action = services.prepare(What(form.what.data), _people(form.scope.data), actor=identity)
    except Refused as refused:
        flash(refused.message, "error")
        return redirect(back)
    return redirect(url_for("caseload.action", action_id=action.id), 303)


def _people(scope: str) -> list[UUID]:
    """The cases that are meant. Whether they may be seen is looked at where they are written down."""
    if scope == SCOPES[0]:
        return [key for key in map(_uuid, request.form.getlist("case")[: MOST + 1]) if key is not None]
    identity, wanted, maker = current_identity(), asked(), row_maker()
    if wanted.tab == "attention":
        found = listed(identity, maker.day, wanted)
        return [UUID(case[0]) for case in maker.urgent(found.attention, found.aside)]
    if scope == "page":
        return [UUID(case[0]) for case in listed(identity, maker.day, wanted).page]
    return [UUID(key) for key in ids_of(identity, maker.day, wanted, MOST + 1)]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@pages.route("/caseload/actions/<uuid:action_id>", methods=["GET", "POST"], permission=Permission.CASELOAD_READ)
def action(action_id: UUID) -> ResponseReturnValue:
    """First what it needs beside the people, then what would happen, then what has happened."""
    row = get_action_for(current_identity(), action_id)
    if row.state != "draft":
        return _result(row)
    what = What(row.what)
    if what in WITHOUT_DETAILS or (row.details and "change" not in request.args and request.method == "GET"):
        return _preview(row, StartForm(formdata=None, looked_at=str(row.row_version)))
    form = DETAILS[what](**_given(row))
    if isinstance(form, OfficerForm):
        form.offer([(str(member.id), member.display_name) for member in who_can_supervise()])
    if form.validate_on_submit():
        services.set_details(row, form.details(), actor=current_identity())
        return redirect(url_for("caseload.action", action_id=action_id))
    page = render_template("caseload/act_details.html", form=form, row=row, what=WHAT_WORDS[what], counts=_counts(row))
    return page, (422 if form.errors else 200)


def _given(row: CaseAction) -> dict[str, Any]:
    if not row.details:
        return {}
    details = Details.from_json(row.details)
    given = {"reason": details.reason, "until": details.until, "ordered_on": details.ordered_on}
    officer = str(details.officer_id) if details.officer_id else "none"
    return {**given, "ordered_by": details.ordered_by, "officer": officer}


def _counts(row: CaseAction) -> Any:
    return counts_of(row.id)


def _preview(row: CaseAction, form: StartForm, *, status: int = 200) -> ResponseReturnValue:
    what, details = What(row.what), Details.from_json(row.details or {})
    waiting, left_out = items_of(row.id, "waiting"), items_of(row.id, "left_out")
    found = subjects(current_identity(), [item.enrollment_id for item in (*waiting, *left_out)])
    officers = {str(member.id): member.display_name for member in who_can_supervise()}
    page = render_template(
        "caseload/act_preview.html",
        form=form,
        row=row,
        what=WHAT_WORDS[what],
        details=details,
        counts=_counts(row),
        people=[
            (
                found[item.enrollment_id].name,
                _case_url(item),
                will_be(what, found[item.enrollment_id], details, officers),
            )
            for item in waiting
            if item.enrollment_id in found
        ],
        left_out=[
            (found[item.enrollment_id].name, _case_url(item), WHY_WORDS[item.why])
            for item in left_out
            if item.enrollment_id in found
        ],
        change_url=url_for("caseload.action", action_id=row.id, change=1) if what not in WITHOUT_DETAILS else "",
        back=address("caseload.caseload"),
    )
    return page, status


def _case_url(item: CaseActionItem) -> str:
    return url_for("caseload.case", enrollment_id=item.enrollment_id)


@pages.post("/caseload/actions/<uuid:action_id>/start", permission=Permission.CASELOAD_READ)
def start(action_id: UUID) -> ResponseReturnValue:
    """Begin what the preview showed: a few at once, many by the worker. Pressed twice, it is done once."""
    identity = current_identity()
    row, form, few = get_action_for(identity, action_id), StartForm(), False
    if not form.validate_on_submit():
        return redirect(url_for("caseload.action", action_id=action_id))
    if not may(identity, ASKS[What(row.what)]):
        raise NotFound
    try:
        with transaction():
            if form.claim("caseload.start_action").first:
                if row.state == "draft" and form.looked_at.data != str(row.row_version):
                    raise StaleForm
                few = services.start(row, actor=identity)
    except Refused as refused:
        form.show(refused)
        return _preview(row, form, status=422)
    if few:
        services.go_on(action_id, actor=identity)
    return redirect(url_for("caseload.action", action_id=action_id))


def _result(row: CaseAction) -> ResponseReturnValue:
    after = request.args.get("after", -1, type=int)
    show = "problems" if request.args.get("show") == "problems" else "all"
    states = ("not_done", "left_out") if show == "problems" else ()
    items = items_of(row.id, *states, after=after, most=SHOWN + 1)
    return render_template(
        "caseload/act_result.html",
        row=row,
        what=WHAT_WORDS[row.what],
        show=show,
        active=row.state == "running",
        counts=_counts(row),
        lines=_lines(row, items[:SHOWN]),
        more_after=items[SHOWN - 1].position if len(items) > SHOWN else None,
        back=address("caseload.caseload"),
    )


def _lines(row: CaseAction, items: Sequence[CaseActionItem]) -> list[Mapping[str, Any]]:
    """Who, the case, what became of it, why, the paper that it made. Nobody is named whom the reader sees no more."""
    found = subjects(current_identity(), [item.enrollment_id for item in items])
    return [
        {
            "name": found[item.enrollment_id].name if item.enrollment_id in found else "",
            "url": _case_url(item) if item.enrollment_id in found else "",
            "state": item.state,
            "words": DONE_WORDS[row.what] if item.state == "done" else "",
            "why": item.said or WHY_WORDS.get(item.why, ""),
            "result_url": link("reports.report", report_id=item.result_id) if item.result_id else "",
        }
        for item in items
    ]


@pages.get("/caseload/actions/<uuid:action_id>/progress", permission=Permission.CASELOAD_READ)
def action_progress(action_id: UUID) -> ResponseReturnValue:
    """What the page of a running action asks for; it loads the page anew once all is done."""
    row = get_action_for(current_identity(), action_id)
    answer = make_response(render_template("caseload/_act_progress.html", row=row, counts=_counts(row)))
    if row.state != "running":
        answer.headers["HX-Refresh"] = "true"
    return answer
