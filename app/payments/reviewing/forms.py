"""Forms of the review queue."""

from __future__ import annotations

from wtforms import RadioField
from wtforms.validators import InputRequired

from app.core.i18n import lazy_gettext as _
from app.payments.refunds.forms import reason_field
from app.payments.reviewing.rules import ASIDE_AFTER_STRIPE, OUTCOME_WORDS, Outcome
from app.web.forms import PortalForm


class ReasonForm(PortalForm):
    """Why."""

    reason = reason_field()


class ResolveForm(ReasonForm):
    """What is done about a payment that did not match."""

    outcome = RadioField(_("What should happen with it?"), validators=[InputRequired(_("Choose what should happen."))])

    def offer(self, outcomes: tuple[Outcome, ...]) -> None:
        """Only what is possible for what differs."""
        self.outcome.choices = [(one.value, OUTCOME_WORDS[one]) for one in outcomes]
        if outcomes == (Outcome.SET_ASIDE,):
            self.outcome.choices = [(Outcome.SET_ASIDE.value, ASIDE_AFTER_STRIPE)]


class AgainForm(PortalForm):
    """Only the button."""
