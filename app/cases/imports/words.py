"""What became of a row, and what is wrong with a cell, in words."""

from __future__ import annotations

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

PROBLEMS: dict[str, LazyString] = {
    "missing": _("Nothing is written here."),
    "too_long": _("This is too long."),
    "damaged": _("Some letters were lost when the file was saved. Save it again as CSV UTF-8."),
    "too_many_numbers": _("A row has room for four case numbers. Add the others to the referral afterwards."),
    "too_many_cells": _("The row has more cells than there are headings."),
    "not_a_name": _("A name has letters."),
    "one_name_only": _("Write both names, such as Example, Jordan."),
    "not_a_date": _("Write a date such as 4/28/1986 or 1986-04-28."),
    "short_year": _("Write the year with four digits, such as 1986."),
    "no_such_day": _("There is no such day. The month comes first: 4/28/1986."),
    "future": _("This can not be in the future."),
    "not_adult": _("The program is for people who were 18 or older on the date of the order."),
    "deadline_first": _("The deadline must be after the date of the order."),
    "end_first": _("The end of the case must be after the date of the order."),
    "hearing_past": _("The next hearing must be today or later."),
    "not_a_time": _("Write a time such as 9:30 AM."),
    "time_alone": _("Write the date of the hearing too."),
    "yes_or_no": _("Write yes or no."),
    "unknown_language": _("Write English or Spanish."),
    "language_not_here": _("This court does not offer this language."),
    "unknown_officer": _("Nobody with this name or email supervises in this court."),
    "several_officers": _("Several people here have this name. Write the email."),
    "not_an_email": _("Write an email address such as name@example.com."),
    "not_a_phone": _("Write a phone number with area code, such as 555-201-4477."),
    "number_and_pending": _("Write the case number, or say that it is pending, not both."),
    "pending_answer": _("The case number is missing, and the file says that it is not pending."),
    # the same person or case once more
    "row_again": _("The same person or case number stands in row %(row)s."),
    "row_alike": _("Row %(row)s has the same birth date and almost the same name."),
    "same_person": _("This court has referred this person before."),
    "same_number": _("This court has a referral with this case number."),
    "like_person": _("This court has referred somebody with the same birth date and almost the same name."),
    # filling in case numbers
    "no_reference": _("No referral of this court has this reference."),
    "nobody": _("No referral of this court has this name and birth date."),
    "nobody_waiting": _("The case number of this referral is not pending."),
    "several_people": _("Several referrals have this name and birth date. Use the portal reference."),
    "other_person": _("The reference belongs to another name or birth date."),
    "number_taken": _("Another referral of this court has this case number."),
    # while it ran
    "rules": _("The court's rules did not allow this referral."),
    "not_saved": _("This row could not be saved. Nothing of it was kept. Try it again with the form."),
}

ROW_STATES: dict[str, LazyString] = {
    "made": _("Referred"),
    "filled": _("Case number filled in"),
    "nothing": _("Nothing to do: the portal has this case number already"),
    "duplicate": _("Left out: referred before, or twice in the file"),
    "faulty": _("Left out: please correct"),
    "failed": _("Not saved"),
    "canceled": _("Not brought in: canceled"),
}
ROW_TONES = {
    "made": "good", "filled": "good", "nothing": "neutral", "duplicate": "attention",
    "faulty": "problem", "failed": "problem", "canceled": "neutral",
}  # fmt: skip

STATES: dict[str, LazyString] = {
    "draft": _("Not confirmed yet"),
    "running": _("Being brought in"),
    "done": _("Done"),
    "canceled": _("Canceled"),
}
TONES = {"draft": "attention", "running": "info", "done": "good", "canceled": "neutral"}


def problem_words(code: str, row: int | None = None) -> str:
    """One problem as a sentence in the reader's language. An unknown code of another release stays a code."""
    words = PROBLEMS.get(code)
    if words is None:
        return code
    text = str(words)
    return text % {"row": row} if row is not None else text
