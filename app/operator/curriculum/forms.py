"""Forms of the curriculum's pages."""

from __future__ import annotations

from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.court_admin.questions import printable
from app.operator.curriculum.words import PART_WORDS
from app.operator.forms import LONGEST
from app.web.forms import PortalForm


class ApproverForm(PortalForm):
    operator = SelectField(_l("Operator"), validators=[InputRequired(_l("Choose an operator."))])
    part = SelectField(
        _l("Signs off"),
        choices=[("", _l("Choose")), *PART_WORDS.items()],
        validators=[InputRequired(_l("Choose a part."))],
    )


class ButtonForm(PortalForm):
    """A button alone."""


class SignOffForm(PortalForm):
    looked_at = TextAreaField(
        _l("What you looked at"),
        filters=[printable],
        validators=[
            InputRequired(_l("Say what you looked at.")),
            Length(min=5, max=LONGEST, message=_l("Write %(min)d to %(max)d characters.", min=5, max=LONGEST)),
        ],
    )


class TakeBackForm(PortalForm):
    reason = TextAreaField(
        _l("Why?"),
        filters=[printable],
        validators=[
            InputRequired(_l("Say why.")),
            Length(min=5, max=LONGEST, message=_l("Write %(min)d to %(max)d characters.", min=5, max=LONGEST)),
        ],
    )
