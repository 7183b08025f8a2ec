"""Raising a concern, and each step about it. The words stand in the concern alone: not in the audit, not in a mail."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.accounts.telling import tell_staff
from app.cases.models import Enrollment
from app.concerns.lookups import Duty, administrators, concern_for, concern_rules, on_call, sees_all, steps_of
from app.concerns.models import Concern, ConcernStep
from app.concerns.rules import BY_PEOPLE, Danger, Place, Step, is_closed, others_are_asked_at
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.occasions import first_time
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import transaction

LONGEST = 4000  # characters
TEMPLATE = "concern_raised"
AT_ONCE = 200


def raise_concern(enrollment_id: UUID, kind: Danger, words: str, place: Place, *, actor: Identity) -> Concern:
    """Record what somebody fears, and reach whoever is first on call, in one transaction.

    `enrollment_id` is one that the page has shown `actor`, under whatever name. Raises Refused without words, NotFound.
    """
    if not may(actor, Permission.CONCERN_RAISE):
        raise NotFound
    if not words.strip():
        raise Refused(_("Say what you saw or heard."), "words")
    with transaction() as current:
        if current.scalar(select(Enrollment.id).where(Enrollment.id == enrollment_id)) is None:
            raise NotFound
        row = Concern(
            enrollment_id=enrollment_id,
            kind=kind,
            words=words.strip()[:LONGEST],
            place=place,
            raised_at=clock.now(),
            raised_by=actor.id,
        )
        current.add(row)
        current.flush()
        # No case stands in the audit: supervisors read it, and a concern is not theirs to see.
        audit("concerns.raise", actor=actor, subject=("concern", row.id))
        duties = on_call()
        # Administrators stand for nobody in particular: all of them are asked.
        _ask(row, duties[:1] if concern_rules().on_call else duties)
        return row


def note_reading(concern: Concern, *, actor: Actor) -> None:
    """Record that somebody opened a concern."""
    with transaction():
        audit("concerns.read", actor=actor, subject=("concern", concern.id))


def note_step(concern_id: UUID, step: Step, words: str, *, actor: Identity) -> None:
    """Record what was done, by somebody on call or an administrator. A second "seen" of one person changes nothing.

    Raises Refused without words (but for "seen") and after it was closed, NotFound.
    """
    if step not in BY_PEOPLE or not sees_all(actor):
        raise NotFound
    concern = concern_for(actor, concern_id)
    if step is not Step.SEEN and not words.strip():
        raise Refused(_("Say whom you called, to whom it went, or how it ended."), "words")
    with transaction() as current:
        steps = steps_of(concern_id)
        if is_closed([one.step for one in steps]):
            raise Refused(_("This concern is closed already."))
        if step is Step.SEEN and any(one.step == step and one.by == actor.id for one in steps):
            return
        current.add(
            ConcernStep(concern_id=concern.id, step=step, words=words.strip()[:LONGEST], at=clock.now(), by=actor.id)
        )
        current.flush()
        audit("concerns.note_step", actor=actor, subject=("concern", concern.id), new={"step": str(step)})


def pass_on() -> None:
    """Ask everybody else on call and the administrators about concerns that nobody has seen in time (scheduled)."""
    untouched = Concern.id.not_in(select(ConcernStep.concern_id))
    with transaction() as current:
        waiting = list(current.scalars(select(Concern).where(untouched).limit(AT_ONCE)))
    if not waiting:
        return
    minutes, now = concern_rules().seen_within_minutes, clock.now()
    for concern in (one for one in waiting if others_are_asked_at(one.raised_at, minutes) <= now):
        with transaction() as current:
            if not first_time("concern", concern.id, "passed on"):
                continue
            current.add(ConcernStep(concern_id=concern.id, step=Step.PASSED_ON, words="", at=clock.now(), by=None))
            current.flush()
            audit("concerns.pass_on", actor=SYSTEM, subject=("concern", concern.id))
            _ask(concern, [*on_call()[1:], *administrators()])


def _ask(concern: Concern, duties: Iterable[Duty]) -> None:
    """A mail that says nothing but to sign in. At any hour: a danger keeps no quiet hours."""
    for member in dict.fromkeys(one.member.id for one in duties):
        tell_staff(member, TEMPLATE, f"concerns/{concern.id}", urgent=True)
