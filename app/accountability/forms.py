"""Forms of check-ins: the learner's, the one thing to add, and the reader's."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm
from tenants.program import Supervisor

LONGEST = 2000  # characters of one answer

GOING = (
    ("well", _l("I am keeping them")),
    ("mostly", _l("I am keeping most of them")),
    ("hard", _l("This month was hard")),
)
SUPPORT = (
    ("none", _l("No, not now")),
    ("talk", _l("Yes, I would like to talk with somebody of the program")),
    ("services", _l("Yes, tell me about counseling or other services near me")),
    ("practical", _l("Yes, with something practical, like time, travel or a phone")),
)

ASK_GOING = _l("How are the commitments that you made going?")
ASK_SUPPORT = _l("Would you like support with something?")
ASK_STATEMENT = _l("In your own words: what went well this month, and what was hard?")

WHO_READS = {
    Supervisor.PROBATION: _l("Your probation officer and a facilitator of the program read what you write here."),
    Supervisor.PROSECUTOR: _l("The prosecutor's program staff and a facilitator read what you write here."),
    Supervisor.CLERK: _l("The court's program staff and a facilitator read what you write here."),
    Supervisor.NOBODY: _l("A facilitator of the program reads what you write here."),
}


class CheckInForm(PortalForm):
    going = RadioField(
        ASK_GOING,
        choices=[SelectChoice(*choice) for choice in GOING],
        validators=[InputRequired(_l("Choose how your commitments are going."))],
    )
    support = RadioField(
        ASK_SUPPORT,
        choices=[SelectChoice(*choice) for choice in SUPPORT],
        validators=[InputRequired(_l("Choose an answer. Asking for support never counts against you."))],
    )
    statement = TextAreaField(
        ASK_STATEMENT,
        description=_l("One or two sentences are enough."),
        validators=[DataRequired(_l("Write one or two sentences.")), Length(max=LONGEST)],
    )


def check_in_form(questions: tuple[str, ...]) -> CheckInForm:
    """The learner's form, with the officer's own questions of the court's rules last."""
    fields: dict[str, Any] = {
        f"question_{number}": TextAreaField(
            question, validators=[DataRequired(_l("Write a short answer.")), Length(max=LONGEST)]
        )
        for number, question in enumerate(questions, start=1)
    }
    form: CheckInForm = type("CheckInFormOfCourt", (CheckInForm,), fields)()
    return form


def answers_of(form: CheckInForm, questions: tuple[str, ...]) -> dict[str, Any]:
    """What is stored of a filled-in form. The questions are kept with it: the rules may change later."""
    return {
        "going": form.going.data,
        "support": form.support.data,
        "questions": [
            {"asked": question, "text": form[f"question_{number}"].data.strip()}
            for number, question in enumerate(questions, start=1)
        ],
        "statement": form.statement.data.strip(),
    }


def shown_answers(answers: dict[str, Any]) -> list[tuple[str, str]]:
    """Stored answers as (question, answer) in the reader's language."""
    if not answers:
        return []
    return [
        (str(ASK_GOING), str(dict(GOING).get(answers["going"], ""))),
        (str(ASK_SUPPORT), str(dict(SUPPORT).get(answers["support"], ""))),
        *((one["asked"], one["text"]) for one in answers.get("questions", ())),
        (str(ASK_STATEMENT), answers["statement"]),
        *((one["asked"], one["text"]) for one in answers.get("additions", ())),
    ]


class AdditionForm(PortalForm):
    addition = TextAreaField(
        _l("What you would like to add"), validators=[DataRequired(_l("Write what you add.")), Length(max=LONGEST)]
    )


class ReviewForm(PortalForm):
    """Two buttons: accept, or return with the one thing to add."""

    feedback = TextAreaField(
        _l("One thing to add"),
        description=_l("Only when you return it. The participant reads this. One or two kind, clear sentences."),
        validators=[Optional(), Length(max=LONGEST)],
    )


class ExcuseForm(PortalForm):
    reason = TextAreaField(
        _l("Reason"),
        description=_l("The participant can read it."),
        validators=[DataRequired(_l("Give the reason. The participant can read it.")), Length(max=LONGEST)],
    )
