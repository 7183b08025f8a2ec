"""Reminding of check-ins that are due soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.sql.expression import Values

from app.accountability.models import CheckIn
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.reminding import not_said, remind_daily
from app.cases.telling import tell_learner
from app.core import clock
from app.core.occasions import first_time
from tenants.database import session

CHECK_IN = "reminders.check_in"
ABOUT_TO_OPEN = timedelta(days=1)


def remind_of_check_ins() -> datetime:
    """Remind of check-ins that are due soon and can be done, today or tomorrow (a schedule)."""
    return remind_daily("check-ins", _due, _tell)


def _due(wanted: Values, limit: int) -> Sequence[Any]:
    return (
        session()
        .execute(
            select(CheckIn.id, CheckIn.enrollment_id, wanted.c.due_on, wanted.c.occasion)
            .select_from(wanted)
            .join(CheckIn, CheckIn.due_on == wanted.c.due_on)
            .join(Enrollment, (Enrollment.id == CheckIn.enrollment_id) & (Enrollment.rules_id == wanted.c.rules_id))
            .where(
                CheckIn.state == "scheduled",
                CheckIn.opens_at <= clock.now() + ABOUT_TO_OPEN,
                Enrollment.state == "accountability",
                not_said(CHECK_IN, CheckIn.id, wanted.c.occasion),
            )
            .order_by(CheckIn.enrollment_id, CheckIn.id)
            .limit(limit)
        )
        .all()
    )


def _tell(row: Any) -> None:
    """Under the enrollment's lock, as every change of a check-in: nobody is reminded of what was just sent."""
    enrollment = the_enrollment(row.enrollment_id, lock=True)
    query = select(CheckIn).where(CheckIn.id == row.id).execution_options(populate_existing=True)
    check_in = session().scalars(query).one()
    if enrollment.state != "accountability" or (check_in.state, check_in.due_on) != ("scheduled", row.due_on):
        return
    if first_time(CHECK_IN, check_in.id, row.occasion):
        tell_learner(enrollment, "check_in_due", "check-ins", due_on=row.due_on)
