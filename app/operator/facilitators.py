"""Facilitators are JaneSchool's: one sign-in, and a grant for each court with a language. Runs as the platform role.

A grant is a place on a court's staff in the role of a facilitator. The console's role sees, makes and ends these places
and no others (migration 0014). An ended grant holds from the person's next page on.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.accounts.models import Membership
from app.accounts.rules import is_email, normalize_email
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.outbox import enqueue
from app.court_admin.models import note
from app.operator.courts import the_court
from app.operator.opening import INVITE_FACILITATOR
from app.permissions.identity import Role
from tenants.database import acting_as, session, transaction
from tenants.keys import uuid7
from tenants.models import Court, CourtState

SHOWN = 25
ACTIVE, ENDED = "active", "deactivated"
EVERY_LANGUAGE = "every"  # of the court: the facilitator reviews what waits in any of them


def grants(after: UUID | None = None) -> list[Any]:
    """(Membership, Court) of every grant, by name, from after the one with id `after` on.

    One more than SHOWN tells that there are more.
    """
    query = (
        select(Membership, Court)
        .join(Court, Court.id == Membership.court_id)
        .where(Membership.role == Role.FACILITATOR)
        .order_by(Membership.display_name, Membership.id)
        .limit(SHOWN + 1)
    )
    if after is not None:
        last = aliased(Membership)
        name = select(last.display_name).where(last.id == after, last.role == Role.FACILITATOR).scalar_subquery()
        query = query.where(tuple_(Membership.display_name, Membership.id) > tuple_(name, after))
    return list(session().execute(query).all())


def courts_to_choose() -> list[tuple[UUID, str]]:
    """(id, name) of every court that is not closed, by name: one that the list left out could be given to nobody."""
    query = select(Court.id, Court.name).where(Court.state != CourtState.CLOSED).order_by(Court.name, Court.id)
    return [(court_id, name) for court_id, name in session().execute(query)]


def the_grant(court_id: UUID, membership_id: UUID) -> Membership:
    """Raises NotFound."""
    with acting_as(court_id):
        found: Membership | None = session().scalar(_grant(court_id, membership_id))
    if found is None:
        raise NotFound
    return found


def _grant(court_id: UUID, membership_id: UUID) -> Any:
    return select(Membership).where(
        Membership.court_id == court_id, Membership.id == membership_id, Membership.role == Role.FACILITATOR
    )


def grant(known: Membership, court_id: UUID, *, language: str, actor: Actor, lead: bool = False) -> Membership:
    """Let a facilitator who is known from one court review for another; an ended grant begins again.

    `language` is one of the court's, or EVERY_LANGUAGE: the queue shows what waits in it and nothing else.
    `lead`: also answers what other facilitators flag there.
    Does nothing when the grant is there already, just so. Raises NotFound, Refused with the field.
    """
    court = the_court(court_id)
    if language not in (*court.languages, EVERY_LANGUAGE):
        raise Refused(_("This court does not offer that language."), "language")
    try:
        return _grant_at(court_id, known, language, actor, lead=lead)
    except IntegrityError:  # a place in another role, which the console does not see
        raise Refused(_("This person is on the court's staff already, in another role."), "court") from None


def _said(state: str, language: str, lead: bool | None) -> dict[str, Any]:
    return {"state": state, "language": language, **({"lead": True} if lead else {})}


def _grant_at(court_id: UUID, known: Membership, language: str, actor: Actor, *, lead: bool) -> Membership:
    with acting_as(court_id), transaction() as current:
        place = select(Membership).where(
            Membership.court_id == court_id, Membership.credential_id == known.credential_id
        )
        row = current.scalar(place.with_for_update())
        old = _said(row.state, row.review_language or EVERY_LANGUAGE, row.review_lead) if row else {}
        new = _said(ACTIVE, language, lead)
        if row is not None and old == new:
            return row
        if row is None:
            row = Membership(
                id=uuid7(),
                credential_id=known.credential_id,
                role=Role.FACILITATOR,
                display_name=known.display_name,
                pseudonym=known.pseudonym,
                created_at=clock.now(),
            )
            current.add(row)
        row.state, row.review_language = ACTIVE, None if language == EVERY_LANGUAGE else language
        row.review_lead = lead
        if row.review_language is not None:
            row.language = row.review_language
        current.flush()
        _audit_both("operator.grant_facilitator", row, actor, old, new)
        return row


def revoke(court_id: UUID, membership_id: UUID, *, reason: str, actor: Actor) -> None:
    """End a grant; the facilitator's next page at that court asks to sign in. Does nothing when it has ended.

    Raises NotFound.
    """
    with acting_as(court_id), transaction() as current:
        row = current.scalar(_grant(court_id, membership_id).with_for_update())
        if row is None:
            raise NotFound
        if row.state == ENDED:
            return
        row.state = ENDED
        current.flush()
        _audit_both("operator.revoke_facilitator", row, actor, {"state": ACTIVE}, {"state": ENDED, "reason": reason})


def _audit_both(action: str, row: Membership, actor: Actor, old: dict[str, Any], new: dict[str, Any]) -> None:
    audit(action, actor=actor, subject=("staff", row.id), old=old, new=new)
    detail = {"facilitator": row.display_name, "old": old, "new": new}
    note(session(), action, operator_id=actor.id, court_id=row.court_id, detail=detail)


def invite_new(court_id: UUID, *, email: str, display_name: str, actor: Actor) -> None:
    """Invite somebody who has no sign-in yet, by mail, to review for a court. A worker sends it.

    Raises NotFound, Refused with the field.
    """
    the_court(court_id)
    address, name = normalize_email(email), display_name.strip()
    if not is_email(address):
        raise Refused(_("Enter an email address like name@example.com."), "email")
    if not name:
        raise Refused(_("Enter the person's name."), "display_name")
    with acting_as(court_id), transaction() as current:
        payload = {"email": address, "display_name": name, "operator": str(actor.id)}
        enqueue(INVITE_FACILITATOR, uuid7(), payload=payload)
        detail = {"facilitator": name}
        note(current, "operator.invite_facilitator", operator_id=actor.id, court_id=court_id, detail=detail)
