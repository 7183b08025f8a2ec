"""Whether the program can end before the case does. Pure; all days are court-local dates.

`can_end_in_time` answers for a new referral (the clerk) and for a running case on any day (the officer).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from tenants.closed_days import due_day
from tenants.program import ProgramDocument


def add_months(start: date, months: int) -> date:
    """The same day `months` later, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class EndInTime:
    """How the program's end lies to the term's.

    `earliest_end`: if the course is finished today (or when accountability began). `latest_end`: if it is finished on
    its last day. `finish_course_by`: the last day on which finishing the course leaves the months of accountability
    before the term's end; None when no such day is left, or when accountability runs already.
    """

    term_ends: date
    earliest_end: date
    latest_end: date
    finish_course_by: date | None

    @property
    def possible(self) -> bool:
        """Whether it can still end in time."""
        return self.earliest_end <= self.term_ends

    @property
    def certain(self) -> bool:
        """Whether whoever keeps every date ends in time."""
        return self.latest_end <= self.term_ends


def term_end(document: ProgramDocument, order_date: date) -> date | None:
    """The last day of a case ordered on `order_date`; None where the rules set no limit."""
    months = document.term.longest_months
    return add_months(order_date, months) if months else None


def course_deadline(document: ProgramDocument, today: date, region: str) -> date:
    """When the course of somebody referred `today` is due by the rules, unless the court says another day."""
    nominal = today + timedelta(days=document.coursework.deadline_days)
    return due_day(nominal, document.holidays, region)


def can_end_in_time(
    document: ProgramDocument,
    *,
    term_ends: date | None,
    today: date,
    region: str,
    course_due: date | None = None,
    accountability_from: date | None = None,
) -> EndInTime | None:
    """Whether coursework and accountability fit before `term_ends`; None when that is None (no limit).

    `course_due`: the case's deadline, else the rules' deadline from `today`. `accountability_from`: the day on which
    accountability began, if it has. `region`: the court's state, whose holidays may move the last check-in.
    """
    if term_ends is None:
        return None

    def ends(start: date) -> date:
        return due_day(add_months(start, document.accountability.months), document.holidays, region)

    if accountability_from is not None:
        end = ends(accountability_from)
        return EndInTime(term_ends, end, end, None)
    deadline = course_due or course_deadline(document, today, region)
    last = add_months(term_ends, -document.accountability.months) + timedelta(days=3)  # month ends differ by up to 3
    while ends(last) > term_ends:
        last -= timedelta(days=1)
    return EndInTime(term_ends, ends(today), ends(max(today, deadline)), last if last >= today else None)
