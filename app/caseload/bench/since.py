"""What changed in a case since its last hearing, in a few facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, Text, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.accountability.models import CheckIn
from app.accountability.violations.models import PossibleViolation
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.money import format_cents
from app.learning.models import ModuleProgress
from app.learning.overview import CLEARED
from app.payments.kinds import IS_MONEY, IS_WAIVED
from app.payments.models import LedgerEntry
from tenants.database import session


class Changes(NamedTuple):
    """Counts of what happened from a court-local day on, that day included; money in cents, less what went back."""

    modules_passed: int = 0
    check_ins_sent: int = 0
    check_ins_missed: int = 0
    violations_noted: int = 0
    violations_decided: int = 0
    paid_cents: int = 0
    waived_cents: int = 0


def changes_since(days: Mapping[UUID, date], time_zone: str) -> dict[UUID, Changes]:
    """By enrollment, from the day given for each. One statement; none for nobody. Nobody's reach is looked at here."""
    if not days:
        return {}
    keys, firsts = cast(list(days), ARRAY(Uuid)), cast(list(days.values()), ARRAY(Date))
    given = func.unnest(keys, firsts).table_valued("key", "since").render_derived()
    key, since = cast(given.c.key, Uuid), cast(given.c.since, Date)

    def on(instant: Any) -> Any:
        return cast(func.timezone(cast(time_zone, Text), instant), Date)

    def of(model: Any, what: Any, *which: Any) -> Any:
        return select(what).where(model.enrollment_id == key, *which).correlate(given).scalar_subquery()

    def sum_of(which: Any) -> Any:
        cents = -func.coalesce(func.sum(LedgerEntry.amount_cents), 0)
        return of(LedgerEntry, cents, which, on(LedgerEntry.at) >= since)

    passed = (ModuleProgress.state.in_(CLEARED), on(ModuleProgress.passed_at) >= since)
    rows = session().execute(
        select(
            key,
            of(ModuleProgress, func.count(), *passed),
            of(CheckIn, func.count(), on(CheckIn.submitted_at) >= since),
            of(CheckIn, func.count(), CheckIn.state == "missed", CheckIn.due_on >= since),
            of(PossibleViolation, func.count(), on(PossibleViolation.opened_at) >= since),
            of(PossibleViolation, func.count(), on(PossibleViolation.decided_at) >= since),
            sum_of(IS_MONEY),
            sum_of(IS_WAIVED),
        ).select_from(given)
    )
    return {row[0]: Changes(*map(int, row[1:])) for row in rows}


def words_of(changes: Changes, *, money: bool) -> list[str]:
    """In a few words each, in the reader's language; empty when nothing changed."""
    said = [
        (changes.modules_passed, ngettext("%(num)s module passed", "%(num)s modules passed", changes.modules_passed)),
        (changes.check_ins_sent, ngettext("%(num)s check-in sent", "%(num)s check-ins sent", changes.check_ins_sent)),
        (
            changes.check_ins_missed,
            ngettext("%(num)s check-in missed", "%(num)s check-ins missed", changes.check_ins_missed),
        ),
        (
            changes.violations_noted,
            ngettext("%(num)s possible violation noted", "%(num)s possible violations noted", changes.violations_noted),
        ),
        (
            changes.violations_decided,
            ngettext(
                "%(num)s possible violation decided", "%(num)s possible violations decided", changes.violations_decided
            ),
        ),
    ]
    told = [str(words) for number, words in said if number]
    if money and changes.paid_cents > 0:
        told.append(str(_("%(amount)s paid", amount=format_cents(changes.paid_cents))))
    if money and changes.waived_cents > 0:
        told.append(str(_("%(amount)s waived", amount=format_cents(changes.waived_cents))))
    return told
