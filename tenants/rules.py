"""Reading and publishing versions of a court's program rules. The caller checks who may, and writes the audit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tenants.database import session, transaction
from tenants.models import ProgramRules, RulesState
from tenants.program import ProgramDocument


class NoRules(LookupError):
    """The court has not published its program rules yet."""


def rules_in_force() -> tuple[ProgramRules, ProgramDocument]:
    """The newest published version of the court at work. Raises NoRules."""
    newest = (
        select(ProgramRules)
        .where(ProgramRules.state == RulesState.PUBLISHED)
        .order_by(ProgramRules.version.desc())
        .limit(1)
    )
    row = session().scalar(newest)
    if row is None:
        raise NoRules
    return row, ProgramDocument.model_validate(row.document)


def rules_of(rules_id: UUID) -> ProgramDocument:
    """The document of one version: what an enrollment is pinned to. Raises NoRules."""
    row = session().scalar(select(ProgramRules).where(ProgramRules.id == rules_id))
    if row is None:
        raise NoRules
    return ProgramDocument.model_validate(row.document)


def publish(document: ProgramDocument, *, by: UUID | None, reason: str, at: datetime) -> ProgramRules:
    """Make `document` the next version and put it in force at `at` (UTC). Earlier versions stay as they are."""
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
        )
        current.add(row)
        current.flush()
    return row
