"""The learner's first page."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.accountability.lookups import window_of
from app.accountability.schedule import last_day
from app.accountability.terminating.lookups import noticed_of
from app.accountability.terminating.models import Termination
from app.accountability.violations.steps.rules import waits_to_be_done
from app.accountability.violations.words import KIND_WORDS
from app.accountability.words import weekday_and_date
from app.cases.hearings.rules import OUTCOME_WORDS
from app.cases.lookups import case_numbers, my_enrollment
from app.cases.messages.lookups import unread_by_learner
from app.cases.models import Enrollment
from app.cases.notes.lookups import shared_notes
from app.core import clock
from app.core.errors import NotFound
from app.my_program.steps import shown_step, situation_of, way, what_the_court_sees
from app.permissions.permissions import Permission
from app.transfers.lookups import newest_move
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.rules import rules_of

pages = Pages("my_program", __name__)

HEARINGS_SHOWN = 5  # the newest that were recorded


@pages.get("/my-program", permission=Permission.OWN_PROGRAM)
def home() -> ResponseReturnValue:
    enrollment = my_enrollment(current_identity())
    if enrollment.rules_id is None:
        raise NotFound
    zone = court_time_zone()
    now = situation_of(enrollment, rules_of(enrollment.rules_id))
    step, today = shown_step(now, zone), clock.today(zone)
    late = step.late
    return render_template(
        "my_program/home.html",
        first_name=enrollment.referral.person.given_names.split()[0],
        step=step,
        step_day=weekday_and_date(step.on) if step.on else "",
        late_until=weekday_and_date(last_day(window_of(late), zone)) if late else "",
        way=way(now),
        seen=what_the_court_sees(now),
        to_be_decided=[one for one in now.violations if one.state == "open"],
        agreed=[one for one in now.violations if one.response_due_on is not None and waits_to_be_done(one)],
        violations=bool(now.violations),
        notice=_notice(enrollment),
        violation_words=KIND_WORDS,
        deadline=enrollment.referral.deadline if enrollment.coursework_done_at is None else None,
        hearing=next((one for one in now.hearings if one.on_date >= today and one.recorded_at is None), None),
        case_numbers=[number for number in case_numbers(enrollment.referral_id) if number],
        notes=shared_notes(enrollment.id),
        lawyer_url=link("lawyer.mine"),
        record_url=link("my_record.record"),
        unread=unread_by_learner(enrollment.id),
        heard=[one for one in reversed(now.hearings) if one.recorded_at is not None][:HEARINGS_SHOWN],
        outcomes=OUTCOME_WORDS,
        documents_url=link("reports.my_documents"),
        agreement_url=link("cases.agreement"),
        move=newest_move(enrollment.id),
    )


def _notice(enrollment: Enrollment) -> Termination | None:
    """What the person can still answer to, or was decided while the case is with the court."""
    if enrollment.state not in ("returned_to_court", "terminated"):
        return None
    return noticed_of(enrollment.id)
