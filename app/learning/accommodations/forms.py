"""Forms of the learner's request and of the court's answer."""

from __future__ import annotations

from wtforms import RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.i18n import lazy_gettext as _l
from app.learning.accommodations.rules import ASK_WORDS
from app.learning.accommodations.services import LONGEST
from app.web.forms import DatePartsField, PortalForm

HELPS = [SelectChoice(kind.value, words) for kind, words in ASK_WORDS.items()]


class Ticks(SelectMultipleField):  # type: ignore[misc]  # WTForms ships no types
    """Several of a list, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AskForm(PortalForm):
    helps = Ticks(_l("What would help you?"), choices=HELPS)
    own_words = TextAreaField(
        _l("In your own words: what would make it possible for you to take part?"),
        [Optional(), Length(max=LONGEST)],
    )


class GrantForm(PortalForm):
    helps = Ticks(_l("What the court grants"), choices=HELPS)
    times = RadioField(
        _l("How much more time"),
        choices=[SelectChoice("2", _l("Twice the usual")), SelectChoice("3", _l("Three times the usual"))],
        validators=[Optional()],
    )
    until = DatePartsField(_l("New deadline for the lessons"))
    terms = TextAreaField(_l("What else the participant should know"), [Optional(), Length(max=LONGEST)])


class ReasonForm(PortalForm):
    reason = TextAreaField(_l("Reason"), [Length(max=LONGEST)])
