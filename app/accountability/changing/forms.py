"""Forms of changes to a program that is running."""

from __future__ import annotations

from wtforms import IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.accountability.changing.services import MOST_MONTHS, Order
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, PortalForm

LONGEST = 500  # characters
READ_BY_ALL = _l("Staff of this court and the participant can read it.")
WRITE_IT = _l("Write the reason. The participant can read it.")


def _reason() -> TextAreaField:
    return TextAreaField(
        _l("Reason"), description=READ_BY_ALL, validators=[DataRequired(WRITE_IT), Length(max=LONGEST)]
    )


class GiveBackForm(PortalForm):
    reason = _reason()


class OrderForm(PortalForm):
    """A reason, and the order behind it."""

    reason = _reason()
    ordered_on = DatePartsField(_l("Day of the court's order"))
    ordered_by = StringField(_l("Who gave the order"), validators=[Optional(), Length(max=120)])

    def order(self) -> Order | None:
        """The order, if anything of one was given; a part that is missing is told by the service."""
        on, by = self.ordered_on.data, (self.ordered_by.data or "").strip()
        return Order(on, by) if on is not None else None


class ExtendForm(OrderForm):
    what = RadioField(
        _l("What is made longer"),
        choices=[
            SelectChoice("deadline", _l("The time for the lessons")),
            SelectChoice("check_ins", _l("The months of check-ins")),
        ],
        validators=[InputRequired(_l("Choose what is made longer."))],
    )
    months = IntegerField(
        _l("Months of check-ins to add"), validators=[Optional(), NumberRange(min=1, max=MOST_MONTHS)]
    )
    until = DatePartsField(_l("Or the new last day"))
