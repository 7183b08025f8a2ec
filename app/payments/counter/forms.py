"""Forms of the counter."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.core.i18n import lazy_gettext as _
from app.payments.counter.paying_back import GivenBack
from app.payments.counter.rules import METHOD_WORDS, Method
from app.payments.counter.services import Received
from app.payments.forms import DollarsField
from app.web.forms import DatePartsField, DateRequired, PortalForm

LONGEST_REASON, LONGEST_REFERENCE = 300, 60  # characters


class CounterPaymentForm(PortalForm):
    """Money that somebody brought."""

    method = RadioField(
        _("How was it paid?"),
        choices=list(METHOD_WORDS.items()),
        validators=[InputRequired(_("Choose how it was paid."))],
    )
    amount = DollarsField(_("Amount"), validators=[InputRequired(_("Enter the amount."))])
    reference = StringField(
        _("Number of the check or money order"),
        validators=[Optional(), Length(max=LONGEST_REFERENCE, message=_("Please write a little less."))],
    )
    received_on = DatePartsField(_("Day on which it came in"), validators=[DateRequired()])
    more_than_owed = BooleanField(_("It is more than what is owed, and that is right"))

    def to_received(self) -> Received:
        """What was typed; only after the form is valid."""
        assert self.received_on.data is not None
        return Received(
            method=Method(self.method.data),
            amount_cents=self.amount.cents or 0,
            received_on=self.received_on.data,
            reference=self.reference.data or "",
            more_than_owed=bool(self.more_than_owed.data),
        )


class PayBackForm(PortalForm):
    """Money that the court hands out."""

    method = RadioField(
        _("How is it paid back?"),
        choices=list(METHOD_WORDS.items()),
        validators=[InputRequired(_("Choose how it is paid back."))],
    )
    amount = DollarsField(_("Amount to pay back"), validators=[InputRequired(_("Enter the amount."))])
    reference = StringField(
        _("Number of the check or money order"),
        validators=[Optional(), Length(max=LONGEST_REFERENCE, message=_("Please write a little less."))],
    )
    reason = StringField(
        _("Reason"),
        description=_("The participant and staff of this court can read it."),
        validators=[
            InputRequired(_("Enter a reason. It is kept with the payment.")),
            Length(max=LONGEST_REASON, message=_("Please write a little less.")),
        ],
    )

    def to_given_back(self) -> GivenBack:
        """What was typed; only after the form is valid."""
        return GivenBack(
            method=Method(self.method.data),
            amount_cents=self.amount.cents or 0,
            reason=self.reason.data or "",
            reference=self.reference.data or "",
        )


class VoidForm(PortalForm):
    """Why a payment is voided."""

    reason = StringField(
        _("Reason"),
        description=_("The participant and staff of this court can read it."),
        validators=[
            InputRequired(_("Enter a reason. It is kept with the payment.")),
            Length(max=LONGEST_REASON, message=_("Please write a little less.")),
        ],
    )


class AdjustmentForm(PortalForm):
    """What is corrected, and why."""

    direction = RadioField(
        _("What is owed becomes"),
        choices=[("less", _("less")), ("more", _("more"))],
        validators=[InputRequired(_("Choose whether less or more is owed."))],
    )
    amount = DollarsField(_("By how much"), validators=[InputRequired(_("Enter the amount."))])
    component = SelectField(_("Which part of the fee"), validators=[Optional()])
    reason = StringField(
        _("Reason"),
        description=_("The participant and staff of this court can read it."),
        validators=[
            InputRequired(_("Enter a reason. It is kept with the correction.")),
            Length(max=LONGEST_REASON, message=_("Please write a little less.")),
        ],
    )

    def offer(self, components: Sequence[tuple[str, str]]) -> None:
        """The parts of the fee, as (key, label)."""
        self.component.choices = [("", _("The fee as a whole")), *components]

    @property
    def cents(self) -> int:
        """Signed: what it adds to what is owed."""
        amount = self.amount.cents or 0
        return -amount if self.direction.data == "less" else amount


class AdjustmentDecisionForm(PortalForm):
    """A second person's answer."""

    answer = RadioField(
        _("Your answer"),
        choices=[("approve", _("Approve: it applies at once")), ("decline", _("Decline: nothing changes"))],
        validators=[InputRequired(_("Choose an answer."))],
    )
    reason = StringField(
        _("Reason (when you decline)"),
        validators=[Optional(), Length(max=LONGEST_REASON, message=_("Please write a little less."))],
    )
