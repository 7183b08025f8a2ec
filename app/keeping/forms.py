"""Forms about the end of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.court_admin.questions import printable
from app.web.forms import DatePartsField, DateRequired, PortalForm


def _line(label: Any, missing: Any, *, most: int = 200) -> StringField:
    long = Length(max=most, message=_l("Write up to %(most)s characters.", most=most))
    return StringField(label, filters=[printable], validators=[InputRequired(missing), long])


def _why(label: Any, missing: Any) -> TextAreaField:
    fits = Length(min=5, max=500, message=_l("Write 5 to 500 characters."))
    return TextAreaField(label, filters=[printable], validators=[InputRequired(missing), fits])


class PlanForm(PortalForm):
    ground = RadioField(_l("What happened"), validators=[InputRequired(_l("Choose what happened."))])
    dated_on = DatePartsField(_l("Date of the order or decision"), [DateRequired()])
    reference = _line(_l("Where it can be found"), _l("Write where the order or decision can be found."))

    def offer(self, grounds: Sequence[tuple[str, str]]) -> None:
        """The grounds that the court's rules know, each with what follows from it. Call it before validating."""
        self.ground.choices = list(grounds)


class HoldForm(PortalForm):
    reason = _why(_l("Why nothing may be removed"), _l("Write why nothing may be removed."))


class LiftForm(PortalForm):
    reason = _why(_l("Why the hold is lifted"), _l("Write why the hold is lifted."))


class OpenForm(PortalForm):
    number = _line(_l("Case number"), _l("Write the case number."), most=60)
    court_order = _line(_l("Order of the court"), _l("Write which order allows it."))
    reason = _why(_l("What it is needed for"), _l("Write what it is needed for."))
