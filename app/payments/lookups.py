"""Reading the money of an enrollment: what was asked, what was waived and paid, what is owed. Cents throughout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.core.court_words import in_reader_language
from app.core.errors import NotFound
from app.payments.kinds import MEANING, Meaning
from app.payments.models import Checkout, LedgerEntry, Waiver
from app.payments.rules import WAIVER_PENDING
from app.permissions.identity import Identity
from tenants.database import session
from tenants.rules import rules_of


def balance_cents(enrollment_id: UUID) -> int:
    """What is owed; below zero when the court owes the learner."""
    total = select(func.coalesce(func.sum(LedgerEntry.amount_cents), 0)).where(
        LedgerEntry.enrollment_id == enrollment_id
    )
    return int(session().scalar(total) or 0)


def balances(enrollment_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The balance of each enrollment, in one statement; 0 for one without a ledger."""
    wanted = list(enrollment_ids)
    rows = session().execute(
        select(LedgerEntry.enrollment_id, func.sum(LedgerEntry.amount_cents))
        .where(LedgerEntry.enrollment_id.in_(wanted))
        .group_by(LedgerEntry.enrollment_id)
    )
    return dict.fromkeys(wanted, 0) | {enrollment_id: int(total) for enrollment_id, total in rows}


@dataclass(frozen=True)
class ComponentLine:
    """One part of the fee as it is shown."""

    key: str
    label: str
    payee: str
    assessed_cents: int
    waived_cents: int


@dataclass(frozen=True)
class Statement:
    """The fee of an enrollment: assessed + corrected - waived - paid = balance.

    `paid_cents` is what arrived and was not given back or disputed; `corrected_cents` is signed.
    """

    lines: tuple[ComponentLine, ...]
    paid_cents: int
    balance_cents: int
    corrected_cents: int = 0

    @property
    def assessed_cents(self) -> int:
        return sum(line.assessed_cents for line in self.lines)

    @property
    def waived_cents(self) -> int:
        return sum(line.waived_cents for line in self.lines)


def statement_of(enrollment: Enrollment) -> Statement:
    """The statement by the rules that the enrollment is pinned to; empty before it is enrolled."""
    if enrollment.rules_id is None:
        return Statement((), 0, 0)
    sums: dict[tuple[str, str], int] = {}
    meaning_label = MEANING.label("meaning")
    rows = session().execute(
        select(meaning_label, LedgerEntry.component, func.sum(LedgerEntry.amount_cents))
        .where(LedgerEntry.enrollment_id == enrollment.id)
        .group_by(meaning_label, LedgerEntry.component)
    )
    for meaning, component, cents in rows:
        sums[meaning, component] = int(cents)
    lines = tuple(
        ComponentLine(
            c.key,
            in_reader_language(c.label),
            c.payee,
            sums.get(("assessed", c.key), 0),
            -sums.get(("waived", c.key), 0),
        )
        for c in rules_of(enrollment.rules_id).fees.components
    )
    money, corrected = (
        sum(cents for (meaning, _component), cents in sums.items() if meaning == of)
        for of in (Meaning.MONEY, Meaning.CORRECTED)
    )
    return Statement(lines, -money, sum(sums.values()), corrected)


def ledger_of(enrollment_id: UUID) -> Sequence[LedgerEntry]:
    """Every entry, oldest first."""
    return (
        session()
        .scalars(
            select(LedgerEntry)
            .where(LedgerEntry.enrollment_id == enrollment_id)
            .order_by(LedgerEntry.at, LedgerEntry.id)
        )
        .all()
    )


def newest_checkout(enrollment_id: UUID) -> Checkout | None:
    """The payment that was begun last."""
    return session().scalar(
        select(Checkout)
        .where(Checkout.enrollment_id == enrollment_id)
        .order_by(Checkout.created_at.desc(), Checkout.id.desc())
        .limit(1)
    )


def newest_waiver(enrollment_id: UUID) -> Waiver | None:
    """The request that was sent last, decided or not."""
    return session().scalar(
        select(Waiver)
        .where(Waiver.enrollment_id == enrollment_id)
        .order_by(Waiver.submitted_at.desc(), Waiver.id.desc())
        .limit(1)
    )


def is_waiver_pending(enrollment_id: UUID) -> bool:
    """Whether the court has still to decide a request."""
    waiver = newest_waiver(enrollment_id)
    return waiver is not None and waiver.state in WAIVER_PENDING


def get_waiver_for(identity: Identity, waiver_id: UUID) -> tuple[Waiver, Enrollment]:
    """One request and its enrollment. Raises NotFound."""
    query = visible_enrollments(identity).join(Waiver, Waiver.enrollment_id == Enrollment.id).add_columns(Waiver)
    found = session().execute(query.where(Waiver.id == waiver_id)).first()
    if found is None:
        raise NotFound
    return found[1], found[0]
