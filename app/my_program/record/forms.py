"""Forms of a participant's record: saying that a fact is not right, taking that back."""

from __future__ import annotations

from wtforms import FileField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.disputes.services import LONGEST
from app.web.forms import PortalForm


class DisputeForm(PortalForm):
    reason = TextAreaField(
        _l("What is not right, and how was it?"),
        description=_l("A few sentences are enough. Say how the court can check it, if you know."),
        validators=[DataRequired(_l("Write what is not right, and how it was.")), Length(max=LONGEST)],
    )
    file = FileField(
        _l("Photo or PDF that shows it"),
        description=_l("For example a receipt, or a picture of a screen. Up to 10 MB."),
    )


class TakeBackForm(PortalForm):
    """Only the button."""
