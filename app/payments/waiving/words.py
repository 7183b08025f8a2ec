"""What a request tells, as rows of name and value for people: on the check page, on the copy, and for the court."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.payments.models import Waiver
from app.payments.waiving.computing import PERIOD_WORDS
from app.payments.waiving.rules import (
    ASKED_WORDS,
    EXPENSE_WORDS,
    PROOF_CHOICE_WORDS,
    Answers,
    AskedFor,
    ProofChoice,
    Step,
)

Row = tuple[Step, str, str]


def answer_rows(answers: Answers, steps: Sequence[Step], files: Sequence[str], *, mine: bool = True) -> list[Row]:
    """(step, name, value) of every answer, in the order of the steps; `mine`: read by the person who asks."""
    said: dict[Step, tuple[str, str]] = {
        Step.BENEFITS: (_("Benefits"), ", ".join(answers.benefits or ()) or _("none of those on the list")),
        Step.HOUSEHOLD: (_("People in the household"), str(answers.household_size or "")),
        Step.INCOME: (_("Household income, before taxes"), _income(answers)),
        Step.EXPENSES: (_("What has to be paid each month"), _expenses(answers.expenses or {})),
        Step.PROOF: (_("Proof"), _proof(answers, files)),
        Step.ASKING: (_("What you ask for") if mine else _("What is asked for"), _asked(answers)),
        Step.STATEMENT: (_("In your own words"), answers.statement or _("nothing written")),
    }
    return [(step, *said[step]) for step in steps]


def told_rows(waiver: Waiver, files: Sequence[str], *, mine: bool = True) -> list[tuple[str, str]]:
    """(name, value) of everything that a request tells, as it was sent."""
    answers = Answers(
        benefits=tuple(waiver.benefits),
        household_size=waiver.household_size,
        income_cents=waiver.income_cents,
        income_period=waiver.income_period,
        expenses=waiver.expenses,
        proof_choice=waiver.proof_choice,
        no_proof_reason=waiver.no_proof_reason,
        asked_for=waiver.asked_for,
        can_pay_cents=waiver.can_pay_cents,
        statement=waiver.statement,
    )
    steps = [step for step in Step if (step is not Step.EXPENSES or waiver.expenses)]
    return [(label, value) for _step, label, value in answer_rows(answers, steps, files, mine=mine)]


def _income(answers: Answers) -> str:
    period = PERIOD_WORDS.get(answers.income_period, "")
    return f"{format_cents(answers.income_cents or 0)}, {period}"


def _expenses(expenses: Mapping[str, int]) -> str:
    told = [f"{EXPENSE_WORDS[name]}: {format_cents(expenses[name])}" for name in EXPENSE_WORDS if name in expenses]
    return _joined(told) or _("nothing named")


def _proof(answers: Answers, files: Sequence[str]) -> str:
    if answers.proof_choice == ProofChoice.FILES:
        return _joined(files) or str(PROOF_CHOICE_WORDS[ProofChoice.FILES])
    said = str(PROOF_CHOICE_WORDS.get(answers.proof_choice, ""))
    return f"{said}: {answers.no_proof_reason}" if answers.no_proof_reason else said


def _asked(answers: Answers) -> str:
    words = str(ASKED_WORDS.get(answers.asked_for, ""))
    if answers.asked_for == AskedFor.PART and answers.can_pay_cents:
        can_pay = _("%(amount)s can be paid", amount=format_cents(answers.can_pay_cents))
        return f"{words}: {can_pay}"
    return words


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(parts)
