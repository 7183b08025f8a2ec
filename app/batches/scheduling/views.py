"""What is made by itself, when; what was made; pausing a schedule."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.batches import lookups
from app.batches.forms import BatchForm
from app.batches.scheduling import rules as timing
from app.batches.scheduling.rules import Schedule
from app.batches.scheduling.services import Day, set_paused, this_day
from app.batches.views import WORDS, pages
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.permissions.permissions import Permission, may
from app.reports.packets.lookups import hearing_days
from app.web.identity import current_identity
from tenants.closed_days import LONGEST_CLOSURE

__all__ = ["pages"]

AHEAD = timedelta(days=30)


@pages.get("/report-schedules", permission=Permission.REPORT_REQUEST)
def schedules() -> ResponseReturnValue:
    identity, day = current_identity(), this_day()
    made = lookups.batches_for(identity, scheduled=True)
    return render_template(
        "batches/schedules.html",
        day=day,
        shown=[(key, _said(key, day), key in day.paused) for key in timing.switched_on(day.rules)] if day else [],
        coming=_coming(day) if day else [],
        made=made,
        progress=lookups.progress_of([one.id for one in made]),
        form=BatchForm(formdata=None) if may(identity, Permission.REPORT_SCHEDULE) else None,
        sees_rules=may(identity, Permission.RULES_READ),
        **WORDS,
    )


@pages.post("/report-schedules", permission=Permission.REPORT_SCHEDULE)
def pause_schedule() -> ResponseReturnValue:
    """Field `schedule`, and `pause`: 1, or 0 to let it go on."""
    wanted = request.form.get("schedule", "")
    if BatchForm().validate_on_submit() and wanted in list(Schedule):
        paused = request.form.get("pause") == "1"
        set_paused(Schedule(wanted), paused=paused, actor=current_identity())
        flash(_("The schedule is paused.") if paused else _("The schedule goes on."), "success")
    return redirect(url_for("batches.schedules"))


def _coming(day: Day) -> list[timing.Due]:
    """What is made in the next 30 days, without what is paused."""
    hearings = hearing_days(day.today, day.today + AHEAD + timedelta(days=LONGEST_CLOSURE + 30))
    coming = timing.upcoming(day.rules, day.closed, day.court.time_zone, hearings, day.today, day.today + AHEAD)
    return [due for due in coming if due.schedule not in day.paused and due.at > day.now]


def _said(schedule: Schedule, day: Day) -> str:
    """When a schedule makes something, in words."""
    rules = day.rules
    match schedule:
        case Schedule.PROGRESS_MONTHLY | Schedule.CASELOAD_MONTHLY:
            number = rules.progress_monthly_day
            if schedule is Schedule.CASELOAD_MONTHLY:
                number = rules.caseload_monthly_day
            return str(_("By day %(number)s of each month", number=number))
        case Schedule.BEFORE_HEARING:
            number = rules.progress_days_before_hearing
            return str(ngettext("%(num)d day before each hearing", "%(num)d days before each hearing", number))
        case Schedule.PACKETS:
            return str(_("The evening of the court day before the hearings"))
    return str(_("Within a day"))
