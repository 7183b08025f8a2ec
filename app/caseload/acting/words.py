"""What is done for several people, in words."""

from __future__ import annotations

from collections.abc import Mapping

from app.caseload.acting.rules import ASKS, Details, Own, Subject, What, Why, following, held
from app.cases.hearings.rules import OUTCOME_WORDS
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.permissions.identity import Identity
from app.permissions.permissions import may
from app.web.templating import show_date, show_time

WHAT_WORDS: Mapping[str, LazyString] = {
    What.REPORT: _l("Request progress reports"),
    What.REMIND: _l("Send a reminder of what is due next"),
    What.MESSAGE: _l("Send a message from a ready text"),
    What.HEARING: _l("Record a hearing"),
    What.EXCUSE: _l("Excuse the last missed check-in"),
    What.EXTEND: _l("Give more time for the lessons"),
    What.REASSIGN: _l("Give to another officer"),
    What.RETURN: _l("Return to the court"),
}
WHY_WORDS: Mapping[str, LazyString] = {
    Why.NOT_ENROLLED: _l("Has not enrolled yet."),
    Why.NOTHING_DUE: _l("Nothing is due now."),
    Why.NO_ACCOUNT: _l("Has no account yet, so a reminder can not reach them."),
    Why.NOBODY_READS: _l("Has no account yet, so nobody would read it."),
    Why.NOT_YOURS: _l("Somebody else works on this case and writes to the participant."),
    Why.GAPS: _l("The text names something that this case does not have, such as a next hearing."),
    Why.NOT_ON_CALENDAR: _l("Is not heard on that day."),
    Why.RECORDED: _l("The hearing of that day is recorded already."),
    Why.SKIPPED: _l("You left this person out."),
    Why.NOTHING_MISSED: _l("Has no missed check-in."),
    Why.LESSONS_OVER: _l("The lessons are over, or have not begun."),
    Why.NOT_LATER: _l("The deadline is not earlier than that day."),
    Why.CASE_ENDS: _l("The case ends before that day."),
    Why.NEEDS_ORDER: _l("By the rules of this court this needs an order: give its day, and who gave it."),
    Why.CLOSED: _l("The case is closed."),
    Why.THEIRS_ALREADY: _l("This officer has the case already."),
    Why.CANNOT_RETURN: _l("At this stage a case can not be returned to the court."),
    Why.REMINDED: _l("Was reminded by hand today already."),
    Why.CHANGED: _l("The case changed after you looked at it. Please look again."),
    Why.NOT_SEEN: _l("This case is not on your caseload any more."),
    Why.NOT_ALLOWED: _l("You may not do this any more."),
    Why.FAULT: _l("Something went wrong on our side. Please try again."),
}
DONE_WORDS: Mapping[str, LazyString] = {
    What.REPORT: _l("Report requested"),
    What.REMIND: _l("Reminder sent"),
    What.MESSAGE: _l("Message sent"),
    What.HEARING: _l("Hearing recorded"),
    What.EXCUSE: _l("Check-in excused"),
    What.EXTEND: _l("More time given"),
    What.REASSIGN: _l("Given to the officer"),
    What.RETURN: _l("Returned to the court"),
}


def offered_to(identity: Identity) -> list[tuple[str, str]]:
    """What somebody may do for several people, with its words."""
    return [(what, str(words)) for what, words in WHAT_WORDS.items() if may(identity, ASKS[What(what)])]


def will_be(what: What, case: Subject, details: Details, officers: Mapping[str, str], own: Own) -> str:
    """What will happen to one person's case."""
    match what:
        case What.REPORT:
            return str(_("A progress report is made."))
        case What.REMIND:
            due = case.next_check_in if case.state == "accountability" and case.next_check_in else case.deadline
            return str(_("A reminder of %(day)s goes out.", day=show_date(due)))
        case What.MESSAGE:
            spanish = case.language == "es"
            if spanish and not details.text_es:
                return str(_("Gets the text in English: there is no Spanish one yet."))
            return str(_("Gets the text in Spanish.") if spanish else _("Gets the text in English."))
        case What.HEARING:
            return _recorded(case, details, own)
        case What.EXCUSE if case.missed_on is not None:
            return str(
                _(
                    "Check-in %(number)s of %(day)s is excused.",
                    number=case.missed_number,
                    day=show_date(case.missed_on),
                )
            )
        case What.EXTEND if details.until is not None:
            days = {"old": show_date(case.deadline), "new": show_date(details.until)}
            return str(_("The deadline moves from %(old)s to %(new)s.", **days))
        case What.REASSIGN:
            if details.officer_id is None:
                return str(_("Nobody has the case until it is assigned again."))
            return str(_("The case goes to %(name)s.", name=officers.get(str(details.officer_id), "")))
        case What.RETURN:
            return str(_("The program stops, and the court decides."))
    return ""


def _recorded(case: Subject, details: Details, own: Own) -> str:
    """What the record of one person's hearing will say, in one paragraph."""
    record = held(case, details, own)
    said = [str(OUTCOME_WORDS[record.outcome])]
    if record.orders:
        said.append(str(_("Ordered: %(orders)s", orders=record.orders)))
    if (then := following(record, details)) is not None:
        said.append(str(_("Next hearing: %(day)s", day=show_date(then.on_date))))
    words = ". ".join(one.rstrip(".") for one in said) + "."
    return f"{show_time(record.at_time)}: {words}" if record.at_time else words
