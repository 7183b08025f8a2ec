"""Legal holds: while one is in force, nothing that it covers is sealed, destroyed or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import get_referral_for
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.keeping.models import LegalHold
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.keys import uuid7


def place(referral_id: UUID | None, *, reason: str, actor: Identity) -> LegalHold:
    """Hold a case (none: everything of the court). Raises NotFound; Refused where the same is on hold already."""
    with transaction() as current:
        if referral_id is not None:
            get_referral_for(actor, referral_id)
        the_same = LegalHold.referral_id == referral_id if referral_id else LegalHold.referral_id.is_(None)
        if current.scalar(select(LegalHold.id).where(LegalHold.lifted_at.is_(None), the_same).limit(1)) is not None:
            raise Refused(_("There is a legal hold already."))
        assert actor.id is not None
        hold = LegalHold(id=uuid7(), referral_id=referral_id, reason=reason, placed_at=clock.now(), placed_by=actor.id)
        current.add(hold)
        current.flush()
        audit(
            "keeping.place_hold",
            actor=actor,
            subject=("legal_hold", hold.id),
            case_id=referral_id,
            new={"reason": reason},
        )
    return hold


def lift(hold_id: UUID, *, reason: str, row_version: str, actor: Identity) -> LegalHold:
    """Lift a hold; what it kept goes on its next day. Does nothing the second time. Raises NotFound, StaleForm."""
    with transaction() as current:
        hold = current.scalar(select(LegalHold).where(LegalHold.id == hold_id).with_for_update())
        if hold is None:
            raise NotFound
        if hold.lifted_at is not None:
            return hold
        if str(hold.row_version) != row_version:
            raise StaleForm
        hold.lifted_at, hold.lifted_by, hold.lifted_reason = clock.now(), actor.id, reason
        audit(
            "keeping.lift_hold",
            actor=actor,
            subject=("legal_hold", hold.id),
            case_id=hold.referral_id,
            new={"reason": reason},
        )
    return hold


def in_force() -> Sequence[LegalHold]:
    """Every hold of the court at work, the court's own first."""
    query = select(LegalHold).where(LegalHold.lifted_at.is_(None))
    return session().scalars(query.order_by(LegalHold.referral_id.is_not(None), LegalHold.placed_at)).all()


def the_hold(hold_id: UUID) -> LegalHold:
    """Raises NotFound."""
    found = session().scalar(select(LegalHold).where(LegalHold.id == hold_id))
    if found is None:
        raise NotFound
    return found
