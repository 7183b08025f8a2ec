"""What a reviewer answers, flags and notes."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core.i18n import lazy_gettext as _l
from app.reviews.flags import LONGEST
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
        description=_l(
            "Facts in a sentence or two. A supervisor of the court reads this, and a lead facilitator if there is one."
        ),
        validators=[DataRequired(_l("Say in a sentence what you noticed.")), Length(max=LONGEST)],
    )


class JudgeForm(PortalForm):
    words = TextAreaField(
        _l("What you found, or what you did"),
        description=_l("Whoever flagged it reads this. Name nobody."),
        validators=[DataRequired(_l("Say what you found, or what you did.")), Length(max=LONGEST)],
    )


class LeadForm(PortalForm):
    """Two buttons: answer whoever flagged it, or pass it on to the court's supervisors."""

    words = TextAreaField(
        _l("Your answer, or why the court should look"),
        description=_l("Whoever flagged it reads your answer. If you pass it on, the court's supervisors read this."),
        validators=[DataRequired(_l("Write a sentence or two.")), Length(max=LONGEST)],
    )
