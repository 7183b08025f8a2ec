"""One answer of the court, with every number it rests on, and how it is told. The same for pages and letters.

Words come out in the language at hand; amounts are cents, days court-local.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import format_date

from app.accounts.models import Membership
from app.core import clock
from app.core.i18n import LazyString, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import format_cents
from app.payments.deciding.models import WaiverDecision
from app.payments.deciding.rules import ASK_AGAIN_FROM, GRANTS, REASON_WORDS, Outcome, presumed_by
from app.payments.models import Waiver
from app.payments.rules import WHOLE, Band, FeeLine, band_for
from app.payments.waiving.computing import REGION_WORDS
from tenants.program import Waivers

PRESUMED, BAND, JUDGMENT = "presumed", "band", "judgment"
DEFAULT_REGION = "contiguous"

HEADLINES: dict[Outcome, LazyString] = {
    Outcome.FULL: _l("The court waived your fee."),
    Outcome.PARTIAL: _l("The court waived a part of your fee."),
    Outcome.MORE_TIME: _l("The court gives you more time to pay."),
    Outcome.INSTALLMENTS: _l("The court lets you pay in parts."),
    Outcome.NEEDS_PROOF: _l("The court asks you for proof."),
    Outcome.DENIED: _l("The court did not waive your fee."),
    Outcome.REVOKED: _l("The court took the waiver back."),
}
TONES: dict[Outcome, str] = {
    Outcome.FULL: "success",
    Outcome.PARTIAL: "success",
    Outcome.MORE_TIME: "success",
    Outcome.INSTALLMENTS: "success",
}


def basis_of(
    waiver: Waiver,
    rules: Waivers,
    lines: Sequence[FeeLine],
    *,
    waived: Mapping[str, int],
    paid_cents: int,
    balance_cents: int,
) -> dict[str, Any]:
    """The numbers that an answer rests on, kept with it. `waived` and `balance_cents`: as the answer leaves them."""
    bands = [Band(band.up_to_percent, band.waives_percent * (WHOLE // 100)) for band in rules.bands]
    band = None if waiver.guideline_percent is None else band_for(waiver.guideline_percent, bands)
    return {
        "asked_for": waiver.asked_for,
        "household_size": waiver.household_size,
        "income_cents": waiver.income_cents,
        "income_period": waiver.income_period,
        "monthly_income_cents": waiver.monthly_income_cents,
        "guideline_percent": waiver.guideline_percent,
        "guideline_cents": waiver.guideline_cents,
        "guideline_region": waiver.guideline_region or DEFAULT_REGION,
        "guideline_effective": waiver.guideline_effective.isoformat() if waiver.guideline_effective else None,
        "presumed_by": presumed_by(waiver.benefits, rules),
        "band_up_to": band.up_to_percent if band else None,
        "band_waives": band.rate // (WHOLE // 100) if band else None,
        "fee": [[line.key, line.cents, waived.get(line.key, 0)] for line in lines],
        "paid_cents": paid_cents,
        "balance_cents": balance_cents,
    }


@dataclass(frozen=True)
class AnswerLine:
    """One component of the fee, as the answer left it; `changed_cents`: what this answer waived or took back."""

    label: str
    assessed_cents: int
    waived_cents: int
    changed_cents: int

    @property
    def due_cents(self) -> int:
        return self.assessed_cents - self.waived_cents


@dataclass(frozen=True)
class Answer:
    """An answer of the court. `decided_by` is empty where the court's rules granted it without a person.

    `basis` is what `basis_of` kept; empty for answers that were given before answers were kept.
    """

    id: UUID
    waiver_id: UUID
    enrollment_id: UUID
    kind: Outcome
    sent_on: date
    at: datetime
    decided_on: date
    decided_by: str
    decider_role: str
    reason: str
    explanation: str
    rule: str
    basis: Mapping[str, Any]
    lines: tuple[AnswerLine, ...]
    changed_cents: int
    refund_cents: int
    due_on: date | None
    ask_again_until: date | None
    is_second_look: bool

    @property
    def balance_cents(self) -> int | None:
        """What was still owed after it; None where that was not kept."""
        known: int | None = self.basis.get("balance_cents")
        return known

    @property
    def tone(self) -> str:
        return TONES.get(self.kind, "info")

    @property
    def is_final(self) -> bool:
        """Whether the court has looked at it again and will not once more."""
        return self.is_second_look and self.kind in ASK_AGAIN_FROM and self.ask_again_until is None

    def headline(self) -> str:
        """The answer in one sentence."""
        if self.is_second_look and self.kind is Outcome.DENIED:
            if any(line.waived_cents for line in self.lines):
                return str(_("The court looked at it again and did not waive more of your fee."))
            return str(_("The court looked at it again and did not waive your fee."))
        return str(HEADLINES[self.kind])

    def reason_words(self) -> str:
        """The chosen reason; empty where none is needed."""
        return str(REASON_WORDS.get(self.reason, ""))

    def amounts(self) -> list[str]:
        """What changed in money, a sentence each."""
        said = []
        amount = format_cents(self.changed_cents)
        if self.kind in GRANTS:
            said.append(_("The court waived %(amount)s.", amount=amount))
        elif self.kind is Outcome.REVOKED:
            said.append(_("%(amount)s that was waived is owed again.", amount=amount))
        if self.refund_cents:
            back = format_cents(self.refund_cents)
            said.append(_("%(amount)s that you paid before goes back to you.", amount=back))
        credit = max(0, -(self.balance_cents or 0))
        if credit:
            owed = format_cents(credit)
            said.append(_("The court owes you %(amount)s. It will tell you how you get it back.", amount=owed))
        elif self.balance_cents is not None and self.kind is not Outcome.NEEDS_PROOF:
            said.append(_("After this, %(amount)s is left to pay.", amount=format_cents(self.balance_cents)))
        return said

    def why(self) -> list[str]:
        """The numbers that it rests on, a sentence each."""
        return [*self._numbers(), *self._rule()] if self.basis else []

    def _numbers(self) -> list[str]:
        known = self.basis
        said = [
            ngettext(
                "You told the court: %(num)d person in your household, with an income of %(amount)s a month.",
                "You told the court: %(num)d people in your household, with an income of %(amount)s a month.",
                known["household_size"],
                amount=format_cents(known["monthly_income_cents"]),
            )
        ]
        if known["guideline_percent"] is None:
            return said
        if known["guideline_cents"] and known["guideline_effective"]:
            said.append(
                _(
                    "The federal poverty guideline of %(day)s for such a household (%(region)s) is %(amount)s a year.",
                    day=format_date(date.fromisoformat(known["guideline_effective"]), "long"),
                    region=REGION_WORDS[known["guideline_region"]],
                    amount=format_cents(known["guideline_cents"]),
                )
            )
        said.append(_("Your income is %(percent)s%% of the guideline.", percent=known["guideline_percent"]))
        return said

    def _rule(self) -> list[str]:
        known = self.basis
        if self.rule == PRESUMED:
            name = known["presumed_by"]
            return [_("Somebody in your household gets %(name)s. By this court's rules you need not pay.", name=name)]
        if self.rule == BAND:
            return [
                _(
                    "By this court's rules, %(part)s%% of the fee is waived for an income of up to %(limit)s%% of it.",
                    part=known["band_waives"],
                    limit=known["band_up_to"],
                )
            ]
        return [_("A person at the court looked at all that you told, and decided.")]

    def next_steps(self) -> list[str]:
        """What to do now, a sentence each."""
        day = format_date(self.due_on, "long") if self.due_on else ""
        said = []
        if self.kind is Outcome.MORE_TIME:
            said.append(_("You can do your lessons now. Pay by %(day)s.", day=day))
        elif self.kind is Outcome.INSTALLMENTS:
            said.append(_("The parts and their days stand on the page of your fee. The first one opens your lessons."))
        elif self.kind is Outcome.NEEDS_PROOF and day:
            said.append(_("Please send it by %(day)s. If you have none, say so: that is an answer too.", day=day))
        elif self.kind is Outcome.NEEDS_PROOF:
            said.append(_("Please send it. If you have none, say so: that is an answer too."))
        if self.ask_again_until:
            last = format_date(self.ask_again_until, "long")
            said.append(_("If you do not agree, you can ask the court to look again until %(day)s.", day=last))
        elif self.is_final:
            said.append(_("The court has looked at your request twice. This answer is final."))
        if self.ask_again_until or self.is_final:
            said.append(_("If something changes in your life, you can send a new request at any time."))
        if self.kind in (Outcome.DENIED, Outcome.PARTIAL, Outcome.REVOKED):
            said.append(_("Not being able to pay is not, by itself, a violation."))
        return said


def answer_of(
    decision: WaiverDecision, waiver: Waiver, *, labels: Mapping[str, str], zone: str, person: Membership | None
) -> Answer:
    """One kept answer, ready to be told. `person`: who decided; None for the court's rule."""
    fee = decision.basis.get("fee", [])
    return Answer(
        id=decision.id,
        waiver_id=waiver.id,
        enrollment_id=waiver.enrollment_id,
        kind=Outcome(decision.kind),
        sent_on=clock.local(waiver.submitted_at, zone).date(),
        at=decision.at,
        decided_on=clock.local(decision.at, zone).date(),
        decided_by=person.display_name if person else "",
        decider_role=person.role if person else "",
        reason=decision.reason,
        explanation=decision.explanation,
        rule=decision.rule,
        basis=decision.basis,
        lines=tuple(AnswerLine(labels.get(k, k), assessed, off, decision.parts.get(k, 0)) for k, assessed, off in fee),
        changed_cents=sum(decision.parts.values()),
        refund_cents=decision.refund_cents,
        due_on=decision.due_on,
        ask_again_until=decision.ask_again_until,
        is_second_look=decision.reconsiders is not None,
    )
