"""What operators do to a court as a whole. Runs as the platform role."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.court_admin.models import note
from app.court_admin.onboarding import name_fault, slug_fault
from app.operator import leaving
from tenants.database import acting_as, session, transaction
from tenants.models import Court, CourtFormerSlug, CourtState


def the_court(court_id: UUID) -> Court:
    """Raises NotFound."""
    court = session().get(Court, court_id)
    if court is None:
        raise NotFound
    return court


def change_state(
    court_id: UUID, *, state: CourtState, messages: dict[str, str], reason: str, row_version: str, actor: Actor
) -> Court:
    """Suspend, close or reopen a court; `messages` is what its people read while it is suspended, by language.

    A court is closed only when it has its data. Audited in the court and on the platform. Does nothing when nothing
    changes. Raises Refused with the field, NotFound.
    """
    with acting_as(court_id), transaction() as current:
        court = _locked(current, court_id)
        missing = [code for code in court.languages if not messages.get(code)]
        if state == CourtState.SUSPENDED and missing:
            raise Refused(_("Say what the court's people will read."), f"message_{missing[0]}")
        wanted = {code: messages[code] for code in court.languages} if state == CourtState.SUSPENDED else {}
        old = {"state": str(court.state), "messages": court.state_messages}
        new = {"state": str(state), "messages": wanted}
        if old == new:
            return court
        _same(court, row_version)
        if state == CourtState.CLOSED:
            leaving.require_copy()
        court.state, court.state_messages = state, wanted
        court.state_message = wanted.get(court.languages[0], "")
        _audit_both(current, "operator.change_state", court_id, actor, reason, old, new)
    return court


def rename(court_id: UUID, *, name: str, slug: str, reason: str, row_version: str, actor: Actor) -> Court:
    """Another name, or another address; the old address leads to the new one for ever.

    Audited in the court and on the platform. Does nothing when nothing changes. Raises Refused with the field,
    NotFound.
    """
    name, slug = name.strip(), slug.strip().lower()
    for field, fault in (("name", name_fault(name)), ("slug", slug_fault(slug))):
        if fault:
            raise Refused(fault, field)
    try:
        with acting_as(court_id), transaction() as current:
            court = _locked(current, court_id)
            old, new = {"name": court.name, "slug": court.slug}, {"name": name, "slug": slug}
            if old == new:
                return court
            _same(court, row_version)
            _require_free(current, slug, court_id)
            if slug != court.slug:
                former = insert(CourtFormerSlug).values(slug=court.slug, court_id=court_id)
                current.execute(former.on_conflict_do_nothing())
            court.name, court.slug = name, slug
            _audit_both(current, "operator.rename_court", court_id, actor, reason, old, new)
    except IntegrityError:  # somebody took the address a moment ago
        raise Refused(_("The address %(slug)s belongs to another court.", slug=slug), "slug") from None
    return court


def _locked(current: Session, court_id: UUID) -> Court:
    court = current.scalar(select(Court).where(Court.id == court_id).with_for_update())
    if court is None:
        raise NotFound
    return court


def _same(court: Court, row_version: str) -> None:
    if str(court.row_version) != row_version:
        raise Refused(_("Somebody else changed this court meanwhile. Look at it again, then send."))


def _require_free(current: Session, slug: str, court_id: UUID) -> None:
    taken = select(Court.id).where(Court.slug == slug, Court.id != court_id)
    once = select(CourtFormerSlug.court_id).where(CourtFormerSlug.slug == slug, CourtFormerSlug.court_id != court_id)
    if current.scalar(select(or_(taken.exists(), once.exists()))):
        raise Refused(_("The address %(slug)s is, or was, another court's.", slug=slug), "slug")


def _audit_both(
    current: Session,
    action: str,
    court_id: UUID,
    actor: Actor,
    reason: str,
    old: Mapping[str, object],
    new: Mapping[str, object],
) -> None:
    """In the court's own audit, and in the platform's log."""
    audit(action, actor=actor, subject=("court", court_id), old=dict(old), new={**new, "reason": reason})
    detail = {"old": dict(old), "new": dict(new), "reason": reason}
    note(current, action, operator_id=actor.id, court_id=court_id, detail=detail)
