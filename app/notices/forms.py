"""Forms of the inbox."""

from __future__ import annotations

from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm


class LearnerWishesForm(PortalForm):
    reminders_by_mail = BooleanField(_l("Send me reminders by mail"))
    nothing_home = BooleanField(_l("Send nothing to my home"))


class StaffWishesForm(PortalForm):
    once_a_day = RadioField(
        _l("Mails to you"),
        [InputRequired(_l("Choose one."))],
        choices=[
            ("no", _l("Each message at once, outside of the court's quiet hours")),
            ("yes", _l("One mail in the morning that says how many messages wait")),
        ],
    )
