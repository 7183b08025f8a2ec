"""Pages of what is done for several people: chosen, looked at, done, told of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.caseload.acting import services
from app.caseload.acting.forms import DETAILS, SCOPES, ChooseForm, HearingsForm, OfficerForm, StartForm, TextForm
from app.caseload.acting.lookups import SHOWN, counts_of, get_action_for, items_of, subjects
from app.caseload.acting.models import CaseAction, CaseActionItem
from app.caseload.acting.rules import (
    ASKS,
    HEARD_AT_MOST,
    MOST,
    WITHOUT_DETAILS,
    Details,
    Own,
    Subject,
    What,
    message_to,
)
from app.caseload.acting.words import DONE_WORDS, WHAT_WORDS, WHY_WORDS, will_be
from app.caseload.everyone.lookups import ids_of, listed
from app.caseload.everyone.views import asked
from app.caseload.pages import pages, row_maker
from app.cases.hearings.rules import KIND_WORDS
from app.cases.lookups import who_can_supervise
from app.cases.messages.lookups import ready_texts
from app.core import clock
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import address, link
from app.web.templating import court_time_zone, show_date
from tenants.database import transaction

KEPT = (
    "reason",
    "until",
    "ordered_on",
    "ordered_by",
    "text",
    "on_date",
    "kind",
    "outcome",
    "orders",
    "next_on",
    "next_at",
)
# Where else than on the caseload several people are chosen, and who sees it.
COMES_BACK = {"today": Permission.ATTENTION_HANDLE, "calendar": Permission.BENCH_READ}


@pages.post("/caseload/actions", permission=Permission.CASELOAD_READ)
def prepare() -> ResponseReturnValue:
    """Write down what is to be done for whom, to be looked at; the list in the address says who its people are.

    `?from=` names the page to come back to, when it is not the list; `?day=` the calendar whose hearings are recorded.
    """
    form, identity = ChooseForm(), current_identity()
    back = _back()[0] if _came_from() else f"{address('caseload.caseload')}{asked().query()}"
    if not form.validate_on_submit():
        flash(_("Choose what to do."), "error")
        return redirect(back)
    try:
        action = services.prepare(What(form.what.data), _people(form.scope.data), actor=identity)
    except Refused as refused:
        flash(refused.message, "error")
        return redirect(back)
    return redirect(_here("caseload.action", action.id), 303)


def _came_from() -> dict[str, Any]:
    """The page from which several people were chosen, as it stands in addresses; empty for the caseload."""
    where, day = request.args.get("from", ""), _day(request.args.get("day", ""))
    if where not in COMES_BACK or not may(current_identity(), COMES_BACK[where]):
        return {}
    return {"from": where, "day": day.isoformat()} if day else {"from": where}


def _here(endpoint: str, action_id: UUID, **values: Any) -> str:
    return url_for(endpoint, action_id=action_id, **_came_from(), **values)


def _back() -> tuple[str, str]:
    """The page to come back to, and what it is called."""
    came = _came_from()
    if not came:
        return address("caseload.caseload"), _("Caseload")
    if came["from"] == "today":
        return address("today.today"), _("Today")
    return url_for("bench.calendar", day=came.get("day")), _("Calendar")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


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
    form, people = DETAILS[what](**_given(row)), {}
    if isinstance(form, OfficerForm):
        form.offer([(str(member.id), member.display_name) for member in who_can_supervise()])
    elif isinstance(form, TextForm):
        form.offer(ready_texts())
    elif isinstance(form, HearingsForm):
        people = _heard(row, form)
    if form.validate_on_submit():
        own = form.own() if isinstance(form, HearingsForm) else None
        try:
            services.set_details(row, form.details(), own=own, actor=current_identity())
            return redirect(_here("caseload.action", action_id))
        except Refused as refused:
            form.show(refused)
    page = render_template(
        "caseload/act_details.html",
        form=form,
        here=_here("caseload.action", action_id),
        what=WHAT_WORDS[what],
        counts=_counts(row),
        people=people,
        back=_back(),
    )
    return page, (422 if form.errors else 200)


def _heard(row: CaseAction, form: HearingsForm) -> dict[str, str]:
    """Fills in a part of the form for each person; their names, by enrollment id."""
    items = items_of(row.id, most=HEARD_AT_MOST)
    form.offer({str(item.enrollment_id): Own.from_json(item.own) for item in items})
    found = subjects(current_identity(), [item.enrollment_id for item in items], _today())
    return {str(key): case.name for key, case in found.items()}


def _today() -> date:
    return clock.today(court_time_zone())


def _given(row: CaseAction) -> dict[str, Any]:
    if not row.details:
        return {"on_date": _day(request.args.get("day", "")) or _today()} if row.what == What.HEARING else {}
    details = Details.from_json(row.details)
    given = {name: getattr(details, name) for name in KEPT}
    officer = str(details.officer_id) if details.officer_id else "none"
    return {**given, "officer": officer}


def _counts(row: CaseAction) -> Any:
    return counts_of(row.id)


def _preview(row: CaseAction, form: StartForm, *, status: int = 200) -> ResponseReturnValue:
    what, details = What(row.what), Details.from_json(row.details or {})
    waiting, left_out = items_of(row.id, "waiting"), items_of(row.id, "left_out")
    identity, everybody = current_identity(), [item.enrollment_id for item in (*waiting, *left_out)]
    found = subjects(identity, everybody, _today(), details.on_date)
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
                will_be(what, found[item.enrollment_id], details, officers, Own.from_json(item.own)),
            )
            for item in waiting
            if item.enrollment_id in found
        ],
        left_out=[
            (found[item.enrollment_id].name, _case_url(item), WHY_WORDS[item.why])
            for item in left_out
            if item.enrollment_id in found
        ],
        first=_first_reads(what, details, [found[one.enrollment_id] for one in waiting if one.enrollment_id in found]),
        said=_said(what, details),
        change_url=_here("caseload.action", row.id, change=1) if what not in WITHOUT_DETAILS else "",
        start_url=_here("caseload.start", row.id),
        back=_back(),
    )
    return page, status


def _first_reads(what: What, details: Details, people: Sequence[Subject]) -> tuple[str, str] | None:
    """The first person's name, and the message as this person will read it."""
    if what is not What.MESSAGE or not people:
        return None
    return people[0].name, message_to(people[0], details, current_identity().display_name)


def _said(what: What, details: Details) -> list[tuple[str, str]]:
    """What was asked for beside the people, in words: with its labels."""
    if what is What.HEARING and details.on_date is not None:
        return [
            (_("Day of the hearing"), show_date(details.on_date)),
            (_("Kind of hearing"), str(KIND_WORDS[details.kind])),
        ]
    if what is What.EXTEND and details.ordered_on is not None:
        order = f"{show_date(details.ordered_on)}, {details.ordered_by}"
        return [(_("Reason"), details.reason), (_("Order of the court"), order)]
    return [(_("Reason"), details.reason)] if details.reason else []


def _case_url(item: CaseActionItem) -> str:
    return url_for("caseload.case", enrollment_id=item.enrollment_id)


@pages.post("/caseload/actions/<uuid:action_id>/start", permission=Permission.CASELOAD_READ)
def start(action_id: UUID) -> ResponseReturnValue:
    """Begin what the preview showed: a few at once, many by the worker. Pressed twice, it is done once."""
    identity = current_identity()
    row, form, few = get_action_for(identity, action_id), StartForm(), False
    if not form.validate_on_submit():
        return redirect(_here("caseload.action", action_id))
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
    return redirect(_here("caseload.action", action_id))


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
        here=lambda **values: _here("caseload.action", row.id, **values),
        back=_back(),
    )


def _lines(row: CaseAction, items: Sequence[CaseActionItem]) -> list[Mapping[str, Any]]:
    """Who, the case, what became of it, why, the paper that it made. Nobody is named whom the reader sees no more."""
    found = subjects(current_identity(), [item.enrollment_id for item in items], _today())
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
