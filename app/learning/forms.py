"""Forms of the lessons and of the facilitator's queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.learning.answering import LONGEST_REFLECTION
from app.learning.quiz import DrawnQuestion
from app.web.forms import PortalForm

LONGEST_FEEDBACK = 1000  # characters
ANSWER = "answer-"  # begins the name of each question's field
TOO_LONG = _l("Please write at most %(max)d characters.")


def _storable(text: str | None) -> str:
    # PostgreSQL takes no NUL character in a text.
    return (text or "").replace("\x00", "")


class ReadingForm(PortalForm):
    """`turn` is start, next or finish; `part` is the part that the button stands under."""

    turn = HiddenField()
    part = HiddenField()


class StartForm(PortalForm):
    """A button alone."""


class AnswersForm(PortalForm):
    """One choice for each question; made by `answers_form`."""

    number = HiddenField()  # of the try, in a quiz

    def answers(self) -> dict[str, str]:
        """Question id to option id, for the questions that are answered."""
        given = {name: field.data for name, field in self._fields.items() if name.startswith(ANSWER)}
        return {name.removeprefix(ANSWER): chosen for name, chosen in given.items() if chosen}


def answers_form(questions: Sequence[DrawnQuestion], language: str, **data: Any) -> AnswersForm:
    """The form for these questions, in their order, with each one's options in theirs."""
    fields = {
        f"{ANSWER}{one.question.id}": RadioField(
            f"{number}. {one.question.prompt.words(language)}",
            [InputRequired(_("Choose an answer to question %(number)s.", number=number))],
            choices=[SelectChoice(option.id, option.text.words(language)) for option in one.options],
        )
        for number, one in enumerate(questions, start=1)
    }
    made = type("TheseAnswersForm", (AnswersForm,), fields)
    form: AnswersForm = made(data=data)
    return form


class ReflectionForm(PortalForm):
    text = TextAreaField(
        _l("Your answer"),
        [Length(max=LONGEST_REFLECTION, message=TOO_LONG)],
        filters=[_storable],
    )


class ReviewForm(PortalForm):
    feedback = TextAreaField(
        _l("One thing to add, or a word of encouragement"),
        [Length(max=LONGEST_FEEDBACK, message=TOO_LONG)],
        filters=[_storable],
    )
