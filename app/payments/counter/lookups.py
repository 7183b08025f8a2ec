"""What the counter shows: the statement of a fee entry by entry, payments and corrections of a case. Cents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from app.cases.lookups import names_of, visible_enrollments
from app.cases.models import Enrollment
from app.core.court_words import in_reader_language
from app.core.gathering import Gathered
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.payments.counter.models import CounterPayment, CounterRefund, LedgerAdjustment
from app.payments.counter.paying_back import paid_back_in
from app.payments.counter.rules import METHOD_WORDS
from app.payments.installments.lookups import Plan, plan_in
from app.payments.kinds import Meaning, meaning_of
from app.payments.lookups import ledger_of
from app.payments.models import LedgerEntry
from app.payments.refunds.lookups import LookedAt, looked_at_in
from app.permissions.identity import Identity
from tenants.database import session
from tenants.rules import rules_of

PAGE = 50
_CARD_WORDS: dict[str, LazyString] = {
    "paid": _l("Paid by card"),
    "refunded": _l("Paid back to the card"),
    "disputed": _l("Taken back by the bank while it looks at the payment"),
    "dispute_won": _l("Given back by the bank"),
    "dispute_lost": _l("The bank keeps the payment"),
    "adjusted": _l("A refund did not arrive"),
}


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry: `cents` adds to what is owed, `owed_after` is the balance then; `note` says more."""

    id: UUID
    at: datetime
    words: str
    note: str
    kind: str
    component: str
    cents: int
    owed_after: int
    effect: str
    meaning: Meaning


def statement_lines(enrollment: Enrollment) -> list[StatementLine]:
    """Every entry of the ledger of an enrollment in words, the oldest first, with the running balance."""
    payments = {str(one.id): one for one in payments_of(enrollment.id)}
    adjustments = {str(one.id): one for one in adjustments_of(enrollment.id)}
    paid_back = {str(one.id): one for one in paid_back_in(enrollment.id)}
    labels: dict[str, str] = {}
    if enrollment.rules_id is not None:
        labels = {one.key: in_reader_language(one.label) for one in rules_of(enrollment.rules_id).fees.components}
    places = {key: place for place, key in enumerate(labels)}
    # Those of one instant were written together: the fee first, its parts as the rules list them.
    entries = sorted(ledger_of(enrollment.id), key=lambda e: (e.at, e.kind != "assessed", places.get(e.component, 0)))
    found, owed = [], 0
    for entry in entries:
        owed += entry.amount_cents
        words, note = _in_words(entry, labels.get(entry.component, entry.component), payments, adjustments, paid_back)
        found.append(
            StatementLine(
                id=entry.id,
                at=entry.at,
                words=words,
                note=note,
                kind=entry.kind,
                component=entry.component,
                cents=entry.amount_cents,
                owed_after=owed,
                effect=entry.effect,
                meaning=meaning_of(entry),
            )
        )
    return found


def _in_words(
    entry: LedgerEntry,
    label: str,
    payments: Mapping[str, CounterPayment],
    adjustments: Mapping[str, LedgerAdjustment],
    paid_back: Mapping[str, CounterRefund],
) -> tuple[str, str]:
    meaning, (_source, _colon, rest) = meaning_of(entry), entry.effect.partition(":")
    if meaning is Meaning.ASSESSED:
        return _("Fee: %(part)s", part=label), ""
    if meaning is Meaning.WAIVED:
        taken_back = entry.kind == "adjusted"
        return (_("Waiver taken back: %(part)s", part=label) if taken_back else _("Waived: %(part)s", part=label)), ""
    if meaning is Meaning.CORRECTED:
        asked = adjustments.get(rest)
        return (_("Correction: %(part)s", part=label) if label else str(_("Correction"))), asked.reason if asked else ""
    if rest in paid_back:
        given = paid_back[rest]
        return _("Paid back at the counter: %(how)s", how=METHOD_WORDS[given.method]), given.reason
    payment = payments.get(rest.partition(":")[0])
    if payment is None:
        return str(_CARD_WORDS[entry.kind]), ""
    receipt = _("Receipt %(number)s", number=payment.receipt)
    if entry.kind == "refunded":
        return str(_("Payment at the counter voided")), f"{receipt}. {payment.void_reason}"
    return _("Paid at the counter: %(how)s", how=METHOD_WORDS[payment.method]), receipt


def payments_of(enrollment_id: UUID) -> Sequence[CounterPayment]:
    """All payments at the counter of one enrollment, the oldest first, voided ones too."""
    query = select(CounterPayment).where(CounterPayment.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(CounterPayment.recorded_at, CounterPayment.id)).all()


def adjustments_of(enrollment_id: UUID) -> Sequence[LedgerAdjustment]:
    """All corrections of one enrollment, the oldest first, whatever became of them."""
    query = select(LedgerAdjustment).where(LedgerAdjustment.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(LedgerAdjustment.asked_at, LedgerAdjustment.id)).all()


@dataclass(frozen=True)
class CaseMoney:
    """The money part of the case page: the plan, the counter, corrections, who did it, what stands open."""

    plan: Plan | None
    payments: Sequence[CounterPayment]
    paid_back: Sequence[CounterRefund]
    adjustments: Sequence[LedgerAdjustment]
    names: Mapping[UUID, str]
    looked_at: LookedAt


def people_of_money(found: Gathered) -> set[UUID | None]:
    """Whose names `case_money_in` wants."""
    return {
        *(person for one in found.of(CounterPayment) for person in (one.recorded_by, one.voided_by)),
        *(one.paid_by for one in found.of(CounterRefund)),
        *(person for one in found.of(LedgerAdjustment) for person in (one.asked_by, one.decided_by)),
    }


def case_money_in(found: Gathered, names: Mapping[UUID, str]) -> CaseMoney:
    """The money part of a case whose rows were gathered for somebody who may see them."""
    return CaseMoney(
        plan_in(found),
        found.of(CounterPayment),
        found.of(CounterRefund),
        found.of(LedgerAdjustment),
        names,
        looked_at_in(found),
    )


@dataclass(frozen=True)
class WaitingAdjustment:
    """A correction that waits for a second person, with its case (`.referral.person` loaded)."""

    adjustment: LedgerAdjustment
    enrollment: Enrollment
    asked_by: str


def waiting_adjustments(
    identity: Identity, *, after: UUID | None = None
) -> tuple[Sequence[WaitingAdjustment], UUID | None]:
    """At most PAGE corrections that wait, the oldest first, and where the next page goes on."""
    query = (
        visible_enrollments(identity)
        .join(LedgerAdjustment, LedgerAdjustment.enrollment_id == Enrollment.id)
        .add_columns(LedgerAdjustment)
        .where(LedgerAdjustment.state == "waiting")
        .order_by(LedgerAdjustment.asked_at, LedgerAdjustment.id)
        .limit(PAGE + 1)
    )
    place = session().scalar(select(LedgerAdjustment).where(LedgerAdjustment.id == after)) if after else None
    if place is not None:
        query = query.where(tuple_(LedgerAdjustment.asked_at, LedgerAdjustment.id) > (place.asked_at, place.id))
    rows = session().execute(query).all()
    names = names_of({adjustment.asked_by for _enrollment, adjustment in rows})
    found = [WaitingAdjustment(one, enrollment, names.get(one.asked_by, "")) for enrollment, one in rows]
    return found[:PAGE], found[PAGE - 1].adjustment.id if len(found) > PAGE else None
