"""The answer to a dispute."""

from __future__ import annotations

from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.disputes.rules import Verdict
from app.disputes.services import LONGEST
from app.web.forms import PortalForm


class AnswerDisputeForm(PortalForm):
    verdict = RadioField(
        _l("Your answer"),
        choices=[
            SelectChoice(Verdict.CORRECTED.value, _l("The participant is right: the record is corrected")),
            SelectChoice(Verdict.STANDS.value, _l("The record stands")),
        ],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    done = BooleanField(_l("I have corrected the record on its own page."))
    reason = TextAreaField(
        _l("Reason"),
        description=_l("What you looked at, and what it showed. The participant reads it. Reports do not show it."),
        validators=[DataRequired(_l("Write the reason. The participant reads it.")), Length(max=LONGEST)],
    )
