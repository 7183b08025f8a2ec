"""Forms of the court's answers and the learner's replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core.i18n import lazy_gettext as _
from app.payments.deciding.replies import LONGEST_WORDS
from app.payments.deciding.rules import ANSWER_WORDS, DENIAL_REASONS, REVOCATION_REASONS, Decision, Outcome
from app.payments.forms import DollarsField
from app.web.forms import DatePartsField, PortalForm

_SHORTER = _("Please write a little less.")
_PART = "part_"


def _explanation(words: Any) -> TextAreaField:
    return TextAreaField(
        _("Explain your decision"),
        description=words,
        validators=[Optional(), Length(max=LONGEST_WORDS, message=_SHORTER)],
    )


class DecisionForm(PortalForm):
    """A person's answer to a request. Components get a box each; see `decision_form`."""

    outcome = RadioField(_("Your decision"), validators=[InputRequired(_("Choose a decision."))])
    amount = DollarsField(_("Amount to waive (only for a part of the fee)"), validators=[Optional()])
    due_on = DatePartsField(
        _("Last day (only for more time, or to send proof)"), description=_("For example: 4 / 28 / 2027")
    )
    reason = SelectField(_("Reason (only when you do not grant it)"), validators=[Optional()])
    explanation = _explanation(_("The participant reads this. Required unless you grant it in full."))

    parts: tuple[str, ...] = ()  # keys of the components that have a box

    def part_fields(self) -> list[Any]:
        """The boxes of the components."""
        return [self[f"{_PART}{key}"] for key in self.parts]

    def to_decision(self) -> Decision:
        outcome = Outcome(self.outcome.data)
        part, denied = outcome is Outcome.PARTIAL, outcome is Outcome.DENIED
        by_key = {key: self[f"{_PART}{key}"].cents or 0 for key in self.parts}
        dated = outcome in (Outcome.MORE_TIME, Outcome.NEEDS_PROOF)
        return Decision(
            outcome=outcome,
            amount_cents=self.amount.cents if part and not any(by_key.values()) else None,
            parts=by_key if part else {},
            reason=(self.reason.data or "") if denied else "",
            explanation=self.explanation.data or "",
            due_on=self.due_on.data if dated else None,
        )


def decision_form(
    outcomes: Sequence[Outcome], components: Mapping[str, str], *, row_version: int, proposed: str = ""
) -> DecisionForm:
    """The form with the answers that this person may give, and a box for each component (label by key).

    `proposed`: what the court's rules propose to waive, as it stands in the box to begin with.
    """
    fields: dict[str, Any] = {}
    if len(components) > 1 and Outcome.PARTIAL in outcomes:
        fields = {f"{_PART}{key}": DollarsField(label, validators=[Optional()]) for key, label in components.items()}
    made = type("DecisionFormOfFee", (DecisionForm,), {**fields, "parts": tuple(components) if fields else ()})
    form: DecisionForm = made(row_version=row_version, amount=proposed)
    form.outcome.choices = [(outcome.value, ANSWER_WORDS[outcome]) for outcome in outcomes]
    form.reason.choices = [("", _("- Select -")), *DENIAL_REASONS.items()]
    return form


class RevocationForm(PortalForm):
    """Taking a waiver back."""

    reason = SelectField(_("Reason"), validators=[InputRequired(_("Choose a reason."))])
    explanation = TextAreaField(
        _("Explain your decision"),
        description=_("The participant reads this."),
        validators=[
            DataRequired(_("Explain your decision. The participant reads this.")),
            Length(max=LONGEST_WORDS, message=_SHORTER),
        ],
    )

    def offer(self) -> None:
        """The reasons to choose from."""
        self.reason.choices = [("", _("- Select -")), *REVOCATION_REASONS.items()]


class AskAgainForm(PortalForm):
    """The learner asks the court to look again."""

    words = TextAreaField(
        _("What should the court look at again?"),
        validators=[
            DataRequired(_("Write what the court should look at again.")),
            Length(max=LONGEST_WORDS, message=_SHORTER),
        ],
    )


class ProofReplyForm(PortalForm):
    """The learner's answer to the court's question for proof."""

    answer = RadioField(
        _("Your answer"),
        choices=[SelectChoice("added", _("I added what I have")), SelectChoice("none", _("I do not have proof"))],
        validators=[InputRequired(_("Choose an answer."))],
    )
    words = TextAreaField(
        _("Is there anything to say about it?"),
        description=_("Required if you do not have proof: write why."),
        validators=[Optional(), Length(max=LONGEST_WORDS, message=_SHORTER)],
    )
