"""Forms of the export page."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.court_admin.questions import printable
from app.web.forms import PortalForm


class AskForm(PortalForm):
    reason = TextAreaField(
        _l("What is it for?"),
        filters=[printable],
        validators=[
            InputRequired(_l("Say what the export is for. It stands in the audit.")),
            Length(min=5, max=500, message=_l("Write 5 to 500 characters.")),
        ],
    )
