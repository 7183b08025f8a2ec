"""Pages of the caseload: who needs attention, everyone, and one case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.caseload.detail import case_page
from app.caseload.forms import NoteForm, SearchForm
from app.caseload.lookups import CourtDay, Place, court_limits, find, listed
from app.caseload.rows import RowMaker
from app.caseload.services import add_note, note_reading
from app.cases.lookups import get_enrollment_for
from app.cases.rules import STATE_WORDS
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.payments.counter.lookups import case_money
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import address, link
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction

pages = Pages("caseload", __name__)

PER_PAGE = (50, 300)
ATTENTION_FIRST = 25  # the rest on a page of their own
ANY_ID = UUID(int=0)


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; anything unknown is as if it were not there."""

    state: str | None
    sort: str
    per: int
    after: Place | None
    all_attention: bool

    @classmethod
    def from_address(cls) -> Wanted:
        args = request.args
        state = args.get("state")
        return cls(
            state=state if state in STATE_WORDS["enrollment"] else None,
            sort="quiet" if args.get("sort") == "quiet" else "recent",
            per=PER_PAGE[1] if args.get("per") == str(PER_PAGE[1]) else PER_PAGE[0],
            after=_place(args.get("after", "")),
            all_attention=args.get("show") == "attention",
        )

    def link(self, **changes: str) -> str:
        """The address of this list with something changed; pages begin anew unless told where."""
        values: dict[str, Any] = {"state": self.state, "sort": self.sort, "per": str(self.per)} | changes
        plain = {"sort": "recent", "per": str(PER_PAGE[0])}
        asked = urlencode({k: v for k, v in values.items() if v and plain.get(k) != v})
        return f"{address('caseload.caseload')}?{asked}" if asked else address("caseload.caseload")


def _place(text: str) -> Place | None:
    instant, _gap, key = text.partition("_")
    try:
        found = Place(datetime.fromisoformat(instant), UUID(key))
    except ValueError:
        return None
    return found if found.last_activity_at.tzinfo is not None else None


@pages.get("/caseload", permission=Permission.CASELOAD_READ)
def caseload() -> ResponseReturnValue:
    identity, wanted, maker = current_identity(), Wanted.from_address(), _row_maker()
    found = listed(
        identity,
        maker.day,
        per=wanted.per,
        after=wanted.after,
        state=wanted.state,
        longest_quiet=wanted.sort == "quiet",
    )
    attention = maker.urgent(found.attention)
    counts, after = found.counts, found.after
    return render_template(
        "caseload/caseload.html",
        wanted=wanted,
        attention=maker.rows(attention if wanted.all_attention else attention[:ATTENTION_FIRST]),
        attention_count=len(attention),
        rows=[] if wanted.all_attention else maker.rows(found.everyone),
        states=[(key, words, counts[key]) for key, words in STATE_WORDS["enrollment"].items() if key in counts],
        total=sum(counts.values()),
        attention_url=wanted.link(show="attention"),
        everyone_url=wanted.link(),
        first_url=wanted.link() if wanted.after is not None else "",
        next_url=wanted.link(after=f"{after.last_activity_at.isoformat()}_{after.enrollment_id}") if after else "",
        search=SearchForm(),
        report_url=link("batches.caseload_report"),
        may_report=may(identity, Permission.REPORT_REQUEST),
    )


@pages.post("/caseload", permission=Permission.CASELOAD_READ)
def search() -> ResponseReturnValue:
    form, maker = SearchForm(), _row_maker()
    valid = form.validate_on_submit()
    rows = maker.rows(find(current_identity(), maker.day, form.words.data)) if valid else []
    page = render_template("caseload/found.html", search=form, rows=rows, searched=valid)
    return page, (200 if valid else 422)


def _row_maker() -> RowMaker:
    zone = court_time_zone()
    cases = url_for("caseload.case", enrollment_id=ANY_ID).replace(str(ANY_ID), "{}")
    money = may(current_identity(), Permission.CASE_MONEY_READ)
    return RowMaker(CourtDay(clock.today(zone), zone, court_limits()), cases, money=money)


@pages.get("/cases/<uuid:enrollment_id>", permission=Permission.CASE_READ)
def case(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    note_reading(enrollment, actor=current_identity())
    return _case_page(enrollment_id, NoteForm())


@pages.post("/cases/<uuid:enrollment_id>/notes", permission=Permission.NOTE_WRITE)
def write_note(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    form = NoteForm()
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("caseload.note")
                if claim.first:
                    shared = bool(form.shared.data)
                    claim.finish(add_note(enrollment, form.text.data, shared=shared, actor=current_identity()).id)
            flash(_("The note is saved."), "success")
            return redirect(url_for("caseload.case", enrollment_id=enrollment_id))
        except Refused as refused:
            form.show(refused)
    return _case_page(enrollment_id, form), 422


def _case_page(enrollment_id: UUID, form: NoteForm) -> str:
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    page = case_page(identity, enrollment, _row_maker())
    return render_template(
        "caseload/case.html",
        page=page,
        counter=case_money(enrollment_id) if page.money else None,
        today=clock.today(court_time_zone()),
        form=form,
        may_write=may(identity, Permission.NOTE_WRITE),
        may_excuse=may(identity, Permission.CHECK_IN_EXCUSE),
        may_review=may(identity, Permission.CHECK_IN_REVIEW),
        concern_url=url_for("concerns.raise_about_case", enrollment_id=enrollment_id),
    )
