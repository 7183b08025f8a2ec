"""Reading and publishing versions of a court's program rules. The caller checks who may, and writes the audit."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from tenants.database import session, transaction
from tenants.models import ProgramRules, RulesState
from tenants.program import ProgramDocument


class NoRules(LookupError):
    """The court has not published its program rules yet."""


def _no_clock() -> datetime:
    raise RuntimeError("tenants.rules.follow(now) was not called")


_now: Callable[[], datetime] = _no_clock


def follow(now: Callable[[], datetime]) -> None:
    """Read the time (UTC) from `now` from here on. Called once per process by the factory."""
    global _now
    _now = now


def rules_in_force() -> tuple[ProgramRules, ProgramDocument]:
    """The newest published version of the court at work whose begin has come. One statement. Raises NoRules."""
    row = session().scalar(_newest())
    if row is None:
        raise NoRules
    return row, ProgramDocument.model_validate(row.document)


def section_in_force(name: str) -> Any:
    """One section of the rules in force as it is stored; None where it is not there, or no rules are. One statement.

    For pages that need no more: reading a whole document costs more than many a page.
    """
    return session().execute(_newest().with_only_columns(ProgramRules.document[name])).scalar()


def _newest() -> Select[ProgramRules]:
    return (
        select(ProgramRules)
        .where(
            ProgramRules.state == RulesState.PUBLISHED,
            ProgramRules.canceled_at.is_(None),
            or_(ProgramRules.begins_at.is_(None), ProgramRules.begins_at <= _now()),
        )
        .order_by(ProgramRules.version.desc())
        .limit(1)
    )


def rules_of(rules_id: UUID) -> ProgramDocument:
    """The document of one version: what an enrollment is pinned to. Raises NoRules."""
    row = session().scalar(select(ProgramRules).where(ProgramRules.id == rules_id))
    if row is None:
        raise NoRules
    return ProgramDocument.model_validate(row.document)


def documents_of(rules_ids: Collection[UUID]) -> dict[UUID, ProgramDocument]:
    """The documents of several versions by id. One statement."""
    rows = session().execute(select(ProgramRules.id, ProgramRules.document).where(ProgramRules.id.in_(rules_ids)))
    return {rules_id: ProgramDocument.model_validate(document) for rules_id, document in rows}


def publish(
    document: ProgramDocument,
    *,
    by: UUID | None,
    reason: str,
    at: datetime,
    begins_at: datetime | None = None,
    for_running: bool = False,
) -> ProgramRules:
    """Make `document` the next version, in force at once or from `begins_at` on (`at` is now; both UTC).

    Earlier versions stay as they are. `for_running`: what may be applied to running cases will be (see the caller).
    """
    with transaction() as current:
        last = current.scalar(select(func.max(ProgramRules.version))) or 0
        row = ProgramRules(
            version=last + 1,
            state=RulesState.PUBLISHED,
            document=document.to_json(),
            reason=reason,
            created_at=at,
            published_at=at,
            published_by=by,
            begins_at=begins_at,
            for_running=for_running,
        )
        current.add(row)
        current.flush()
    return row
