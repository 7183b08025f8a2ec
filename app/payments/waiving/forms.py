"""The forms of a request, one a step. What a step tells is named as in rules.Answers."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, FileField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.core.i18n import lazy_gettext as _
from app.core.money import plain_dollars
from app.payments.forms import Checkboxes, DollarsField
from app.payments.waiving.computing import PERIOD_WORDS
from app.payments.waiving.rules import (
    ASKED_WORDS,
    EXPENSE_WORDS,
    LARGEST_HOUSEHOLD,
    LONGEST_TEXT,
    Answers,
    AskedFor,
    ProofChoice,
    Step,
)
from app.web.forms import PortalForm
from tenants.program import ProgramDocument, Proof

_HOUSEHOLD = _("Enter how many people live in your household, from 1 to 30.")
_SHORTER = _("Please write a little less.")


class StepForm(PortalForm):
    """One step. `fill` puts in what was answered before, `told` gives what is answered now."""

    def offer(self, document: ProgramDocument) -> None:
        """Fill in the choices of the court's rules; nothing else can be sent."""

    @staticmethod
    def fill(answers: Answers) -> dict[str, Any]:
        raise NotImplementedError

    def told(self) -> dict[str, Any]:
        raise NotImplementedError


class BenefitsForm(StepForm):
    benefits = Checkboxes(_("Does anyone in your household get one of these?"), validators=[Optional()])

    def offer(self, document: ProgramDocument) -> None:
        self.benefits.choices = [(name, name) for name in document.waivers.presumptive_benefits]

    @staticmethod
    def fill(answers: Answers) -> dict[str, Any]:
        return {"benefits": list(answers.benefits or ())}

    def told(self) -> dict[str, Any]:
        return {"benefits": tuple(self.benefits.data or ())}


class HouseholdForm(StepForm):
    household_size = IntegerField(
        _("How many people live in your household, with you?"),
        validators=[InputRequired(_HOUSEHOLD), NumberRange(1, LARGEST_HOUSEHOLD, _HOUSEHOLD)],
    )

    @staticmethod
    def fill(answers: Answers) -> dict[str, Any]:
        return {"household_size": answers.household_size}

    def told(self) -> dict[str, Any]:
        return {"household_size": self.household_size.data}


class IncomeForm(StepForm):
    income = DollarsField(
        _("What is your household's income, before taxes?"),
        validators=[InputRequired(_("Enter your household's income. Enter 0 if there is none."))],
    )
    period = RadioField(
        _("How often does that much come?"),
        choices=[SelectChoice(key, words) for key, words in PERIOD_WORDS.items()],
        validators=[InputRequired(_("Choose how often it comes."))],
    )

    @staticmethod
    def fill(answers: Answers) -> dict[str, Any]:
        return {"income": plain_dollars(answers.income_cents), "period": answers.income_period or None}

    def told(self) -> dict[str, Any]:
        return {"income_cents": self.income.cents, "income_period": self.period.data}


class ExpensesForm(StepForm):
    housing = DollarsField(EXPENSE_WORDS["housing"], validators=[Optional()])
    food = DollarsField(EXPENSE_WORDS["food"], validators=[Optional()])
    utilities = DollarsField(EXPENSE_WORDS["utilities"], validators=[Optional()])
    transport = DollarsField(EXPENSE_WORDS["transport"], validators=[Optional()])
    medical = DollarsField(EXPENSE_WORDS["medical"], validators=[Optional()])
    support = DollarsField(EXPENSE_WORDS["support"], validators=[Optional()])
    other = DollarsField(EXPENSE_WORDS["other"], validators=[Optional()])

    @staticmethod
    def fill(answers: Answers) -> dict[str, Any]:
        told = answers.expenses or {}
        return {name: plain_dollars(told.get(name)) for name in EXPENSE_WORDS}

    def told(self) -> dict[str, Any]:
        told = {name: self[name].cents for name in EXPENSE_WORDS}
        return {"expenses": {name: cents for name, cents in told.items() if cents}}


class ProofForm(StepForm):
    choice = RadioField(_("Your proof"), validators=[InputRequired(_("Choose one."))])
    why = TextAreaField(
        _("Why do you have no proof?"),
        validators=[Optional(), Length(max=LONGEST_TEXT, message=_SHORTER)],
    )

    def offer(self, document: ProgramDocument) -> None:
        later = [(ProofChoice.LATER.value, _("I will bring it if the court asks for it"))]
        self.choice.choices = [
            (ProofChoice.FILES.value, _("I have added my proof above")),
            *(() if document.waivers.proof is Proof.ALWAYS else later),
            (ProofChoice.NONE.value, _("I don't have proof")),
        ]

    @staticmethod
    def fill(answers: Answers) -> dict[str, Any]:
        return {"choice": answers.proof_choice or None, "why": answers.no_proof_reason}

    def told(self) -> dict[str, Any]:
        none = self.choice.data == ProofChoice.NONE
        return {"proof_choice": self.choice.data, "no_proof_reason": (self.why.data or "").strip() if none else ""}


class AskingForm(StepForm):
    asked_for = RadioField(_("What do you ask the court for?"), validators=[InputRequired(_("Choose one."))])
    can_pay = DollarsField(_("How much can you pay? (only if you ask to pay less)"), validators=[Optional()])

    def offer(self, document: ProgramDocument) -> None:
        parts = document.fees.installments.parts > 1
        self.asked_for.choices = [
            (asked.value, ASKED_WORDS[asked]) for asked in AskedFor if parts or asked is not AskedFor.INSTALLMENTS
        ]

    @staticmethod
    def fill(answers: Answers) -> dict[str, Any]:
        return {"asked_for": answers.asked_for or None, "can_pay": plain_dollars(answers.can_pay_cents)}

    def told(self) -> dict[str, Any]:
        part = self.asked_for.data == AskedFor.PART
        return {"asked_for": self.asked_for.data, "can_pay_cents": self.can_pay.cents if part else None}


class StatementForm(StepForm):
    statement = TextAreaField(
        _("Is there anything else that the court should know about what you can pay?"),
        validators=[Optional(), Length(max=LONGEST_TEXT, message=_SHORTER)],
    )

    @staticmethod
    def fill(answers: Answers) -> dict[str, Any]:
        return {"statement": answers.statement or ""}

    def told(self) -> dict[str, Any]:
        return {"statement": (self.statement.data or "").strip()}


STEP_FORMS: dict[Step, type[StepForm]] = {
    Step.BENEFITS: BenefitsForm,
    Step.HOUSEHOLD: HouseholdForm,
    Step.INCOME: IncomeForm,
    Step.EXPENSES: ExpensesForm,
    Step.PROOF: ProofForm,
    Step.ASKING: AskingForm,
    Step.STATEMENT: StatementForm,
}


class ProofFileForm(PortalForm):
    """One more photo or PDF."""

    file = FileField(_("Photo or PDF"))


class ButtonForm(PortalForm):
    """Only the button: take a file back, throw everything away."""


class SendForm(PortalForm):
    """The signature. `seen`: the digest of what stands above it on the page."""

    seen = HiddenField()
    typed_name = StringField(
        _("Your full name"),
        validators=[
            InputRequired(_("Write your full name to sign.")),
            Length(max=160, message=_("This is longer than any name.")),
        ],
    )
    consent = BooleanField(
        _("I sign this request with my typed name, and it counts like a signature on paper."),
        validators=[InputRequired(_("Check the box to sign."))],
    )


class CounterSendForm(SendForm):
    """The same at the counter: the person signs on the screen, or has signed on paper."""

    how = RadioField(
        _("How is it signed?"),
        choices=[
            SelectChoice("here", _("The person signs here and now")),
            SelectChoice("paper", _("The person has signed on paper, and the scan is among the files")),
        ],
        validators=[InputRequired(_("Choose one."))],
    )
    consent = BooleanField(
        _("The person has seen these answers and signs them, here or on the paper."),
        validators=[InputRequired(_("Check the box to sign."))],
    )
