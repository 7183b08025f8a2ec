"""Forms of a hearing's record."""

from __future__ import annotations

from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.cases.form_parts import ClockField, DateNeeded, SensibleYear, given
from app.cases.hearings.rules import KIND_WORDS, LONGEST, OUTCOME_WORDS, Held, NextDay
from app.cases.models import Hearing
from app.cases.referral_forms import why
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, PortalForm


class HeldForm(PortalForm):
    """What came of a hearing."""

    on_date = DatePartsField(
        _l("Day of the hearing"), validators=[DateNeeded(_l("Write the day of the hearing.")), SensibleYear()]
    )
    at_time = ClockField(_l("Time of the hearing"), [Optional()])
    kind = SelectField(
        _l("Kind of hearing"),
        choices=[SelectChoice(key, words) for key, words in KIND_WORDS.items()],
        validators=[InputRequired(_l("Choose what kind of hearing it was."))],
    )
    outcome = RadioField(
        _l("What came of it"),
        choices=[SelectChoice(key, words) for key, words in OUTCOME_WORDS.items()],
        validators=[InputRequired(_l("Choose what came of it."))],
    )
    orders = TextAreaField(
        _l("What the judge ordered"),
        description=_l("In words, as on the order. Staff of this court and the participant can read it."),
        validators=[Optional(), Length(max=LONGEST)],
    )

    def held(self) -> Held:
        """The facts of a form that was validated."""
        orders = (self.orders.data or "").replace("\r\n", "\n").strip()
        return Held(given(self.on_date), self.at_time.data, self.kind.data, self.outcome.data, orders)

    def fill(self, row: Hearing) -> None:
        """Put what is known of a hearing into the boxes."""
        self.on_date.data, self.at_time.data = row.on_date, row.at_time
        if row.recorded_at is not None:
            self.kind.data, self.outcome.data, self.orders.data = row.kind, row.outcome, row.orders


class RecordForm(HeldForm):
    next_on = DatePartsField(_l("Day of the next hearing"), [Optional(), SensibleYear()])
    next_at = ClockField(_l("Time of the next hearing"), [Optional()])

    def following(self) -> NextDay | None:
        """Raises Refused for a time without a day."""
        if self.next_on.data is None:
            if self.next_at.data is not None:
                raise Refused(_("Write the day of the next hearing too."), "next_on")
            return None
        return NextDay(self.next_on.data, self.next_at.data)


class CorrectForm(HeldForm):
    reason = why(_l("Write why the record is corrected."))


class StrikeForm(PortalForm):
    reason = why(_l("Write why the record is corrected."))
