"""Each reason in words, with its numbers. `a.days` counts as its rule says."""

from __future__ import annotations

from app.caseload.attention.reason import Reason
from app.core.i18n import gettext, ngettext


def hearing(a: Reason) -> str:
    return str(gettext("Hearing today") if a.days == 0 else gettext("Hearing tomorrow"))


def hearing_report(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Hearing today, and no report since the last one"))
    return str(
        ngettext(
            "Hearing in %(num)s day, and no report since the last one",
            "Hearing in %(num)s days, and no report since the last one",
            a.days,
        )
    )


def beyond(a: Reason) -> str:
    values = {"missed": a.done, "allowed": a.required}
    return str(gettext("%(missed)s check-ins missed, %(allowed)s allowed: a person decides", **values))


def violation(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Possible violation to decide, since today"))
    return str(
        ngettext(
            "Possible violation to decide, for %(num)s day", "Possible violation to decide, for %(num)s days", a.days
        )
    )


def proposal(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Ending the program is proposed, since today"))
    return str(
        ngettext(
            "Ending the program is proposed, for %(num)s day",
            "Ending the program is proposed, for %(num)s days",
            a.days,
        )
    )


def answer(a: Reason) -> str:
    if a.days < 0:
        return str(
            ngettext(
                "The time to answer the proposal ended %(num)s day ago",
                "The time to answer the proposal ended %(num)s days ago",
                -a.days,
            )
        )
    if a.days == 0:
        return str(gettext("Today is the last day to answer the proposal"))
    return str(
        ngettext(
            "%(num)s day left to answer the proposal",
            "%(num)s days left to answer the proposal",
            a.days,
        )
    )


def step_not_done(a: Reason) -> str:
    return str(
        ngettext("Agreed step not done, due %(num)s day ago", "Agreed step not done, due %(num)s days ago", a.days)
    )


def step(a: Reason) -> str:
    return str(
        ngettext(
            "Was the agreed step done? It was due %(num)s day ago",
            "Was the agreed step done? It was due %(num)s days ago",
            a.days,
        )
    )


def missed(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Check-in missed today"))
    return str(ngettext("Check-in missed %(num)s day ago", "Check-in missed %(num)s days ago", a.days))


def _deadline_when(days: int) -> str:
    if days == 0:
        return str(gettext("Deadline is today"))
    if days < 0:
        return str(ngettext("Deadline passed %(num)s day ago", "Deadline passed %(num)s days ago", -days))
    return str(ngettext("Deadline in %(num)s day", "Deadline in %(num)s days", days))


def deadline(a: Reason) -> str:
    values = {"when": _deadline_when(a.days), "done": a.done, "required": a.required}
    return str(gettext("%(when)s, %(done)s of %(required)s modules done", **values))


def deadline_check_ins(a: Reason) -> str:
    values = {"when": _deadline_when(a.days), "done": a.done, "required": a.required}
    return str(gettext("%(when)s, %(done)s of %(required)s check-ins done", **values))


def too_long(a: Reason) -> str:
    return str(
        ngettext(
            "Program ends %(num)s day after the case does, or later",
            "Program ends %(num)s days after the case does, or later",
            a.days,
        )
    )


def report(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Final report due, since today"))
    return str(ngettext("Final report due, for %(num)s day", "Final report due, for %(num)s days", a.days))


def waiver(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Fee waiver to decide, since today"))
    return str(ngettext("Fee waiver to decide, for %(num)s day", "Fee waiver to decide, for %(num)s days", a.days))


def dispute(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Payment questioned at the bank, since today"))
    return str(
        ngettext(
            "Payment questioned at the bank, for %(num)s day",
            "Payment questioned at the bank, for %(num)s days",
            a.days,
        )
    )


def record_dispute(a: Reason) -> str:
    if a.days < 0:
        return str(
            ngettext(
                "The answer about a disputed record is %(num)s day late",
                "The answer about a disputed record is %(num)s days late",
                -a.days,
            )
        )
    if a.days == 0:
        return str(gettext("Disputed record: today is the last day to answer"))
    return str(
        ngettext("Disputed record: %(num)s day left to answer", "Disputed record: %(num)s days left to answer", a.days)
    )


def check_in(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Check-in to review, since today"))
    return str(ngettext("Check-in to review, for %(num)s day", "Check-in to review, for %(num)s days", a.days))


def message(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Message to answer, since today"))
    return str(ngettext("Message to answer, for %(num)s day", "Message to answer, for %(num)s days", a.days))


def reflection(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Written answer to review, since today"))
    return str(
        ngettext("Written answer to review, for %(num)s day", "Written answer to review, for %(num)s days", a.days)
    )


def mail_lost(a: Reason) -> str:
    if a.days == 0:
        return str(gettext("Mail does not arrive, since today"))
    return str(ngettext("Mail does not arrive, for %(num)s day", "Mail does not arrive, for %(num)s days", a.days))


def hold(a: Reason) -> str:
    return str(ngettext("On hold for %(num)s day", "On hold for %(num)s days", a.days))


def quiet(a: Reason) -> str:
    return str(ngettext("No activity for %(num)s day", "No activity for %(num)s days", a.days))
