"""What changed in a case since its last hearing, for the judge: also what was sent and decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Text, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.accountability.models import CheckIn
from app.accountability.violations.models import PossibleViolation
from app.caseload.changes import Changes
from app.learning.models import ModuleProgress
from app.learning.overview import CLEARED
from app.payments.kinds import IS_MONEY, IS_WAIVED
from app.payments.models import LedgerEntry
from tenants.database import session


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
        cents = func.greatest(0, -func.coalesce(func.sum(LedgerEntry.amount_cents), 0))
        return of(LedgerEntry, cents, which, on(LedgerEntry.at) >= since)

    passed = (ModuleProgress.state.in_(CLEARED), on(ModuleProgress.passed_at) >= since)
    rows = session().execute(
        select(
            key.label("key"),
            of(ModuleProgress, func.count(), *passed).label("modules_passed"),
            of(CheckIn, func.count(), on(CheckIn.submitted_at) >= since).label("check_ins_sent"),
            of(CheckIn, func.count(), CheckIn.state == "missed", CheckIn.due_on >= since).label("check_ins_missed"),
            of(PossibleViolation, func.count(), on(PossibleViolation.opened_at) >= since).label("violations_noted"),
            of(PossibleViolation, func.count(), on(PossibleViolation.decided_at) >= since).label("violations_decided"),
            sum_of(IS_MONEY).label("paid_cents"),
            sum_of(IS_WAIVED).label("waived_cents"),
        ).select_from(given)
    )
    return {row.pop("key"): Changes(**row) for row in map(dict, rows.mappings())}
