"""Reading a sealed record: only under an order of the court, by who may, for an hour, and never unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.rules import case_number_key
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.core.storage import Missing
from app.keeping import boxes
from app.keeping.lookups import find_sealed, the_sealing
from app.keeping.models import RecordOpening, SurvivingDocument
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.scope import current_court_id

OPEN_FOR = timedelta(hours=1)


def open_sealed(number: str, *, court_order: str, reason: str, actor: Identity) -> RecordOpening:
    """Open the sealed record of a case number (in any spelling). Raises Refused where there is none."""
    with transaction() as current:
        key = case_number_key(number)
        row = find_sealed(key) if key else None
        if row is None or not row.box_key:
            raise Refused(_("No sealed record has this case number."), "number")
        assert actor.id is not None
        now = clock.now()
        opened = RecordOpening(
            id=uuid7(),
            sealing_id=row.id,
            at=now,
            until=now + OPEN_FOR,
            by=actor.id,
            court_order=court_order,
            reason=reason,
        )
        current.add(opened)
        current.flush()
        audit(
            "keeping.open",
            actor=actor,
            subject=("sealing", row.id),
            case_id=row.referral_id,
            new={"order": court_order, "reason": reason},
        )
    return opened


def read_opened(opening_id: UUID, *, actor: Identity) -> tuple[RecordOpening, dict[str, Any]]:
    """The record, for who opened it and while the hour lasts. Raises NotFound."""
    opened = session().scalar(select(RecordOpening).where(RecordOpening.id == opening_id))
    if opened is None or opened.by != actor.id or clock.now() >= opened.until:
        raise NotFound
    row = the_sealing(opened.sealing_id)
    try:
        return opened, boxes.take(row.id, row.box_sha256, row.box_key)
    except (boxes.KeyDestroyed, Missing):
        raise NotFound from None


def read_survivor(document_id: UUID, *, actor: Identity) -> tuple[StoredFile, bytes]:
    """A document that outlived its case; that it was read is recorded. Raises NotFound."""
    with transaction() as current:
        query = (
            select(SurvivingDocument.sealing_id, StoredFile)
            .join(StoredFile, StoredFile.id == SurvivingDocument.file_id)
            .where(SurvivingDocument.id == document_id)
        )
        found = current.execute(query).first()
        if found is None:
            raise NotFound
        sealing_id, file = found
        try:
            content = runtime().storage.get(current_court_id(), file.sha256)
        except Missing:
            raise NotFound from None
        case_id = the_sealing(sealing_id).referral_id
        audit("keeping.read_survivor", actor=actor, subject=("stored_file", file.id), case_id=case_id)
    return file, content
