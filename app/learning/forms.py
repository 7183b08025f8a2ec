"""Forms of the lessons and of the facilitator's queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from wtforms import FieldList, Form, FormField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, StopValidation

from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.curriculum.lessons import CommitmentLesson, Scene
from app.learning.answering import LONGEST_REFLECTION
from app.learning.commitments import PlanItem
from app.learning.quiz import DrawnQuestion
from app.web.forms import PortalForm

LONGEST_ITEM = 300  # characters
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


class ChoiceForm(PortalForm):
    """How to go on in a scene; made by `choice_form`."""

    scene = HiddenField()
    choice: RadioField


def choice_form(scene: Scene, language: str) -> ChoiceForm:
    """The form of one scene, its choices in the order of the story."""
    field = RadioField(
        _("What do you do?"),
        [InputRequired(_("Choose how to go on."))],
        choices=[SelectChoice(choice.id, choice.text.words(language)) for choice in scene.choices],
    )
    form: ChoiceForm = type("ThisChoiceForm", (ChoiceForm,), {"choice": field})(data={"scene": scene.id})
    return form


def _boxed(label: LazyString) -> StringField:
    return StringField(label, [Length(max=LONGEST_ITEM, message=TOO_LONG)], filters=[_storable, str.strip])


class PlanItemForm(Form):  # type: ignore[misc]  # WTForms ships no types
    """One item of a plan: all three boxes, or none."""

    what = _boxed(_l("What I will do"))
    how_often = _boxed(_l("When, or how often"))
    sign = _boxed(_l("How I will know that I did it"))

    @property
    def is_empty(self) -> bool:
        return not any(field.data for field in self)


EMPTY_BOX = {
    "what": _l("Write what you will do."),
    "how_often": _l("Write when, or how often."),
    "sign": _l("Write how you will know."),
}


class PlanForm(PortalForm):
    """A learner's plan; made by `plan_form`."""

    items: FieldList
    _minimum: int

    def validate_items(self, field: FieldList) -> None:
        faults = []
        for number, entry in enumerate(field.entries):
            if entry.form.is_empty and number >= self._minimum:
                continue
            for name, words in EMPTY_BOX.items():
                if not entry.form[name].data:
                    entry.form[name].errors = [*entry.form[name].errors, words]
                    faults.append(words)
        if faults:
            raise StopValidation(faults[0])

    def plan(self) -> list[PlanItem]:
        """The items that are filled in, in their order."""
        forms = [entry.form for entry in self.items.entries if not entry.form.is_empty]
        return [PlanItem(form.what.data, form.how_often.data, form.sign.data) for form in forms]


def plan_form(lesson: CommitmentLesson, items: Sequence[PlanItem]) -> PlanForm:
    """The form with room for all items that the lesson takes, filled with those that there are."""
    return form_for_plan(items, minimum=lesson.minimum, maximum=lesson.maximum)


def form_for_plan(items: Sequence[PlanItem], *, minimum: int, maximum: int) -> PlanForm:
    """The form with room for `maximum` items, of which `minimum` are asked for, filled with those that there are."""
    parts = {
        "items": FieldList(FormField(PlanItemForm), min_entries=maximum, max_entries=maximum),
        "_minimum": minimum,
    }
    form: PlanForm = type("ThisPlanForm", (PlanForm,), parts)(data={"items": [asdict(item) for item in items]})
    return form
