"""Forms of refunds."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.i18n import lazy_gettext as _
from app.payments.forms import DollarsField
from app.payments.refunds.services import LONGEST_REASON
from app.web.forms import PortalForm


def reason_field() -> TextAreaField:
    """Why something is done about a card payment."""
    return TextAreaField(
        _("Why"),
        description=_("Staff of the court read this. It stays with the case."),
        validators=[
            InputRequired(_("Say why.")),
            Length(max=LONGEST_REASON, message=_("Please write a little less.")),
        ],
    )


class RefundForm(PortalForm):
    """How much of a payment goes back, and why."""

    amount = DollarsField(_("Amount to give back"), validators=[InputRequired(_("Enter how much is given back."))])
    reason = reason_field()


class RetryForm(PortalForm):
    """Only the button."""
