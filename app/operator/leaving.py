"""A court that leaves: its data goes with it before it is closed. Runs as the platform role, within the court."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.court_admin.models import note
from app.exports import services as exports
from app.exports.models import CourtExport, ExportState
from tenants.database import acting_as, transaction


@dataclass(frozen=True)
class Copy:
    """Whether a court has its data. `changes`: what happened in the court after the export, which it lacks."""

    export: CourtExport | None  # the newest that was not a failure
    changes: int

    @property
    def complete(self) -> bool:
        return self.export is not None and self.export.acknowledged_at is not None and self.changes == 0


def copy_of(court_id: UUID) -> Copy:
    """How far the court's copy of its data has come."""
    with acting_as(court_id):
        return _copy()


def _copy() -> Copy:
    found = [export for export in exports.exports() if export.state != ExportState.FAILED]
    newest = found[0] if found else None
    changes = exports.changes_since(newest.as_of) if newest is not None and newest.as_of is not None else 0
    return Copy(newest, changes)


def require_copy() -> None:
    """The court at work may be closed: it has all of its data. Raises Refused."""
    copy = _copy()
    if copy.export is None:
        raise Refused(_("Make an export of the court's data first."))
    if copy.export.acknowledged_at is None:
        raise Refused(_("The court has not confirmed yet that it has its export."))
    if copy.changes:
        raise Refused(_("Events at the court after its export: %(count)s. Make a new one.", count=copy.changes))


def ask_for_export(court_id: UUID, *, reason: str, actor: Actor) -> CourtExport:
    """Have the court's data exported, for the court's administrator to download. Raises Refused."""
    with acting_as(court_id), transaction() as current:
        export = exports.ask(reason=reason, actor=actor)
        note(current, "operator.ask_export", operator_id=actor.id, court_id=court_id, detail={"reason": reason})
    return export
