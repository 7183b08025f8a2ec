"""The audit as a CSV file, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from uuid import UUID

from app.core.actor import Actor
from app.core.audit import audit
from app.core.i18n import gettext as _
from app.court_admin.audit_filters import Filter
from app.court_admin.audit_lookups import Exported, Names, batches, names_for
from app.court_admin.audit_words import OUTCOME_WORDS, action_words
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import acting_as, transaction


def note_export(wanted: Filter, *, actor: Actor) -> None:
    """Put on the trail who takes which part of it along; before the first line is sent."""
    with transaction():
        audit(
            "audit.export",
            actor=actor,
            subject=("audit", None),
            case_id=wanted.case,
            new={"filter": wanted.to_address()},
        )


def lines(identity: Identity, court_id: UUID, wanted: Filter, time_zone: str) -> Iterator[Sequence[object]]:
    """A heading, then every event that `wanted` lets through, the newest first. Times are UTC.

    Old and new values and network addresses only for those who may see personal values.
    """
    values = may(identity, Permission.AUDIT_VALUES_READ)
    yield [*_heading(), *(_values_heading() if values else ())]
    for rows in batches(court_id, wanted, time_zone, values=values):
        with acting_as(court_id):
            names = names_for(identity, ((row[0].actor_kind, row[0].actor_id) for row in rows))
        for row in rows:
            yield [*_line(row, names), *(_values(row) if values else ())]


def _heading() -> list[str]:
    return [
        _("Time (UTC)"),
        _("Who"),
        _("Kind of person"),
        _("Role"),
        _("Id of the person"),
        _("What"),
        _("Action"),
        _("Outcome"),
        _("About"),
        _("Id of what it is about"),
        _("Id of the referral"),
        _("Id of the event"),
        _("Link of the chain"),
    ]


def _values_heading() -> list[str]:
    return [_("From where"), _("Old values"), _("New values")]


def _line(row: Exported, names: Names) -> list[object]:
    event, position = row[0], row[1]
    return [
        event.at.isoformat(timespec="milliseconds"),
        names.of(event.actor_kind, event.actor_id),
        event.actor_kind,
        event.actor_role,
        event.actor_id,
        action_words(event.action, event.outcome),
        event.action,
        OUTCOME_WORDS.get(event.outcome, event.outcome),
        event.subject_kind,
        event.subject_id,
        event.case_id,
        event.id,
        position,
    ]


def _values(row: Exported) -> list[object]:
    old, new, address = row[2], row[3], row[4]
    return [address, _as_text(old), _as_text(new)]


def _as_text(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
