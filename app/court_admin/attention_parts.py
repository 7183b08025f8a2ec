"""What an administrator is asked about the list of the day: from when on something asks for a person's look."""

from __future__ import annotations

from app.core.i18n import gettext, ngettext
from app.core.i18n import lazy_gettext as _
from app.court_admin.program_parts import days
from app.court_admin.questions import Kind, Part, Question


def days_or_at_once(number: int) -> str:
    return days(number) if number else gettext("at once")


def days_before(number: int) -> str:
    return str(ngettext("%(num)d day before", "%(num)d days before", number)) if number else gettext("on the day")


ATTENTION = Part(
    "attention",
    _("What needs attention"),
    _(
        "From when on something stands on the list of the day. These count for every case at once, also for people who "
        "enrolled under earlier rules: they change what staff see, never what is asked of anybody."
    ),
    (
        Question(
            ("attention", "deadline_days"),
            _("Days before a deadline"),
            Kind.NUMBER,
            _("So early a deadline is shown, with what is done of it. Usual: 14."),
            said=days_before,
        ),
        Question(
            ("attention", "quiet_days"),
            _("Days without activity"),
            Kind.NUMBER,
            _("In the lessons only: between check-ins there is nothing to do. Usual: 14."),
            said=days,
        ),
        Question(
            ("attention", "waiting_days"),
            _("Days that an answer or a check-in may wait for its reader"),
            Kind.NUMBER,
            _("0: it is shown at once. Usual: 0 to 2."),
            said=days_or_at_once,
        ),
        Question(
            ("attention", "waiver_days"),
            _("Days that a request about the fee may wait for a decision"),
            Kind.NUMBER,
            _("0: it is shown at once. Usual: 0 to 3."),
            said=days_or_at_once,
        ),
        Question(
            ("attention", "report_days"),
            _("Days before a hearing without a report"),
            Kind.NUMBER,
            _("So early it is shown that the court got no report since the last hearing. Usual: 7."),
            said=days_before,
        ),
        Question(
            ("attention", "answer_days"),
            _("Days before the last day to answer a proposal to end a program"),
            Kind.NUMBER,
            _("So early it is shown that somebody has not answered yet. Usual: 3."),
            said=days_before,
        ),
        Question(
            ("attention", "hold_days"),
            _("Days on hold"),
            Kind.NUMBER,
            _("After so long somebody looks whether the person can go on. Usual: 30."),
            said=days,
        ),
        Question(
            ("attention", "in_morning_mail"),
            _("The morning's mail says of how many people something needs attention"),
            Kind.YES_NO,
            _("To officers, without names, on days on which the court is open. Usual: yes, with larger caseloads."),
        ),
    ),
)
