"""The officer's day in the demo: hearings of today and tomorrow, what was put aside, a colleague who is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

from app.caseload.attention.lookups import Choice, Whose, day_list
from app.caseload.attention.services import snooze
from app.caseload.lookups import CourtDay, court_limits
from app.cases.amending import amend, facts_of
from app.cases.lookups import get_enrollment_for, the_enrollment
from app.cases.moving.services import arrange_cover
from app.cases.notes.services import add_note
from app.core import clock
from app.demo.learner import Learner
from tenants.database import acting_as

COLLEAGUE, COLLEAGUES_NAME = "officer-away", "Quinn Abara"
AWAY_DAYS = 12
TIMES = (time(9, 30), time(10, 15), time(13, 30))


def hearings_soon(learners: Sequence[Learner]) -> None:
    """The calendar moves: two of these are heard on the day on which the demo is opened, the others the day after."""
    court = learners[0].court
    clerk = court.staff["clerk"].identity
    with acting_as(court.id):
        today = clock.today(court.time_zone)
        opened = clock.local(clock.true_now(), court.time_zone).date()
        for at, learner in enumerate(learners):
            enrollment = get_enrollment_for(clerk, learner.enrolled)
            heard = (opened + timedelta(days=min(at // 2, 1)), TIMES[at])
            wanted = replace(facts_of(enrollment, today), hearings=(heard,))
            amend(enrollment.referral_id, wanted, reason="The calendar was moved", actor=clerk, today=today)


def put_one_aside(learner: Learner) -> None:
    """The officer lets one reason wait until next week, if there is one."""
    court, officer = learner.court, learner.court.staff["officer"].identity
    with acting_as(court.id):
        day = CourtDay(clock.today(court.time_zone), court.time_zone, court_limits())
        for case, items in day_list(officer, day, Choice(Whose.OFFICER)).cases:
            if case[0] == str(learner.enrolled) and items:
                item, until = items[0], day.today + timedelta(days=7)
                words = "Called: the phone was lost, a new one comes this week."
                snooze(learner.enrolled, item.kind, item.occasion, until, words, day=day, actor=officer)
                return


def a_colleague_is_away(learner: Learner) -> None:
    """The colleague whose case this is asked the officer to stand in, who has written a note by now."""
    court = learner.court
    officer, away = court.staff["officer"].identity, court.staff[COLLEAGUE].identity
    assert officer.id is not None
    assert away.id is not None
    with acting_as(court.id):
        today = clock.today(court.time_zone)
        last = today + timedelta(days=AWAY_DAYS)
        arrange_cover(away.id, officer.id, today, last, time_zone=court.time_zone, actor=away)
        words = "Called about the first lesson: begins tonight, from a phone."
        add_note(the_enrollment(learner.enrolled), words, shared=False, actor=replace(officer, covering=True))
