"""The end of a record, for the court in which everything has happened."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from app.core import clock
from app.core.models import StoredFile
from app.keeping.models import LegalHold, RecordOpening, RecordSealing, SurvivingDocument
from app.permissions.identity import Identity, Role
from tenants.database import session

TABLES = {
    "sealing_id": RecordSealing,
    "opening_id": RecordOpening,
    "document_id": SurvivingDocument,
    "hold_id": LegalHold,
}


def give_ends(people: dict[Role, Identity], referral_id: UUID, file: StoredFile) -> None:
    """An order that waits for its day, a look at a sealed record, a hold that was lifted."""
    now, today = clock.now(), clock.today("America/Los_Angeles")
    admin, clerk = people[Role.ADMINISTRATOR].id, people[Role.CLERK].id
    assert admin is not None
    assert clerk is not None
    sealing = RecordSealing(referral_id=referral_id, ground="order_to_seal", what="seal", dated_on=today)
    sealing.due_on, sealing.recorded_at, sealing.recorded_by = today + timedelta(days=90), now, clerk
    sealing.reference = f"entry of {people[Role.CLERK].display_name}"
    session().add(sealing)
    session().flush()
    seen = RecordOpening(sealing_id=sealing.id, at=now, until=now, by=admin, court_order="of May 4", reason="appeal")
    hold = LegalHold(referral_id=referral_id, reason="a lawsuit", placed_at=now, placed_by=admin)
    hold.lifted_at, hold.lifted_by, hold.lifted_reason = now, admin, "settled"
    document = SurvivingDocument(sealing_id=sealing.id, kind="signed_order", number="", file_id=file.id)
    session().add_all([seen, hold, document])
    session().flush()
