"""Requesting a report about many people: the facts are frozen in the transaction that asks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import select

from app.core import clock, outbox
from app.core.actor import Actor
from app.core.audit import audit
from app.core.bulk import insert_many
from app.core.errors import NotFound
from app.core.runtime import runtime
from app.reports.facts import shown_court, the_court
from app.reports.lists.models import ListReport, ListReportPerson
from app.reports.lists.snapshot import ListColumn, ListKind, ListSnapshot
from app.reports.lookups import token_digest
from app.reports.services import next_number
from app.reports.snapshot import Replaced
from app.reports.wording import instant_words
from tenants.database import transaction
from tenants.lines import Language
from tenants.rules import rules_in_force

MAKE = "reports.make_list"
MAKE_LATER = "reports.make_list_later"
MAKE_PACKET = "reports.make_packet"


@dataclass(frozen=True)
class Listed:
    """What a list says, in its language: whose it is, columns, rows and, in their order, whom they are about."""

    about: str
    columns: tuple[ListColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    people: Sequence[UUID]
    note: str = ""


@dataclass(frozen=True)
class Correcting:
    """The issued list that a new one takes the place of, and what was wrong with it."""

    old: ListReport
    reason: str


def freeze_list(
    kind: ListKind,
    listed: Listed,
    *,
    actor: Actor,
    language: str,
    officer_id: UUID | None,
    for_day: date | None = None,
    job: str = MAKE,
    correcting: Correcting | None = None,
) -> ListReport:
    """Number a list, freeze it and queue its making (`job`: MAKE, MAKE_LATER or MAKE_PACKET).

    `language` is one of the court's. `for_day`: the court-local day of a packet's hearings.
    """
    replaces = None if correcting is None else Replaced(number=correcting.old.number, reason=correcting.reason)
    with transaction() as session:
        token = secrets.token_urlsafe(32)
        court, now = the_court(), clock.now()
        snapshot = ListSnapshot(
            kind=kind,
            number=next_number(court),
            language=cast(Language, language),  # it is one of the court's
            generated_at=now,
            generated_on=instant_words(now, court.time_zone, language),
            court=shown_court(court, rules_in_force()[1].reports.letterhead),
            about=listed.about,
            note=listed.note,
            columns=listed.columns,
            rows=listed.rows,
            verify_url=f"{runtime().settings.public_url}/{court.slug}/verify/{token}",
            replaces=replaces,
        )
        report = ListReport(
            kind=kind,
            officer_id=officer_id,
            for_day=for_day,
            number=snapshot.number,
            language=language,
            snapshot=snapshot.model_dump(mode="json"),
            verify_digest=token_digest(token),
            requested_at=now,
            requested_by_kind=actor.kind,
            requested_by=actor.id,
            replaces_id=None if correcting is None else correcting.old.id,
            correction=None if correcting is None else correcting.reason,
        )
        session.add(report)
        session.flush()
        people = [
            {"list_id": report.id, "enrollment_id": enrollment_id, "position": position}
            for position, enrollment_id in enumerate(listed.people)
        ]
        insert_many(ListReportPerson, people)
        report.job_id = outbox.enqueue(job, report.id, once="1")
        session.flush()
        audit(
            "reports.request_list",
            actor=actor,
            subject=("list_report", report.id),
            new={"kind": kind, "number": report.number, "people": len(people)}
            | ({} if replaces is None else {"replaces": replaces.number, "reason": replaces.reason}),
        )
        return report


def retry_list(list_id: UUID, *, actor: Actor) -> None:
    """Have a failed list made after all, from the facts frozen then. Does nothing in any other state."""
    with transaction() as session:
        job_id = session.scalar(select(ListReport.job_id).where(ListReport.id == list_id))
        if job_id is None:
            raise NotFound
        outbox.retry(job_id)  # the job's row before the report's, everywhere
        report = session.scalars(select(ListReport).where(ListReport.id == list_id).with_for_update()).one()
        if report.state != "failed":
            return
        report.state, report.error = "requested", ""
        session.flush()
        audit(
            "reports.retry_list",
            actor=actor,
            subject=("list_report", list_id),
            old={"state": "failed"},
            new={"state": "requested"},
        )
