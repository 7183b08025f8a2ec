"""Forms of ending a program."""

from __future__ import annotations

from typing import Self

from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.accountability.terminating.rules import Verdict
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm

LONGEST = 4000  # characters


class ProposeForm(PortalForm):
    reasons = TextAreaField(
        _l("Reasons, in facts"),
        description=_l("What was ordered, what was not done, what was tried. The participant and the court read it."),
        validators=[DataRequired(_l("Write the reasons. The participant reads them.")), Length(max=LONGEST)],
    )
    not_money = BooleanField(
        _l("Not paying is not the reason, nor a part of it."),
        validators=[InputRequired(_l("Not paying can not be the reason. Tick the box if it is not."))],
    )
    counsel = TextAreaField(
        _l("How the lawyer is told"),
        description=_l("Name and way, such as: Ms. Park, public defender, by mail. Or: no lawyer is known."),
        validators=[
            DataRequired(_l("Write how the lawyer is told, or that no lawyer is known.")),
            Length(max=300),
        ],
    )


class AnswerForm(PortalForm):
    response = TextAreaField(
        _l("Your answer"),
        description=_l("You can send it once. You can ask your lawyer first, or let your lawyer answer for you."),
        validators=[DataRequired(_l("Write your answer, or leave this page.")), Length(max=LONGEST)],
    )


class ApproveForm(PortalForm):
    """Nothing but a submission id."""


class VerdictForm(PortalForm):
    verdict = RadioField(
        _l("Decision"),
        choices=[
            SelectChoice(Verdict.DECLINED.value, _l("Do not end the program")),
            SelectChoice(Verdict.TERMINATED.value, _l("End the program")),
        ],
        validators=[InputRequired(_l("Choose a decision."))],
    )
    considered = BooleanField(_l("I have read and weighed the participant's answer."))
    reason = TextAreaField(
        _l("Reason"),
        description=_l("The participant can read it."),
        validators=[DataRequired(_l("Write the reason. The participant can read it.")), Length(max=LONGEST)],
    )

    @classmethod
    def over(cls, *, answered: bool) -> Self:
        """The form, which asks whether the participant's answer was read where there is one."""
        form = cls()
        if answered:
            form.considered.validators = [InputRequired(_l("Read the answer first, and say so."))]
        return form


class TakeBackForm(PortalForm):
    why = TextAreaField(
        _l("Why it is taken back"),
        validators=[DataRequired(_l("Write the reason. The participant can read it.")), Length(max=500)],
    )
