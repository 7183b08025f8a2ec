"""One case: its page, and its whole history with filters. Importing this module registers the lists' pages too."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.caseload.acting import views as acting_views
from app.caseload.detail import case_events, case_page
from app.caseload.everyone import views as everyone_views
from app.caseload.history_rules import PART_WORDS, Part, key_in, page_of
from app.caseload.pages import pages, row_maker
from app.caseload.services import note_reading
from app.cases.hearings.rules import OUTCOME_WORDS
from app.cases.lookups import get_enrollment_for
from app.cases.notes.forms import NoteForm
from app.core import clock
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.templating import court_time_zone

__all__ = ["acting_views", "everyone_views", "pages"]

FIRST = 12  # events on the case page; all of them have a page of their own
PER_PAGE = 50


@pages.get("/cases/<uuid:enrollment_id>", permission=Permission.CASE_READ)
def case(enrollment_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    note_reading(enrollment, actor=identity)
    page = case_page(identity, enrollment, row_maker())
    return render_template(
        "caseload/case.html",
        page=page,
        first=page.events[:FIRST],
        counter=page.money,
        outcomes=OUTCOME_WORDS,
        today=clock.today(court_time_zone()),
        form=NoteForm(),
        may_write=may(identity, Permission.NOTE_WRITE),
        may_excuse=may(identity, Permission.CHECK_IN_EXCUSE),
        may_review=may(identity, Permission.CHECK_IN_REVIEW),
        concern_url=url_for("concerns.raise_about_case", enrollment_id=enrollment_id),
    )


@pages.get("/cases/<uuid:enrollment_id>/history", permission=Permission.CASE_READ)
def history(enrollment_id: UUID) -> ResponseReturnValue:
    """`?part=` shows one part alone; `?after=` goes on behind a place."""
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    note_reading(enrollment, actor=identity)
    events = case_events(identity, enrollment)
    asked = request.args.get("part", "")
    part = Part(asked) if asked in set(Part) else None
    after = key_in(request.args.get("after", ""))
    counts = {one: sum(event.part == one for event in events) for one in Part}
    shown = page_of([one for one in events if part in (None, one.part)], after, PER_PAGE)
    here = url_for("caseload.history", enrollment_id=enrollment_id)

    def at(**asks: object) -> str:
        said = urlencode({name: value for name, value in asks.items() if value})
        return f"{here}?{said}" if said else here

    return render_template(
        "caseload/history.html",
        name=enrollment.referral.person.full_name,
        enrollment=enrollment,
        events=shown.events,
        part=part,
        parts=[(one, PART_WORDS[one], count, at(part=one)) for one, count in counts.items() if count],
        total=len(events),
        all_url=here,
        first_url=at(part=part) if after is not None else "",
        older_url=at(part=part, after=shown.after) if shown.after is not None else "",
    )
