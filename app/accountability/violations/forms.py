"""Forms of possible violations: noting one, the own side, the decision, that the court was told."""

from __future__ import annotations

from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.accountability.violations.rules import BY_HAND, Outcome
from app.accountability.violations.words import KIND_WORDS
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, DateRequired, PortalForm

LONGEST = 2000  # characters of one answer

OUTCOMES = (
    (Outcome.EXCUSED, _l("Excuse it: it does not count")),
    (Outcome.RESPONSE, _l("Agree on a step, such as a make-up check-in or more time")),
    (Outcome.RETURNED, _l("Return the case to the court")),
)


class NoteViolationForm(PortalForm):
    kind = RadioField(
        _l("What it is about"),
        choices=[SelectChoice(kind.value, KIND_WORDS[kind]) for kind in BY_HAND],
        validators=[InputRequired(_l("Choose what it is about."))],
    )
    event_on = DatePartsField(_l("On which day it happened"), validators=[DateRequired()])
    facts = TextAreaField(
        _l("What happened, in facts"),
        description=_l("What you saw or were told, by whom and when. No judgment. The participant reads it."),
        validators=[DataRequired(_l("Write what happened, in facts.")), Length(max=LONGEST)],
    )
    not_money = BooleanField(
        _l("This is not about money that is owed."),
        validators=[InputRequired(_l("Money that is owed is no reason. Tick the box if it is about something else."))],
    )


class OwnSideForm(PortalForm):
    statement = TextAreaField(
        _l("Your side"),
        description=_l("You can send it once. You do not have to write anything."),
        validators=[
            DataRequired(_l("Write your side, or leave this page. You do not have to write anything.")),
            Length(max=LONGEST),
        ],
    )


class DecisionForm(PortalForm):
    outcome = RadioField(
        _l("Decision"),
        choices=[SelectChoice(key.value, words) for key, words in OUTCOMES],
        validators=[InputRequired(_l("Choose a decision."))],
    )
    reason = TextAreaField(
        _l("Reason, or what was agreed"),
        description=_l("The participant can read it."),
        validators=[DataRequired(_l("Write the reason. The participant can read it.")), Length(max=LONGEST)],
    )
    due_on = DatePartsField(_l("For an agreed step: to be done by"))
    make_up = BooleanField(_l("Add a check-in for that day, to make up for the missed one"))


class CourtToldForm(PortalForm):
    how = TextAreaField(
        _l("How the court was told"),
        description=_l("For example: in the report of May 3, or at the hearing of May 10."),
        validators=[DataRequired(_l("Write how the court was told.")), Length(max=500)],
    )
