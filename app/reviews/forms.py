"""What a reviewer answers, flags and notes."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core.i18n import lazy_gettext as _l
from app.reviews.services import LONGEST
from app.reviews.words import REASON_WORDS
from app.web.forms import PortalForm


class DecideForm(PortalForm):
    """Two buttons: accept, or return with the one thing to add."""

    feedback = TextAreaField(
        _l("One thing to add"),
        description=_l(
            "The participant reads this. It is needed when you return it: one or two kind, clear sentences."
        ),
        validators=[Optional(), Length(max=LONGEST)],
    )


class FlagForm(PortalForm):
    reason = RadioField(
        _l("What is it about?"),
        choices=[SelectChoice(str(reason), words) for reason, words in REASON_WORDS.items()],
        validators=[InputRequired(_l("Choose what it is about."))],
    )
    words = TextAreaField(
        _l("What you noticed"),
        description=_l("Facts in a sentence or two. A supervisor of the court reads this."),
        validators=[DataRequired(_l("Say in a sentence what you noticed.")), Length(max=LONGEST)],
    )


class JudgeForm(PortalForm):
    words = TextAreaField(
        _l("What you found, or what you did"),
        validators=[DataRequired(_l("Say what you found, or what you did.")), Length(max=LONGEST)],
    )
