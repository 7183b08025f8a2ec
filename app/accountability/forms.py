"""Forms of check-ins: the learner's, the one thing to add, and the reader's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm
from tenants.program import Accountability, Supervisor

LONGEST = 2000  # characters of one answer

GOING = (
    ("well", _l("I am keeping them")),
    ("mostly", _l("I am keeping most of them")),
    ("hard", _l("It has been hard")),
)
KEPT = (
    ("well", _l("I am keeping it")),
    ("mostly", _l("I am keeping most of it")),
    ("hard", _l("It has been hard")),
)
SUPPORT = (
    ("none", _l("No, not now")),
    ("talk", _l("Yes, I would like to talk with somebody of the program")),
    ("services", _l("Yes, tell me about counseling or other services near me")),
    ("practical", _l("Yes, with something practical, like time, travel or a phone")),
)

ASK_GOING = _l("How are the commitments that you made going?")
ASK_SUPPORT = _l("Would you like support with something?")
ASK_STATEMENT = _l("In your own words: what went well lately, and what was hard?")
ASK_POLICE = _l("Have you had contact with the police since your last check-in?")

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


POLICE_CONTACT = (
    ("no", _l("No")),
    ("yes", _l("Yes")),
    ("silent", _l("I would rather not say here")),
)


def check_in_form(rules: Accountability, plan: Sequence[str]) -> CheckInForm:
    """The learner's form: each item of the plan (all of it in one question where there is none), then what everybody is
    asked, and last what the court's rules ask besides: contact with the police, the officer's own."""
    questions = rules.officer_questions
    fields: dict[str, Any] = {
        kept_name(number): RadioField(
            item,
            choices=[SelectChoice(*choice) for choice in KEPT],
            validators=[InputRequired(_l("Choose how this is going."))],
        )
        for number, item in enumerate(plan, start=1)
    }
    fields |= {
        f"question_{number}": TextAreaField(
            question, validators=[DataRequired(_l("Write a short answer.")), Length(max=LONGEST)]
        )
        for number, question in enumerate(questions, start=1)
    }
    if rules.ask_police_contact:
        fields["police_contact"] = RadioField(
            ASK_POLICE,
            description=_l("Do not describe what happened; talk to your lawyer first."),
            choices=[SelectChoice(*choice) for choice in POLICE_CONTACT],
            validators=[InputRequired(_l("Choose an answer. You may choose not to say."))],
        )
    form: CheckInForm = type("CheckInFormOfCourt", (CheckInForm,), fields)()
    if plan:
        del form.going
    return form


def kept_name(number: int) -> str:
    """The name of the field about item `number` of the plan."""
    return f"kept_{number}"


def statement_use(rules: Accountability, language: str) -> str:
    """What the court may do with what somebody writes, in `language` or else the first there is; may be empty."""
    texts: dict[str, str] = {str(key): text for key, text in rules.statement_use.items()}
    return texts.get(language) or next(iter(texts.values()), "")


def answers_of(form: CheckInForm, rules: Accountability, plan: Sequence[str]) -> dict[str, Any]:
    """What is stored of a filled-in form. The questions are kept with it: the rules may change later."""
    asked = {"police_contact": form.police_contact.data} if rules.ask_police_contact else {}
    kept = [{"what": item, "kept": form[kept_name(number)].data} for number, item in enumerate(plan, start=1)]
    return {
        **({"plan": kept} if plan else {"going": form.going.data}),
        "support": form.support.data,
        "questions": [
            {"asked": question, "text": form[f"question_{number}"].data.strip()}
            for number, question in enumerate(rules.officer_questions, start=1)
        ],
        **asked,
        "statement": form.statement.data.strip(),
    }


def shown_answers(answers: dict[str, Any]) -> list[tuple[str, str]]:
    """Stored answers as (question, answer) in the reader's language."""
    if not answers:
        return []
    return [
        *((one["what"], str(dict(KEPT).get(one["kept"], ""))) for one in answers.get("plan", ())),
        *([(str(ASK_GOING), str(dict(GOING).get(answers["going"], "")))] if "going" in answers else ()),
        (str(ASK_SUPPORT), str(dict(SUPPORT).get(answers["support"], ""))),
        *_police_contact(answers),
        *((one["asked"], one["text"]) for one in answers.get("questions", ())),
        (str(ASK_STATEMENT), answers["statement"]),
        *((one["asked"], one["text"]) for one in answers.get("additions", ())),
    ]


def _police_contact(answers: dict[str, Any]) -> list[tuple[str, str]]:
    if "police_contact" not in answers:
        return []
    return [(str(ASK_POLICE), str(dict(POLICE_CONTACT).get(answers["police_contact"], "")))]


class AdditionForm(PortalForm):
    addition = TextAreaField(
        _l("What you would like to add"), validators=[DataRequired(_l("Write what you add.")), Length(max=LONGEST)]
    )


class ExcuseForm(PortalForm):
    reason = TextAreaField(
        _l("Reason"),
        description=_l("The participant can read it."),
        validators=[DataRequired(_l("Give the reason. The participant can read it.")), Length(max=LONGEST)],
    )
