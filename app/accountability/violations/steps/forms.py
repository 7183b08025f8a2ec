"""The form that asks whether an agreed step was done."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.accountability.violations.steps.rules import STEP_MOVES, Kept
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm

CHOICES = (
    (Kept.KEPT, _l("Yes, it was done")),
    (Kept.NOT_KEPT, _l("No, it was not done")),
    (Kept.LET_GO, _l("It was not done, and nothing more is asked")),
)


class StepForm(PortalForm):
    kept = RadioField(_l("Was it done?"), validators=[InputRequired(_l("Choose yes or no."))])
    note = TextAreaField(
        _l("Note"),
        description=_l("With a no: what you know about it. The participant can read it."),
        validators=[Optional(), Length(max=1000)],
    )

    def offer(self, before: str) -> None:
        """Offer what can be said after `before` (a state of the step)."""
        possible = STEP_MOVES.onward(before)
        self.kept.choices = [SelectChoice(key.value, words) for key, words in CHOICES if key in possible]
