"""The officer's day: hearings of today and tomorrow, what needs attention and why, and what was put aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.caseload.attention.forms import AssignForm, DoneForm, SnoozeForm
from app.caseload.attention.hearings import Heard, HearingDay, Paper, hearings_soon
from app.caseload.attention.leading import leads_to
from app.caseload.attention.lookups import (
    Choice,
    DayList,
    Item,
    Listed,
    Whose,
    day_list,
    get_mark_for,
    item_of,
    officers_with_cases,
    put_aside_of,
)
from app.caseload.attention.rules import RULES, said
from app.caseload.attention.services import assign, mark_done, snooze, take_up_again
from app.caseload.changes import words_of
from app.caseload.pages import row_maker
from app.caseload.rows import RowMaker, ShownCase
from app.cases.hearings.rules import OUTCOME_WORDS
from app.cases.lookups import Reach, get_enrollment_for, reach_of, who_can_supervise
from app.cases.moving.lookups import stands_in_for
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.disputes.lookups import how_many_wait_of_ended_cases
from app.permissions.identity import Role
from app.permissions.permissions import Permission, may
from app.reports.words import KIND_WORDS, STATE_TONES, STATE_WORDS
from app.web.identity import current_identity
from app.web.links import address, link
from app.web.routing import Pages
from app.web.templating import show_date
from tenants.database import transaction

pages = Pages("today", __name__)

FIRST, MORE = 25, 50  # cases on the page, and how many more each time
MAY = Permission.ATTENTION_HANDLE


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; anything unknown is as if it were not there. `officer`: an id, or a Whose."""

    officer: str
    kind: str
    show: int

    @classmethod
    def from_address(cls) -> Wanted:
        args = request.args
        kind, show = args.get("kind", ""), args.get("show", "")
        officer = _known_officer(args.get("officer", "")) if _may_choose() else ""
        return cls(officer, kind if kind in RULES else "", int(show) if show.isdecimal() and len(show) < 5 else FIRST)

    @property
    def choice(self) -> Choice:
        if not _may_choose():
            return Choice(Whose.OFFICER)
        if self.officer in (Whose.EVERYONE, Whose.NOBODY):
            return Choice(Whose(self.officer))
        return Choice(Whose.OFFICER, UUID(self.officer))

    def query(self, **changes: str) -> str:
        """These wishes, with something changed, as they stand in an address; empty where all is as usual."""
        values: dict[str, str] = {"officer": self.officer, "kind": self.kind, "show": str(self.show)} | changes
        usual = {"officer": _usual() if _may_choose() else "", "show": str(FIRST)}
        asked = urlencode({key: value for key, value in values.items() if value and usual.get(key) != value})
        return f"?{asked}" if asked else ""

    def link(self, **changes: str) -> str:
        return address("today.today") + self.query(**changes)


def _may_choose() -> bool:
    return reach_of(current_identity()) is not Reach.CASELOAD


def _usual() -> str:
    """Supervisors look after everyone; at the counter it is those for whom nobody is responsible."""
    return Whose.EVERYONE.value if current_identity().as_role is Role.SUPERVISOR else Whose.NOBODY.value


def _known_officer(text: str) -> str:
    if text in (Whose.EVERYONE, Whose.NOBODY):
        return text
    try:
        return str(UUID(text))
    except ValueError:
        return _usual()


class ShownItem(NamedTuple):
    """A reason in words, and where something can be done about it."""

    kind: str
    occasion: str
    words: str
    url: str
    aside_url: str


class ShownLine(NamedTuple):
    case: ShownCase
    items: list[ShownItem]
    done_url: str
    assign_url: str


class ShownHearing(NamedTuple):
    """`changes`: what happened since, in words; `outcome`: what came of it, once it is recorded."""

    heard: Heard
    case_url: str | None
    record_url: str | None
    outcome: str
    newest_url: str | None
    packet_url: str | None
    changes: str


@pages.get("/today", permission=MAY)
def today() -> ResponseReturnValue:
    """?officer=, ?kind= and ?show= narrow the list; ?aside= names what was put aside a moment ago."""
    identity, wanted, maker = current_identity(), Wanted.from_address(), row_maker()
    choice = wanted.choice
    found = day_list(identity, maker.day, choice)
    chosen = [one for one in found.cases if not wanted.kind or any(i.kind == wanted.kind for i in one.items)]
    shown = chosen[: wanted.show]
    nobody = choice.whose is Whose.NOBODY
    return render_template(
        "caseload/today.html",
        wanted=wanted,
        today=maker.day.today,
        days=[_shown_day(one, wanted, maker.day.today) for one in hearings_soon(identity, maker.day, choice)],
        lines=_lines(shown, maker, wanted),
        people=len(found.cases),
        matching=len(chosen),
        kinds=_kinds(found),
        cut=found.cut,
        aside=found.aside,
        aside_url=address("today.aside") + wanted.query(kind="", show=""),
        just_now=_just_now(),
        stands_in_for=stands_in_for(identity.id) if identity.covering and identity.id else (),
        ended_disputes=how_many_wait_of_ended_cases(identity),
        more_url=wanted.link(show=str(wanted.show + MORE)) if len(chosen) > len(shown) else "",
        may_choose=_may_choose(),
        nobody=nobody,
        officers=officers_with_cases() if _may_choose() else (),
        supervisors=who_can_supervise() if nobody and shown else (),
        submission=uuid4,
        packet_words=STATE_WORDS,
        packet_tones=STATE_TONES,
        kind_words=KIND_WORDS,
    )


@pages.get("/today/put-aside", permission=MAY)
def aside() -> ResponseReturnValue:
    """What was put aside and still holds, with the way back."""
    wanted, maker = Wanted.from_address(), row_maker()
    found = put_aside_of(current_identity(), maker.day, wanted.choice)
    return render_template(
        "caseload/put_aside.html",
        lines=[(one, maker.row(one.case), said(one.item.reason)) for one in found],
        back_url=wanted.link(),
        query=wanted.query(),
    )


@pages.route("/today/<uuid:enrollment_id>/put-aside", methods=["GET", "POST"], permission=MAY)
def put_aside(enrollment_id: UUID) -> ResponseReturnValue:
    """One reason of a case (?kind=): until when it can wait, and why; or that it is done."""
    wanted, maker, form = Wanted.from_address(), row_maker(), SnoozeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("today.snooze")
                if claim.first:
                    mark = snooze(
                        enrollment_id,
                        form.kind.data,
                        form.occasion.data,
                        form.until_day(maker.day.today),
                        form.reason.data,
                        day=maker.day,
                        actor=current_identity(),
                    )
                    claim.finish(mark.id)
            return _back(wanted, claim.result_id)
        except Refused as refused:
            form.show(refused)
    return _ask(enrollment_id, form.kind.data or wanted.kind, wanted, form, DoneForm(formdata=None), maker)


@pages.post("/today/<uuid:enrollment_id>/done", permission=MAY)
def done(enrollment_id: UUID) -> ResponseReturnValue:
    wanted, maker, form = Wanted.from_address(), row_maker(), DoneForm()
    get_enrollment_for(current_identity(), enrollment_id)
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("today.done")
                if claim.first:
                    mark = mark_done(
                        enrollment_id,
                        form.kind.data,
                        form.occasion.data,
                        form.note.data or "",
                        day=maker.day,
                        actor=current_identity(),
                    )
                    claim.finish(mark.id)
            return _back(wanted, claim.result_id)
        except Refused as refused:
            form.show(refused)
    return _ask(enrollment_id, form.kind.data or "", wanted, SnoozeForm(formdata=None), form, maker)


@pages.post("/today/marks/<uuid:mark_id>/undo", permission=MAY)
def undo(mark_id: UUID) -> ResponseReturnValue:
    """Put what was put aside on the list again."""
    wanted = Wanted.from_address()
    mark = take_up_again(mark_id, actor=current_identity())
    flash(_("It stands on the list again: %(what)s.", what=RULES[mark.kind].label), "success")
    return redirect(wanted.link())


@pages.post("/today/<uuid:enrollment_id>/assign", permission=MAY)
def assign_case(enrollment_id: UUID) -> ResponseReturnValue:
    """Make somebody responsible for a case that nobody is responsible for."""
    if not _may_choose():
        raise NotFound
    wanted, form = Wanted.from_address(), AssignForm()
    form.offer([(member.id, member.display_name) for member in who_can_supervise()])
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("today.assign")
                if claim.first:
                    claim.finish(assign(enrollment_id, UUID(form.officer.data), actor=current_identity()).id)
            flash(_("The case is assigned."), "success")
        except Refused as refused:
            flash(refused.message, "error")
    else:
        get_enrollment_for(current_identity(), enrollment_id)
        flash(_("Choose an officer from the list."), "error")
    return redirect(wanted.link())


def _back(wanted: Wanted, mark_id: UUID | None) -> ResponseReturnValue:
    query = wanted.query()
    told_of = f"aside={mark_id}"
    return redirect(address("today.today") + (f"{query}&{told_of}" if query else f"?{told_of}"))


def _just_now() -> dict[str, Any] | None:
    """What was put aside a moment ago, to be undone right there."""
    try:
        mark = get_mark_for(current_identity(), UUID(request.args.get("aside", "")))
    except (ValueError, NotFound):
        return None
    if mark.ended_at is not None:
        return None
    what = RULES[mark.kind].label
    words = (
        _("Put aside until %(day)s: %(what)s.", day=show_date(mark.until), what=what)
        if mark.until is not None
        else _("Marked as done: %(what)s.", what=what)
    )
    return {"id": mark.id, "words": words}


def _ask(
    enrollment_id: UUID, kind: str, wanted: Wanted, form: SnoozeForm, done_form: DoneForm, maker: RowMaker
) -> ResponseReturnValue:
    found = item_of(current_identity(), maker.day, enrollment_id, kind)
    if found is not None and not form.errors:
        form.kind.data, form.occasion.data = kind, found[1].occasion
    if found is not None and not done_form.errors:
        done_form.kind.data, done_form.occasion.data = kind, found[1].occasion
    page = render_template(
        "caseload/put_aside_one.html",
        form=form,
        done_form=done_form,
        case=maker.row(found[0]) if found else None,
        words=said(found[1].reason) if found else "",
        enrollment_id=enrollment_id,
        query=wanted.query(kind=""),
        back_url=wanted.link(),
    )
    return page, (422 if form.errors or done_form.errors else 200)


def _kinds(found: DayList) -> list[tuple[str, str, int]]:
    """The kinds of reasons on the list in the order of urgency: key, words, how many people."""
    counts: dict[str, int] = {}
    for one in found.cases:
        for item in one.items:
            counts[item.kind] = counts.get(item.kind, 0) + 1
    return [(kind, str(rule.label), counts[kind]) for kind, rule in RULES.items() if kind in counts]


def _lines(shown: Sequence[Listed], maker: RowMaker, wanted: Wanted) -> list[ShownLine]:
    base, query = address("today.today"), wanted.query()
    narrowed = {item.kind: wanted.query(kind=item.kind) for one in shown for item in one.items}
    return [
        ShownLine(
            maker.row(case),
            [_item(case[0], item, f"{base}/{case[0]}/put-aside{narrowed[item.kind]}") for item in items],
            f"{base}/{case[0]}/done{query}",
            f"{base}/{case[0]}/assign{query}",
        )
        for case, items in shown
    ]


def _item(key: str, item: Item, aside_url: str) -> ShownItem:
    return ShownItem(item.kind, item.occasion, said(item.reason), leads_to(key, item), aside_url)


def _shown_day(one: HearingDay, wanted: Wanted, today: date) -> tuple[HearingDay, list[ShownHearing]]:
    return one, [_shown_hearing(heard, wanted, over=one.day <= today) for heard in one.people]


def _shown_hearing(heard: Heard, wanted: Wanted, *, over: bool) -> ShownHearing:
    facts = ", ".join(words_of(heard.changes, money=True))
    since = heard.last_heard_on or heard.enrolled_on
    if since is None:
        words = _("Not enrolled yet.")
    elif heard.last_heard_on is not None:
        words = (
            _("Since the hearing on %(day)s: %(facts)s.", day=show_date(since), facts=facts)
            if facts
            else _("Nothing new since the hearing on %(day)s.", day=show_date(since))
        )
    else:
        words = (
            _("First hearing. Since enrollment on %(day)s: %(facts)s.", day=show_date(since), facts=facts)
            if facts
            else _("First hearing. Nothing new since enrollment on %(day)s.", day=show_date(since))
        )
    return ShownHearing(
        heard,
        link("caseload.case", enrollment_id=heard.enrollment_id),
        _record_url(heard, wanted) if over else None,
        str(OUTCOME_WORDS[heard.outcome]) if heard.outcome else "",
        _paper_url(heard.newest),
        _paper_url(heard.in_packet),
        str(words),
    )


def _paper_url(paper: Paper | None) -> str | None:
    return link("reports.report", report_id=paper.report_id) if paper and paper.report_id else None


def _record_url(heard: Heard, wanted: Wanted) -> str | None:
    """Where what came of a hearing is recorded, and back to this list; of a recorded one, its record."""
    if heard.outcome:
        return link("hearings.hearing", enrollment_id=heard.enrollment_id, hearing_id=heard.hearing_id)
    if not may(current_identity(), Permission.HEARING_RECORD):
        return None
    whose = {"officer": wanted.officer} if wanted.officer and wanted.officer != _usual() else {}
    back = {"hearing": heard.hearing_id, "from": "today", **whose}
    return link("hearings.record", enrollment_id=heard.enrollment_id, **back)
