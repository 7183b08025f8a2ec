"""What an administrator is asked about reports that are made without anybody asking."""

from __future__ import annotations

from app.core.i18n import gettext, ngettext
from app.core.i18n import lazy_gettext as _
from app.court_admin.questions import Kind, Part, Question

WHERE = ("reports", "schedules")


def by_day(number: int) -> str:
    """A day of the month, or none."""
    return str(gettext("by day %(number)s of each month", number=number) if number else gettext("not made by itself"))


def days_before(number: int) -> str:
    """Days before a hearing, or none."""
    if not number:
        return str(gettext("not made by itself"))
    return str(ngettext("%(num)d day before each hearing", "%(num)d days before each hearing", number))


SCHEDULES = Part(
    "schedules",
    _("Reports that are made by themselves"),
    _(
        "Which reports are made without anybody asking, and when. A report that is due on a day on which the court is "
        "closed is made on the court day before."
    ),
    (
        Question(
            (*WHERE, "progress_monthly_day"),
            _("A progress report of each person, by this day of each month"),
            Kind.NUMBER,
            _("1 to 31; 0: none. In a shorter month its last day counts. Usual where it is done: 10."),
            said=by_day,
        ),
        Question(
            (*WHERE, "caseload_monthly_day"),
            _("A caseload report of each officer, by this day of each month"),
            Kind.NUMBER,
            _("1 to 31; 0: none."),
            said=by_day,
        ),
        Question(
            (*WHERE, "progress_days_before_hearing"),
            _("A progress report so many days before each hearing"),
            Kind.NUMBER,
            _("1 to 30; 0: none. Usual where it is done: 3 to 7."),
            said=days_before,
        ),
        Question(
            (*WHERE, "after_violation"),
            _("A progress report within a day of a possible violation"),
            Kind.YES_NO,
            _("It says what happened; what follows from it, a person decides."),
        ),
        Question(
            (*WHERE, "after_missed"),
            _("A progress report within a day of a missed check-in"),
            Kind.YES_NO,
            _("Once the extra days of the check-in are over."),
        ),
        Question(
            (*WHERE, "at"),
            _("When the reports of a day are made"),
            Kind.TIME,
            _("Court-local time. Usual: 06:00, before people come to work."),
        ),
        Question(
            (*WHERE, "packets"),
            _("The packet of each day with hearings, the evening before"),
            Kind.YES_NO,
            _("One document with the report of each person who is heard, for the court and for each officer."),
            heading=_("Hearing packets"),
        ),
        Question(
            (*WHERE, "packet_kind"),
            _("What a packet holds of each person"),
            Kind.CHOICE,
            _("Also for packets that somebody asks for."),
            choices=(("progress", _("The progress report")), ("bench_card", _("The bench card, one page"))),
        ),
        Question(
            (*WHERE, "evening_at"),
            _("When the packets are made"),
            Kind.TIME,
            _("Court-local time, on the court day before the hearings. Usual: 17:00."),
        ),
    ),
)
