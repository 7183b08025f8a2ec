"""A file of referrals on its way: kept, matched to our fields, confirmed, canceled; its content forgotten in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.cases.guarding import lock_referring
from app.cases.imports.columns import Column, Kind, everything_known, faults, guess
from app.cases.imports.lookups import (
    IMPORT,
    earlier_import,
    ground,
    mapping_of,
    remembered_mapping,
    sheet_of,
    the_import,
)
from app.cases.imports.matching import Outcome, outcomes
from app.cases.imports.models import ReferralImport, ReferralImportRow
from app.cases.imports.reading import Sheet, read_sheet
from app.cases.referring import may_refer
from app.cases.services import keep_file
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import IllegalMove, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.outbox import enqueue
from app.core.runtime import runtime
from tenants.database import session, transaction
from tenants.scope import current_court_id

BATCH_JOB = "cases.import_batch"
BATCH = 1_000  # rows that are brought in together: about a second's work
KEEP_FILE = timedelta(days=30)  # after the last row is brought in, or the file was canceled
KEEP_DRAFT = timedelta(days=7)  # a file that nobody confirmed


def keep_import(content: bytes, *, name: str, kind: Kind, actor: Actor) -> ReferralImport:
    """Keep a file that was sent; nobody is referred yet. Columns that are known already need not be asked for.

    Raises Refused (at `file`) when it is no CSV file or too large, and when the court's rules do not let the actor's
    role refer.
    """
    if not may_refer(actor):
        raise Refused(_("This court's rules do not let your office refer people. Ask the court administrator."))
    assert actor.id is not None
    sheet = read_sheet(content)
    remembered = remembered_mapping(kind)
    mapping = guess(kind, sheet.headings, remembered)
    whole = not faults(kind, mapping, sheet.headings)
    as_before = bool(remembered) and mapping == remembered
    with transaction() as current:
        lock_referring()
        kept = keep_file(content, name=name, content_type="text/csv", purpose=IMPORT, actor=actor)
        row = ReferralImport(
            kind=kind,
            file_id=kept.id,
            mapping=dict(mapping),
            total=len(sheet.records),
            mapped=whole and (as_before or everything_known(kind, mapping, sheet.headings)),
            created_at=clock.now(),
            created_by=actor.id,
        )
        current.add(row)
        current.flush()
        audit(
            "cases.send_import",
            actor=actor,
            subject=("referral_import", row.id),
            new={"kind": kind, "file": kept.name, "sha256": kept.sha256, "rows": len(sheet.records)},
        )
        return row


def choose_columns(import_id: UUID, mapping: Mapping[Column, str], *, actor: Actor) -> None:
    """Say which column is which. Raises IllegalMove unless it waits, Refused (at the field) for an unusable choice."""
    with transaction():
        row = _draft(import_id, "columns")
        wrong = faults(Kind(row.kind), mapping, sheet_of(row).headings)
        for column, words in wrong.items():
            raise Refused(str(words), column)
        old, new = row.mapping, {str(column): heading for column, heading in mapping.items()}
        if row.mapped and old == new:
            return
        row.mapping, row.mapped = new, True
        audit(
            "cases.choose_import_columns",
            actor=actor,
            subject=("referral_import", import_id),
            old={"columns": old},
            new={"columns": new},
        )


def preview(row: ReferralImport, *, actor: Actor) -> tuple[Sheet, list[Outcome]]:
    """The file, and what would become of each row if `actor` confirmed now. Raises Refused when it is not kept."""
    sheet, mapping = sheet_of(row), mapping_of(row.mapping)
    return sheet, outcomes(Kind(row.kind), sheet, mapping, ground(mapping), actor=actor)


def confirm(import_id: UUID, *, with_look_alikes: bool, actor: Actor) -> None:
    """Hand the rows to the worker, a stretch at a time; each is looked at once more before it is brought in.

    Raises IllegalMove unless the file waits, and Refused when its columns are not chosen, its content is gone, or the
    rules do not let the actor's role refer.
    """
    if not may_refer(actor):
        raise Refused(_("This court's rules do not let your office refer people. Ask the court administrator."))
    with transaction():
        row = _draft(import_id, "running")
        if not row.mapped:
            raise Refused(_("Choose the columns first."))
        numbers = [record.number for record in sheet_of(row).records]
        row.state, row.with_look_alikes = "running", with_look_alikes
        row.confirmed_at, row.confirmed_by = clock.now(), actor.id
        audit(
            "cases.confirm_import",
            actor=actor,
            subject=("referral_import", import_id),
            old={"state": "draft"},
            new={"state": "running", "kind": row.kind, "with_look_alikes": with_look_alikes, "rows": len(numbers)},
        )
        for start in range(0, len(numbers), BATCH):
            part = numbers[start : start + BATCH]
            enqueue(BATCH_JOB, import_id, payload={"rows": [part[0], part[-1]]}, once=f"rows {part[0]}")


def handled(row: ReferralImport, rows: int) -> None:
    """Note that `rows` more rows of a locked import came to their end; with the last one it is done."""
    if row.state != "running":
        return
    row.handled = min(row.total, row.handled + rows)
    if row.handled < row.total:
        return
    row.state, row.finished_at = "done", clock.now()
    with transaction() as current:
        counted = current.execute(
            select(ReferralImportRow.state, func.count())
            .where(ReferralImportRow.import_id == row.id)
            .group_by(ReferralImportRow.state)
        )
        counts = {state: number for state, number in counted}  # noqa: C416 - rows are no pairs to mypy
        audit("cases.finish_import", actor=SYSTEM, subject=("referral_import", row.id), new=counts)


def cancel(import_id: UUID, *, actor: Actor) -> None:
    """Stop: rows that were not brought in yet are left; those that were stay referred. Raises IllegalMove when over."""
    with transaction():
        row = the_import(import_id, lock=True)
        if row.state == "canceled":
            return
        if row.state not in ("draft", "running"):
            raise IllegalMove("import", row.state, "canceled")
        old, row.state, row.finished_at = row.state, "canceled", clock.now()
        audit(
            "cases.cancel_import",
            actor=actor,
            subject=("referral_import", import_id),
            old={"state": old},
            new={"state": "canceled", "handled": row.handled, "total": row.total},
        )


def _draft(import_id: UUID, wanted: str) -> ReferralImport:
    row = the_import(import_id, lock=True)
    if row.state != "draft":
        raise IllegalMove("import", row.state, wanted)
    return row


def confirmed_before(row: ReferralImport) -> ReferralImport | None:
    """An import of the very same file that was confirmed already."""
    found = earlier_import(row.file.sha256, Kind(row.kind))
    return found if found is not None and found.id != row.id else None


def forget_files() -> None:
    """Schedule: delete the content of files whose time is over; a file that nobody confirmed is canceled first."""
    now = clock.now()
    due = session().scalars(
        select(ReferralImport.id).where(
            ReferralImport.file_deleted_at.is_(None),
            (ReferralImport.finished_at < now - KEEP_FILE)
            | ((ReferralImport.state == "draft") & (ReferralImport.created_at < now - KEEP_DRAFT)),
        )
    )
    for import_id in list(due):
        with transaction():
            _forget(import_id)


def _forget(import_id: UUID) -> None:
    with transaction() as current:
        lock_referring()
        row = the_import(import_id, lock=True)
        if row.file_deleted_at is not None or row.state == "running":
            return
        if row.state == "draft":
            row.state, row.finished_at = "canceled", clock.now()
        row.file_deleted_at = clock.now()
        current.flush()
        sha256 = row.file.sha256
        same = select(StoredFile.id).where(StoredFile.sha256 == sha256)
        still = current.scalar(
            select(func.count())
            .select_from(ReferralImport)
            .where(ReferralImport.file_id.in_(same), ReferralImport.file_deleted_at.is_(None))
        )
        other = current.scalar(
            select(func.count())
            .select_from(StoredFile)
            .where(StoredFile.sha256 == sha256, StoredFile.purpose != IMPORT)
        )
        audit("cases.forget_import_file", actor=SYSTEM, subject=("referral_import", import_id), new={"sha256": sha256})
        if not still and not other:
            runtime().storage.delete(current_court_id(), sha256)
