"""The form of standing in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.accounts.models import Membership
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, DateRequired, PortalForm


class CoverForm(PortalForm):
    """Who stands in for whom, and when."""

    officer_id = SelectField(_l("Whose cases"), validators=[InputRequired(_l("Choose an officer."))])
    cover_id = SelectField(_l("Who stands in"), validators=[InputRequired(_l("Choose a colleague."))])
    first_day = DatePartsField(_l("First day"), [DateRequired()])
    last_day = DatePartsField(_l("Last day"), [DateRequired()])

    def offer(self, members: Sequence[Membership], only: UUID | None) -> None:
        """Fill in the choices; `only`: the one officer whose cases somebody may hand out. Call it before validating."""
        whose = [one for one in members if only in (None, one.id)]
        self.officer_id.choices = [
            *([] if only else [SelectChoice("", _("Choose"))]),
            *(SelectChoice(str(one.id), one.display_name) for one in whose),
        ]
        self.cover_id.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(str(one.id), one.display_name) for one in members if one.id != only),
        ]
