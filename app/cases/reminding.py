"""Reminders of a day: found by the days on which something is due, each written once, after the quiet hours.

A schedule of this kind says when it wants to be asked again, so that a court costs nothing between. Its day is the
court's. A day that was missed is caught up with; a due day that moved is another occasion.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, Text, Uuid, column, exists, func, select, values
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.expression import Values

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, Referral
from app.cases.telling import tell_learner
from app.core import clock
from app.core.models import Occurrence
from app.core.occasions import first_time
from app.notices.reminding import AFTER, first_day, occasions
from app.notices.rules import after_quiet, is_quiet
from tenants.database import session, transaction
from tenants.models import Court, ProgramRules, RulesState
from tenants.program import ProgramDocument
from tenants.rules import NoRules, rules_in_force
from tenants.scope import current_court_id

log = logging.getLogger(__name__)

DONE = "reminders"  # kind of the mark that a day's reminders are all written, by what they are about
COURSEWORK = "reminders.coursework"
ASK_AGAIN = timedelta(hours=1)  # due days may move in the middle of a day
TOGETHER = 20  # people in one transaction; each of them waits for it, if they are at work just then
AT_ONCE = 10_000  # people looked up in one turn
TURN = 20.0  # seconds of writing in one turn, so that a large court keeps nobody waiting
IN_LESSONS = ("enrolled", "coursework")
PINNED_TO = (RulesState.PUBLISHED, RulesState.AMENDED)  # versions that a case may have

Find = Callable[[Values, int], Sequence[Any]]
Write = Callable[[Any], None]


def remind_daily(about: str, find: Find, write: Write, *, after: bool = False) -> datetime:
    """Write today's reminders of a kind for the court at work; returns when (UTC) to ask again.

    `find` gets the occasions as a table of (rules_id, due_on, days, occasion) and a limit, and gives the rows that are
    due and were not spoken of; `write` tells of one of them in a transaction. Stopped at any moment, the next run goes
    on where this one was. With `after`, also on the day after something was due.
    """
    now, zone = clock.now(), court_zone()
    try:
        quiet = rules_in_force()[1].reminders
    except NoRules:
        return now + ASK_AGAIN
    if is_quiet(now, zone, quiet):
        return min(after_quiet(now, zone, quiet), now + ASK_AGAIN)
    today = clock.today(zone)
    wanted = _wanted(_first_day(about, today), today, after=after)
    rows = find(wanted, AT_ONCE) if wanted is not None else ()
    began = time.monotonic()
    for at in range(0, len(rows), TOGETHER):
        if time.monotonic() - began > TURN:
            return now
        _write_together(rows[at : at + TOGETHER], write)
    if len(rows) == AT_ONCE:
        return now
    first_time(DONE, current_court_id(), f"{about} {today.isoformat()}")
    return now + ASK_AGAIN


def _write_together(rows: Sequence[Any], write: Write) -> None:
    """In one transaction; if that fails, one by one: one person's fault keeps nobody else from being told."""
    try:
        with transaction():
            for row in rows:
                write(row)
    except DBAPIError:
        raise  # the database's, not a person's
    except Exception:
        if len(rows) == 1:
            log.exception("a reminder could not be written")
            return
        for row in rows:
            _write_together([row], write)


def court_zone() -> str:
    """The IANA time zone of the court at work."""
    return session().scalars(select(Court.time_zone).where(Court.id == current_court_id())).one()


def _first_day(about: str, today: date) -> date:
    last = session().scalar(
        select(func.max(Occurrence.occasion)).where(
            Occurrence.kind == DONE,
            Occurrence.subject_id == current_court_id(),
            Occurrence.occasion.between(f"{about} 0", f"{about} 9999"),
        )
    )
    return first_day(date.fromisoformat(last.rpartition(" ")[2]) if last else None, today)


def _wanted(since: date, today: date, *, after: bool) -> Values | None:
    """The occasions of every version of the rules that a case may be pinned to; None where there are none."""
    versions = session().execute(
        select(ProgramRules.id, ProgramRules.document).where(ProgramRules.state.in_(PINNED_TO))
    )
    rows = [
        (version.id, found.due_on, found.days, found.name)
        for version in versions
        for found in occasions(
            since=since,
            today=today,
            days_before=ProgramDocument.model_validate(version.document).reminders.days_before,
            after=after,
        )
    ]
    if not rows:
        return None
    columns = column("rules_id", Uuid), column("due_on", Date), column("days", Integer), column("occasion", Text)
    return values(*columns, name="wanted").data(rows)


def not_said(kind: str, subject: InstrumentedAttribute[UUID], occasion: ColumnElement[str]) -> ColumnElement[bool]:
    """That an occasion was not spoken of yet: a part of a larger statement."""
    said = exists().where(Occurrence.kind == kind, Occurrence.subject_id == subject, Occurrence.occasion == occasion)
    return ~said


def remind_of_coursework() -> datetime:
    """Remind of the lessons' deadline, and once after it passed (a schedule)."""
    return remind_daily("coursework", _lessons_due, _tell_of_lessons, after=True)


def _lessons_due(wanted: Values, limit: int) -> Sequence[Any]:
    return (
        session()
        .execute(
            select(Enrollment.id, wanted.c.due_on, wanted.c.days, wanted.c.occasion)
            .select_from(wanted)
            .join(Referral, Referral.deadline == wanted.c.due_on)
            .join(Enrollment, (Enrollment.referral_id == Referral.id) & (Enrollment.rules_id == wanted.c.rules_id))
            .where(
                Enrollment.state.in_(IN_LESSONS),
                Enrollment.account_id.is_not(None),
                not_said(COURSEWORK, Enrollment.id, wanted.c.occasion),
            )
            .order_by(Enrollment.id)
            .limit(limit)
        )
        .all()
    )


def _tell_of_lessons(row: Any) -> None:
    enrollment = the_enrollment(row.id, lock=True)
    if enrollment.state not in IN_LESSONS or enrollment.referral.deadline != row.due_on:
        return
    if first_time(COURSEWORK, enrollment.id, row.occasion):
        kind = "coursework_missed" if row.days == AFTER else "coursework_due"
        tell_learner(enrollment, kind, "lessons", due_on=row.due_on)
