"""Pages of the list of everyone: the list, what is found by name or number, the file, the views that people keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.caseload.acting.words import offered_to
from app.caseload.attention.lookups import Whose, aside_among
from app.caseload.everyone import saving
from app.caseload.everyone.exporting import lines, note_export
from app.caseload.everyone.lookups import listed, officers_of, officers_with_cases
from app.caseload.everyone.wanted import FLAGS, HEARING_DAYS, NOBODY, OF_MONEY, TABS, Wanted, wanted
from app.caseload.everyone.words import FLAG_WORDS, ORDER_WORDS, TAB_WORDS
from app.caseload.finding import FOUND_AT_MOST, find
from app.caseload.forms import SearchForm, ViewButton, ViewForm
from app.caseload.pages import pages, row_maker
from app.caseload.rows import ShownCase
from app.cases.lookups import Reach, reach_of
from app.cases.rules import STATE_WORDS
from app.core import clock
from app.core.csv_files import CSV_TYPE, csv_lines
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission, may
from app.web.cookies import request_court
from app.web.identity import current_identity
from app.web.links import address, link
from app.web.templating import court_time_zone
from tenants.database import transaction
from tenants.scope import current_court_id

HEADS = (  # the columns: what each is sorted by
    "name",
    "progress",
    "",
    "activity",
    "due",
    "deadline",
    "hearing",
    "",
)


def asked() -> Wanted:
    """The list that the address asks for."""
    return _asked_by(request.args)


def _sees_several() -> bool:
    return reach_of(current_identity()) is Reach.WHOLE_COURT


@pages.get("/caseload", permission=Permission.CASELOAD_READ)
def caseload() -> ResponseReturnValue:
    identity, list_wanted, maker = current_identity(), asked(), row_maker()
    found = listed(identity, maker.day, list_wanted)
    attention = maker.urgent(found.attention, found.aside)
    rows = maker.rows(attention if list_wanted.tab == "attention" else found.page, found.aside)
    here = address("caseload.caseload")
    return render_template(
        "caseload/caseload.html",
        wanted=list_wanted,
        rows=rows,
        officers=_officers(rows),
        tabs=_tabs(list_wanted, found.counts, len(attention)),
        put_aside=found.put_aside,
        aside_url=_aside_url(list_wanted),
        list_count=0 if list_wanted.tab == "attention" else _how_many(list_wanted, found.counts),
        actions=offered_to(identity),
        place_query=list_wanted.query_after(list_wanted.after) if list_wanted.after else list_wanted.query(),
        heads=_heads(list_wanted),
        choices=_choices(list_wanted, found.counts),
        views=[(name, f"{here}{_query(values)}", values == list_wanted.values()) for name, values in _views()],
        here=here,
        first_url=f"{here}{list_wanted.query()}" if list_wanted.after is not None else "",
        next_url=f"{here}{list_wanted.query_after(found.after)}" if found.after else "",
        query=list_wanted.query(),
        search=SearchForm(),
        report_url=link("batches.caseload_report"),
        may_report=may(identity, Permission.REPORT_REQUEST),
    )


def _officers(rows: list[ShownCase]) -> dict[str, str]:
    return officers_of([row.id for row in rows]) if _sees_several() else {}


def _aside_url(now: Wanted) -> str:
    """Where the reasons stand that were put aside, for who may take them up again."""
    if not may(current_identity(), Permission.ATTENTION_HANDLE):
        return ""
    of_nobody = now.officer == NOBODY
    officer = (Whose.NOBODY.value if of_nobody else now.officer or Whose.EVERYONE.value) if _sees_several() else ""
    return url_for("today.aside", officer=officer or None)


def _views() -> list[tuple[str, dict[str, str]]]:
    return saving.views_for(current_identity())


def _query(values: dict[str, str]) -> str:
    return _asked_by(values).query()


def _asked_by(values: Mapping[str, str]) -> Wanted:
    return wanted(values, officers=_sees_several(), money=may(current_identity(), Permission.CASE_MONEY_READ))


def _how_many(now: Wanted, counts: dict[str, int]) -> int:
    return sum(counts.get(state, 0) for state in now.states or counts)


def _tabs(now: Wanted, counts: dict[str, int], attention: int) -> list[tuple[str, int, str, bool]]:
    """Words, how many, the address, whether it is the one that is shown."""
    here = address("caseload.caseload")
    found = []
    for tab, states in TABS.items():
        count = attention if tab == "attention" else sum(counts.get(state, 0) for state in states or counts)
        current = tab == now.tab and not now.state
        found.append((str(TAB_WORDS[tab]), count, f"{here}{now.query(tab=tab, state='')}", current))
    return found


def _heads(now: Wanted) -> list[tuple[str, str]]:
    """For each column the address that sorts by it, and how it is sorted now. Those who need a look have an order."""
    here, found = address("caseload.caseload"), []
    for sort in HEADS:
        if not sort or now.tab == "attention":
            found.append(("", ""))
            continue
        down = not now.down if sort == now.sort else sort == "activity"
        current = ("descending" if now.down else "ascending") if sort == now.sort else ""
        found.append((f"{here}{now.query(sort=sort, down=down)}", current))
    return found


def _choices(now: Wanted, counts: dict[str, int]) -> dict[str, list[tuple[str, str, bool]]]:
    """What the list can be narrowed down to: by name of the field, each as value, words, whether it is chosen."""
    several, money = _sees_several(), may(current_identity(), Permission.CASE_MONEY_READ)
    order = f"{'-' if now.down else ''}{now.sort}"
    states = [
        (key, f"{words} ({counts.get(key, 0)})") for key, words in STATE_WORDS["enrollment"].items() if key in counts
    ]
    officers = [(NOBODY, str(_("Nobody yet"))), *officers_with_cases()] if several else []
    flags = [(flag, str(FLAG_WORDS[flag])) for flag in FLAGS if money or flag not in OF_MONEY]
    days = [(str(n), str(_("Until tomorrow") if n == 1 else _("In %(days)s days", days=n))) for n in HEARING_DAYS]
    orders = [(key, str(words)) for key, words in ORDER_WORDS.items()]
    chosen = {"state": now.state, "officer": now.officer, "flag": now.flag, "days": str(now.days), "sort": order}
    offered = {"state": states, "officer": officers, "flag": flags, "days": days, "sort": orders}
    return {
        name: [(value, words, value == chosen[name]) for value, words in values] for name, values in offered.items()
    }


@pages.post("/caseload", permission=Permission.CASELOAD_READ)
def search() -> ResponseReturnValue:
    """What was typed is answered here and kept nowhere: in no address, and so in no history, log or referrer."""
    form, maker = SearchForm(), row_maker()
    valid = form.validate_on_submit()
    cases = find(current_identity(), maker.day, form.words.data) if valid else []
    rows = maker.rows(cases, aside_among(cases, current_identity(), maker.day)) if cases else []
    page = render_template(
        "caseload/found.html",
        search=form,
        rows=rows,
        officers=_officers(rows),
        searched=valid,
        actions=offered_to(current_identity()),
        more=len(rows) == FOUND_AT_MOST,
    )
    return page, (200 if valid else 422)


@pages.post("/caseload/export", permission=Permission.CASELOAD_READ)
def export() -> Response:
    """The list of the address as a CSV file, sent as it is read."""
    identity, court, list_wanted, maker = current_identity(), request_court(), asked(), row_maker()
    if court is None:
        raise NotFound
    note_export(list_wanted, actor=identity)
    found = lines(identity, current_court_id(), list_wanted, maker)
    answer = Response(stream_with_context(csv_lines(found)), content_type=CSV_TYPE)
    name = f"caseload-{court.slug}-{clock.today(court_time_zone()).isoformat()}.csv"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


# --- Views that people keep ------------------------------------------------------------------------------------------


@pages.route("/caseload/views/new", methods=["GET", "POST"], permission=Permission.CASELOAD_READ)
def new_view() -> ResponseReturnValue:
    """Keep the list of the address under a name."""
    form, list_wanted, identity = _view_form(), asked(), current_identity()
    back = f"{address('caseload.caseload')}{list_wanted.query()}"
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("caseload.save_view")
                if claim.first:
                    shared = bool(form.shared.data) if form.shared else False
                    claim.finish(saving.save_view(list_wanted, form.name.data, shared=shared, actor=identity).id)
            flash(_("The view is saved. You find it above the list."), "success")
            return redirect(back)
        except Refused as refused:
            form.show(refused)
    said = _in_words(list_wanted)
    action = f"{url_for('caseload.new_view')}{list_wanted.query()}"
    page = render_template("caseload/view.html", form=form, said=said, action=action, back=back, view=None)
    return page, (422 if form.errors else 200)


def _view_form(**values: Any) -> ViewForm:
    form = ViewForm(**values)
    if not may(current_identity(), Permission.CASELOAD_SHARE):
        del form.shared
    return form


def _in_words(now: Wanted) -> list[str]:
    """What a list shows, a line for each choice."""
    choices = _choices(now, dict.fromkeys(STATE_WORDS["enrollment"], 0))
    lines_of = [str(TAB_WORDS[now.tab])] if not now.state else [str(STATE_WORDS["enrollment"][now.state])]
    for name in ("officer", "flag", "days", "sort"):
        lines_of += [words for _value, words, chosen in choices[name] if chosen]
    return lines_of


@pages.get("/caseload/views", permission=Permission.CASELOAD_READ)
def views() -> ResponseReturnValue:
    identity, here = current_identity(), address("caseload.caseload")
    found = saving.views_to_manage(identity)
    return render_template(
        "caseload/views.html",
        kept=[(one, f"{here}{_query(one.asked)}") for one in found if one.removed_at is None],
        removed=[one for one in found if one.removed_at is not None],
        form=ViewButton(formdata=None),
        mine=identity.id,
    )


@pages.route("/caseload/views/<uuid:view_id>", methods=["GET", "POST"], permission=Permission.CASELOAD_READ)
def change_view(view_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    view = saving.get_view_for(identity, view_id)
    form = _view_form(name=view.name, shared=view.shared, row_version=view.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                if form.claim("caseload.change_view").first:
                    form.expect_version(view)
                    shared = bool(form.shared.data) if form.shared else False
                    saving.change_view(view, form.name.data, shared=shared, actor=identity)
            return redirect(url_for("caseload.views"))
        except Refused as refused:
            form.show(refused)
    page = render_template(
        "caseload/view.html",
        form=form,
        said=_in_words(_asked_by(view.asked)),
        action=url_for("caseload.change_view", view_id=view_id),
        back=url_for("caseload.views"),
        view=view,
    )
    return page, (422 if form.errors else 200)


@pages.post("/caseload/views/<uuid:view_id>/remove", permission=Permission.CASELOAD_READ)
def remove_view(view_id: UUID) -> ResponseReturnValue:
    view = saving.get_view_for(current_identity(), view_id)
    if ViewButton().validate_on_submit():
        saving.remove_view(view, actor=current_identity())
        flash(_("The view is removed. You can put it back until tomorrow."), "success")
    return redirect(url_for("caseload.views"))


@pages.post("/caseload/views/<uuid:view_id>/restore", permission=Permission.CASELOAD_READ)
def restore_view(view_id: UUID) -> ResponseReturnValue:
    view = saving.get_view_for(current_identity(), view_id)
    if ViewButton().validate_on_submit():
        saving.restore_view(view, actor=current_identity())
        flash(_("The view is back."), "success")
    return redirect(url_for("caseload.views"))
