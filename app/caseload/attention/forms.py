"""Forms of the list of the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, PortalForm

ON_A_DAY = "day"
WHEN = (("1", _l("Tomorrow")), ("3", _l("In 3 days")), ("7", _l("In a week")), (ON_A_DAY, _l("On this day")))


class ReasonOfTheDayForm(PortalForm):
    """Which reason of the case, on which occasion: as it stood on the page."""

    kind = HiddenField(validators=[Length(max=40)])
    occasion = HiddenField(validators=[Length(max=200)])


class DoneForm(ReasonOfTheDayForm):
    note = StringField(
        _l("Note"),
        description=_l("Colleagues read it in the history of the case. The participant does not."),
        validators=[Optional(), Length(max=500)],
    )


class SnoozeForm(ReasonOfTheDayForm):
    when = RadioField(
        _l("When shall it come back?"),
        choices=[SelectChoice(value, label) for value, label in WHEN],
        validators=[InputRequired(_l("Choose when it comes back."))],
    )
    until = DatePartsField(_l("Day"))
    reason = TextAreaField(
        _l("Why it can wait"),
        description=_l("Colleagues read it in the history of the case. The participant does not."),
        validators=[DataRequired(_l("Write why it can wait. Colleagues read it.")), Length(max=500)],
    )

    def until_day(self, today: date) -> date | None:
        """The court-local day that was chosen; None where none was."""
        if self.when.data == ON_A_DAY:
            day: date | None = self.until.data
            return day
        return today + timedelta(days=int(self.when.data))


class AssignForm(PortalForm):
    officer = SelectField(_l("Officer"), validators=[DataRequired(_l("Choose an officer from the list."))])

    def offer(self, officers: Sequence[tuple[UUID, str]]) -> None:
        none = SelectChoice("", _l("- Select -"))
        self.officer.choices = [none, *(SelectChoice(str(key), name) for key, name in officers)]
