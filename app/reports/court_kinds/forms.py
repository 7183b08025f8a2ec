"""The form of a non-compliance report."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.i18n import LANGUAGES
from app.core.i18n import lazy_gettext as _l
from app.reports.court_kinds.services import ASKED_WORDS
from app.web.forms import PortalForm

LONGEST = 3000  # characters of one answer


class NonComplianceForm(PortalForm):
    """What the report is about, what else was tried, what is asked of the court. Choices that went by now pass: the
    service says so."""

    about = SelectMultipleField(
        _l("What the report is about"),
        description=_l("Choose one or more. What was excused does not count, so it is not here."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    tried_besides = TextAreaField(
        _l("What else was tried"),
        description=_l(
            "Calls, letters, visits, help that was offered, and when. Messages, excused check-ins and agreed steps "
            "stand in the report already."
        ),
        validators=[Optional(), Length(max=LONGEST)],
    )
    asked = RadioField(
        _l("What you ask of the court"),
        choices=[SelectChoice(key, words) for key, words in ASKED_WORDS.items()],
        validators=[InputRequired(_l("Choose what you ask of the court."))],
    )
    asked_besides = TextAreaField(
        _l("In your words: what you ask for, and why"),
        description=_l("Facts, no judgment. Money that is owed is no reason."),
        validators=[Optional(), Length(max=LONGEST)],
    )
    language = SelectField(_l("Language"), validate_choice=False)

    def offer(self, occasions: Sequence[tuple[str, str]], languages: Sequence[str]) -> None:
        self.about.choices = list(occasions)
        self.language.choices = [(code, LANGUAGES[code]) for code in languages]
