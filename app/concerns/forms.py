"""What somebody fears, and what was done about it."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.concerns.rules import BY_PEOPLE
from app.concerns.services import LONGEST
from app.concerns.words import DANGER_WORDS, STEP_WORDS
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm


class RaiseForm(PortalForm):
    kind = RadioField(
        _l("What do you fear?"),
        choices=[SelectChoice(str(kind), words) for kind, words in DANGER_WORDS.items()],
        validators=[InputRequired(_l("Choose what you fear."))],
    )
    words = TextAreaField(
        _l("What you saw or heard"),
        description=_l("In the person's own words where you can. Whoever is on call and the administrators read this."),
        validators=[DataRequired(_l("Say what you saw or heard.")), Length(max=LONGEST)],
    )


class StepForm(PortalForm):
    step = RadioField(
        _l("What was done?"),
        choices=[SelectChoice(str(step), STEP_WORDS[step]) for step in BY_PEOPLE],
        validators=[InputRequired(_l("Choose what was done."))],
    )
    words = TextAreaField(
        _l("Whom you called, to whom it went, or how it ended"),
        validators=[Optional(), Length(max=LONGEST)],
    )
