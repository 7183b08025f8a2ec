"""Forms of the caseload."""

from __future__ import annotations

from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm


class SearchForm(PortalForm):
    """Sent by POST: a name or a case number never stands in an address.

    A search changes nothing: it may be sent twice, and there is no row whose version it could know.
    """

    submission_id = row_version = None
    words = StringField(
        _l("Name or case number"), validators=[DataRequired(_l("Type a name or a case number.")), Length(max=120)]
    )


class ViewForm(PortalForm):
    name = StringField(
        _l("Name of the view"),
        description=_l("Name what it shows, such as: hearings this week. Do not put a person's name here."),
        validators=[DataRequired(_l("Give the view a name.")), Length(max=60)],
    )
    shared = BooleanField(_l("Share it with the staff of this court"))


class ViewButton(PortalForm):
    """A button of a kept view."""
