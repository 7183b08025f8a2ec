"""Forms of payments."""

from __future__ import annotations

import re
from typing import Any

from wtforms import IntegerField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.i18n import gettext
from app.core.i18n import lazy_gettext as _
from app.payments.waiver_rules import DENIAL_REASONS, Decision, Outcome
from app.payments.waivers import LARGEST_HOUSEHOLD, WaiverRequest
from app.web.forms import PortalForm

LONGEST_STATEMENT = 1500  # characters
# Below ten million: cents fit into the database's integers.
_DOLLARS = re.compile(r"\$?\s*(\d(?:,\d{3}){2}|\d{1,3}(?:,\d{3})?|\d{1,7})(?:\.(\d{1,2}))?")


class DollarsField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """An amount typed in dollars ($1,200.50 or 1200); `data` stays what was typed, `cents` is the integer or None."""

    cents: int | None = None

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        typed = (self.data or "").strip()
        found = _DOLLARS.fullmatch(typed)
        if found:
            self.cents = int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))
        elif typed:
            raise ValueError(gettext("Enter an amount in dollars, such as 1200 or 1,200.50."))


class Checkboxes(SelectMultipleField):  # type: ignore[misc]  # WTForms ships no types
    """Several of a list, as boxes to check."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PayForm(PortalForm):
    """Only the button."""


class WaiverForm(PortalForm):
    """What a learner tells of the household."""

    household_size = IntegerField(
        _("How many people live in your household, with you?"),
        validators=[
            InputRequired(_("Enter how many people live in your household, from 1 to 30.")),
            NumberRange(1, LARGEST_HOUSEHOLD, _("Enter how many people live in your household, from 1 to 30.")),
        ],
    )
    monthly_income = DollarsField(
        _("What is your household's income in a month, before taxes?"),
        validators=[InputRequired(_("Enter your household's income in a month. Enter 0 if there is none."))],
    )
    benefits = Checkboxes(_("Does anyone in your household get one of these?"), validators=[Optional()])
    statement = TextAreaField(
        _("Is there anything else that the court should know about what you can pay?"),
        validators=[Optional(), Length(max=LONGEST_STATEMENT, message=_("Please write a little less."))],
    )

    def offer(self, benefits: tuple[str, ...]) -> None:
        """The benefits of the court's rules; nothing else can be sent."""
        self.benefits.choices = [(name, name) for name in benefits]

    def to_request(self) -> WaiverRequest:
        return WaiverRequest(
            household_size=self.household_size.data,
            monthly_income_cents=self.monthly_income.cents or 0,
            benefits=tuple(self.benefits.data or ()),
            statement=(self.statement.data or "").strip(),
        )


class DecisionForm(PortalForm):
    """A person's decision on a request."""

    outcome = RadioField(_("Your decision"), validators=[InputRequired(_("Choose a decision."))])
    amount = DollarsField(_("Amount to waive (only for a part of the fee)"), validators=[Optional()])
    reason = SelectField(_("Reason (only when you do not grant it)"), validators=[Optional()])
    explanation = TextAreaField(
        _("Explain your decision"),
        description=_("The participant reads this. Required unless you grant it in full."),
        validators=[Optional(), Length(max=LONGEST_STATEMENT, message=_("Please write a little less."))],
    )

    def offer(self, outcomes: tuple[Outcome, ...]) -> None:
        """The decisions that this person may make."""
        words: dict[Outcome, Any] = {
            Outcome.FULL: _("Waive all of it"),
            Outcome.PARTIAL: _("Waive a part"),
            Outcome.DENIED: _("Do not grant it"),
        }
        self.outcome.choices = [(outcome.value, words[outcome]) for outcome in outcomes]
        self.reason.choices = [("", _("- Select -")), *((key, text) for key, text in DENIAL_REASONS.items())]

    def to_decision(self) -> Decision:
        outcome = Outcome(self.outcome.data)
        return Decision(
            outcome=outcome,
            amount_cents=self.amount.cents if outcome is Outcome.PARTIAL else None,
            reason=(self.reason.data or "") if outcome is Outcome.DENIED else "",
            explanation=self.explanation.data or "",
        )
