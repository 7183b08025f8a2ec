"""What the papers of the fee say, collected once, in the language at hand. Cents; court-local dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from babel.dates import format_date

from app.cases.lookups import names_of
from app.cases.models import Enrollment
from app.core import clock
from app.core.court_words import in_reader_language
from app.core.i18n import LOCALES, current_language, ngettext
from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.payments.counter.lookups import StatementLine, statement_lines
from app.payments.counter.models import CounterPayment
from app.payments.counter.rules import METHOD_WORDS
from app.payments.deciding.lookups import letter_facts
from app.payments.deciding.rules import Outcome
from app.payments.deciding.told import Answer
from app.payments.installments.lookups import plan_of
from app.payments.kinds import Meaning
from app.payments.lookups import balance_cents
from app.payments.models import Waiver
from app.payments.payees.lookups import as_moved
from app.payments.payees.rules import NOBODY, in_turn, shares_of
from app.payments.waiving.computing import Computation, Why
from app.payments.waiving.lookups import computation_of, proofs_of
from app.payments.waiving.services import declaration
from app.payments.waiving.words import told_rows
from app.reports.fee_snapshot import (
    FeeEntry,
    FeePart,
    FeeStatement,
    LetterLine,
    PlannedPart,
    Receipt,
    WaiverCopy,
    WaiverLetter,
)
from app.reports.wording import instant_words
from tenants.models import Court
from tenants.program import FeeComponent
from tenants.rules import rules_of

HUNDREDTHS = 100  # basis points of one percent


def receipt_of(payment: CounterPayment, court: Court, *, voided: bool) -> Receipt:
    """The receipt of a payment at the counter as things stand; `voided`: the notice that it is void."""
    names = names_of([payment.recorded_by, payment.voided_by])
    said: dict[str, Any] = {}
    if voided and payment.voided_at is not None and payment.voided_by is not None:
        said = {
            "voided_on": instant_words(payment.voided_at, court.time_zone, current_language()),
            "voided_by": names.get(payment.voided_by, ""),
            "void_reason": payment.void_reason,
        }
    return Receipt(
        number=payment.receipt,
        received_on=payment.received_on,
        recorded_on=instant_words(payment.recorded_at, court.time_zone, current_language()),
        method=str(METHOD_WORDS[payment.method]),
        reference=payment.reference,
        cents=payment.amount_cents,
        taken_by=names.get(payment.recorded_by, ""),
        owed_cents=balance_cents(payment.enrollment_id),
        **said,
    )


def statement_facts(enrollment: Enrollment, court: Court) -> FeeStatement:
    """Every entry with the running balance, whose each cent is, and the plan to pay in parts."""
    lines, plan = statement_lines(enrollment), plan_of(enrollment.id)
    return FeeStatement(
        entries=tuple(
            FeeEntry(
                on=clock.local(line.at, court.time_zone).date(),
                words=line.words,
                note=line.note,
                cents=line.cents,
                owed_after_cents=line.owed_after,
            )
            for line in lines
        ),
        parts=_parts(lines, _components(enrollment)),
        plan=()
        if plan is None
        else tuple(
            PlannedPart(number=one.number, due_on=one.due_on, cents=one.amount_cents, left_cents=one.left_cents)
            for one in plan.parts
        ),
        balance_cents=lines[-1].owed_after if lines else 0,
    )


class _Row(NamedTuple):
    """An entry as `as_moved` reads it."""

    effect: str
    kind: str
    component: str
    amount_cents: int
    meaning: Meaning


def _components(enrollment: Enrollment) -> Sequence[FeeComponent]:
    return () if enrollment.rules_id is None else rules_of(enrollment.rules_id).fees.components


def _parts(lines: Sequence[StatementLine], components: Sequence[FeeComponent]) -> tuple[FeePart, ...]:
    """What each payee is owed and has by now; the last line is what belongs to no part."""
    known = {one.key: one for one in components}
    keys = [*known, *sorted({line.component for line in lines} - {*known, NOBODY})]
    rows = [_Row(line.effect, line.kind, line.component, line.cents, line.meaning) for line in lines]
    written = [(line.at, as_moved(row)) for line, row in zip(lines, rows, strict=True)]
    fixed = frozenset(key for key, one in known.items() if not one.refundable)
    shares = shares_of(in_turn(written, fixed), keys, fixed)
    found = []
    for key in (*keys, NOBODY):
        due, paid = shares.owed.get(key, 0), shares.held.get(key, 0)
        if key == NOBODY and not (due or paid):
            continue
        rule = known.get(key)
        label = in_reader_language(rule.label) if rule else key or _("The fee as a whole")
        payee = in_reader_language(rule.payee) if rule else ""
        found.append(FeePart(label=label, payee=payee, due_cents=due, paid_cents=paid))
    return tuple(found)


def letter_of(decision_id: UUID) -> tuple[WaiverLetter, Answer]:
    """The letter about one answer of the court. Raises NotFound."""
    answer = letter_facts(decision_id).answer
    asks_for_proof = answer.kind is Outcome.NEEDS_PROOF
    letter = WaiverLetter(
        sent_on=answer.sent_on,
        decided_on=answer.decided_on,
        decided_by=answer.decided_by,
        headline=answer.headline(),
        reason=answer.reason_words(),
        explanation=answer.explanation,
        amounts=tuple(answer.amounts()),
        numbers=() if asks_for_proof else (*answer.why(), *_guideline_source(answer)),
        lines=()
        if asks_for_proof
        else tuple(
            LetterLine(label=line.label, fee_cents=line.assessed_cents, waived_cents=line.waived_cents)
            for line in answer.lines
        ),
        next_steps=(*answer.next_steps(), *_how(answer)),
    )
    return letter, answer


def _guideline_source(answer: Answer) -> list[str]:
    if answer.basis.get("guideline_cents") is None:
        return []
    return [_("Source: U.S. Department of Health and Human Services, Federal Register.")]


def _how(answer: Answer) -> list[str]:
    """Where to do what the letter speaks of, for those who have only the paper."""
    if answer.kind is Outcome.NEEDS_PROOF:
        return [_("Sign in and open “Fee”, or bring it to the court office.")]
    if answer.ask_again_until:
        return [_("To ask again, sign in and open “Fee”, or come to the court office. It is free.")]
    return []


def copy_of(waiver: Waiver, enrollment: Enrollment, court: Court) -> WaiverCopy:
    """What a request asked, as it was signed."""
    files = [proof.file.name for proof in proofs_of(waiver.id)]
    how = []
    if waiver.from_paper:
        how.append(_("Signed on paper; the scan is with the request."))
    if waiver.assisted_by:
        how.append(_("Filled in at the counter of the court."))
    return WaiverCopy(
        sent_on=instant_words(waiver.submitted_at, court.time_zone, current_language()),
        rows=tuple(told_rows(waiver, files)),
        numbers=tuple(computed_words(computation_of(waiver, enrollment))),
        declaration=(waiver.signed_words or declaration()) if waiver.typed_name else "",
        signed_name=waiver.typed_name,
        signed_how=tuple(how),
        fingerprint=waiver.signed_sha256,
    )


def computed_words(found: Computation) -> list[str]:
    """Every number from the household to what the rules propose, a sentence each: what the page of the request says."""
    said = [_household_words(found)]
    if found.times_a_year > 1:
        income = format_cents(found.household.income_cents)
        said.append(_("Income in a year: %(amount)s, %(times)s times a year.", amount=income, times=found.times_a_year))
    said += _guideline_words(found)
    if found.why is Why.BENEFIT:
        names = ", ".join(found.household.benefits)
        said.append(_("The court's rules: a person who gets %(names)s counts as unable to pay.", names=names))
    elif found.why is Why.BAND and found.band is not None:
        limit, part = found.band.up_to_percent, found.band.rate // HUNDREDTHS
        said.append(
            _(
                "The court's rules: with an income up to %(limit)s%% of the guideline, "
                "%(part)s%% of the fee is waived.",
                limit=limit,
                part=part,
            )
        )
    elif found.why is Why.ABOVE_BANDS:
        said.append(
            _("The income is above the court's steps. That denies nothing: a person looks at everything that was told.")
        )
    said.append(_("This is only a proposal by the court's rules. A person decides, and only a person can say no."))
    return [str(one) for one in said]


def _household_words(found: Computation) -> str:
    people = ngettext("%(num)d person", "%(num)d people", found.household.size)
    household, income = _("Household"), _("Income in a year")
    return f"{household}: {people}. {income}: {format_cents(found.annual_cents)}."


def _guideline_words(found: Computation) -> list[str]:
    line = found.guideline
    if line is None or found.guideline_cents is None:
        return [_("No poverty guideline is known for that day, so a person looks at the income alone.")]
    day = format_date(line.effective, "long", locale=LOCALES[current_language()])
    region, base = line.region_label, format_cents(line.base_cents)
    first = _(
        "Poverty guideline (%(region)s, in force since %(day)s): %(base)s for one person",
        region=region,
        day=day,
        base=base,
    )
    more = format_cents(line.person_cents)
    further = _(", and %(more)s for each further person", more=more) if found.household.size > 1 else ""
    source = _("Source: U.S. Department of Health and Human Services, Federal Register.")
    percent = _("%(percent)s%%", percent=found.percent)
    return [
        f"{first}{further}. {source}",
        _(
            "Income compared with the guideline: %(income)s divided by %(line)s, rounded up.",
            income=format_cents(found.annual_cents),
            line=format_cents(found.guideline_cents),
        )
        + f" {percent}.",
    ]
