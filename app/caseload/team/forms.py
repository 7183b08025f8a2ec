"""What the team's page is asked for: a stretch of time, and whose cases. The address holds it: nobody is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from app.caseload.team.lookups import NOBODY
from app.caseload.team.rules import MOST_MONTHS, Period, Span, period_so_far
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, PortalForm

SPAN_WORDS: Mapping[Span, LazyString] = {
    Span.MONTH: _l("This month"),
    Span.QUARTER: _l("This quarter"),
    Span.YEAR: _l("This year"),
    Span.OWN: _l("From one day to another"),
}


class AskForm(PortalForm):
    """Sent by GET: it changes nothing, and its address can be kept."""

    class Meta(PortalForm.Meta):
        csrf = False

    submission_id = row_version = None
    span = SelectField(_l("Time"), validators=[Optional()])
    officer = SelectField(_l("Whose cases"), validators=[Optional()], validate_choice=False)
    begins = DatePartsField(_l("From this day"))
    ends = DatePartsField(_l("To this day"))

    def offer(self, staff: Mapping[UUID, str]) -> None:
        """Fill the lists."""
        self.span.choices = [SelectChoice(str(span), str(words)) for span, words in SPAN_WORDS.items()]
        people = [SelectChoice(str(member), name) for member, name in staff.items()]
        everybody = [SelectChoice("", _("The whole court")), SelectChoice(NOBODY, _("No officer"))]
        self.officer.choices = [*everybody, *people]
        if self.span.data not in list(Span):
            self.span.data = str(Span.QUARTER)

    def validate_begins(self, field: Any) -> None:
        if self.span.data == Span.OWN and field.data is None and not field.process_errors:
            raise ValidationError(_("Enter the first day."))

    def validate_ends(self, field: Any) -> None:
        if self.span.data != Span.OWN or field.process_errors:
            return
        if field.data is None:
            raise ValidationError(_("Enter the last day."))
        first = self.begins.data
        if first is None:
            return
        if field.data < first:
            raise ValidationError(_("The last day is before the first."))
        if len(Period(first, field.data).months) > MOST_MONTHS:
            raise ValidationError(_("Choose five years or less."))

    def asked(self) -> dict[str, Any]:
        """What was asked for, as it stands in an address."""
        found = {"span": str(self.span.data), "officer": self.officer.data or ""}
        if self.span.data == Span.OWN:
            for field in (self.begins, self.ends):
                found |= {f"{field.name}-{part}": str(getattr(field.data, part)) for part in field.PARTS}
        return {name: value for name, value in found.items() if value}

    def period(self, today: date) -> Period:
        """What was asked for, once it is valid. `today` is the court's date."""
        span = Span(self.span.data)
        if span is not Span.OWN:
            return period_so_far(span, today)
        assert self.begins.data is not None
        assert self.ends.data is not None
        return Period(self.begins.data, self.ends.data)
