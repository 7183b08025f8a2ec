"""Taking an item, deciding it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, update

from app.accountability.services import review as review_check_in
from app.cases.lookups import names_of, the_enrollment
from app.core import clock
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.learning import reviewing
from app.permissions.identity import Identity
from app.reviews.limits import limit_reached
from app.reviews.models import ReviewItem
from app.reviews.queue import Subject, item_of, next_free, subject_for
from app.reviews.rules import LEASE, Kind, holder, may_act
from tenants.database import transaction


def take(kind: Kind, subject_id: UUID, *, actor: Identity) -> bool:
    """Take an item for LEASE, or keep it for so long from now. False: somebody else has it. Raises NotFound."""
    subject = subject_for(actor, kind, subject_id)
    if subject.item is None:
        raise NotFound
    return _take(subject.item.id, actor)


def take_next(*, actor: Identity) -> ReviewItem | None:
    """Take the item that has waited longest of those that nobody has. None: nothing is free. Raises NotFound."""
    for _try in range(5):  # somebody else may have been quicker
        item = next_free(actor)
        if item is None or _take(item.id, actor):
            return item
    return None


def _take(item_id: UUID, actor: Identity) -> bool:
    now = clock.now()
    free = or_(ReviewItem.claimed_until.is_(None), ReviewItem.claimed_until <= now, ReviewItem.claimed_by == actor.id)
    with transaction() as current:
        taken = current.scalar(
            update(ReviewItem)
            .where(ReviewItem.id == item_id, free)
            .values(claimed_by=actor.id, claimed_until=now + LEASE)
            .returning(ReviewItem.id)
            .execution_options(synchronize_session=False)
        )
    return taken is not None


def let_go(kind: Kind, subject_id: UUID, *, actor: Identity) -> None:
    """Give an item back to the queue; does nothing when it is not one's own. Raises NotFound."""
    subject_for(actor, kind, subject_id)
    mine = (ReviewItem.kind == kind, ReviewItem.subject_id == subject_id, ReviewItem.claimed_by == actor.id)
    with transaction() as current:
        current.execute(
            update(ReviewItem)
            .where(*mine)
            .values(claimed_by=None, claimed_until=None)
            .execution_options(synchronize_session=False)
        )


def require_within_limit(subject: Subject, *, actor: Identity, elsewhere: int = 0) -> None:
    """Raises Refused when this is one more than the day's limit for `actor`."""
    if subject.kind is Kind.QUIZ or actor.id is None:
        return  # nothing to read
    limit = limit_reached(actor.id, subject.row.id, elsewhere=elsewhere)
    if limit is not None:
        raise Refused(
            ngettext(
                "You have read %(num)s text today. That is enough for one day, and we mean it kindly: reading these "
                "is hard work. The rest waits for tomorrow, or for somebody else.",
                "You have read %(num)s texts today. That is enough for one day, and we mean it kindly: reading these "
                "is hard work. The rest waits for tomorrow, or for somebody else.",
                limit,
            )
        )


def decide(kind: Kind, subject_id: UUID, *, accept: bool, feedback: str = "", actor: Identity) -> None:
    """Accept what waits, give it back with feedback, or (a quiz) open it anew.

    Raises NotFound; Refused when somebody else has it or has decided, or when nothing is said to add.
    """
    subject = subject_for(actor, kind, subject_id)
    with transaction():
        # The case first, then the item, as everybody does who ends an item by changing the case.
        the_enrollment(subject.enrollment_id, lock=True)
        _require_free(kind, subject_id, actor)
        if kind is Kind.QUIZ:
            reviewing.allow_new_tries(subject_id, actor=actor)
        elif kind is Kind.CHECK_IN:
            review_check_in(subject_id, "accepted" if accept else "returned", feedback, actor=actor)
        elif accept:
            reviewing.accept_reflection(subject_id, feedback, actor=actor)
        else:
            reviewing.return_reflection(subject_id, feedback, actor=actor)


def _require_free(kind: Kind, subject_id: UUID, actor: Identity) -> None:
    item = item_of(kind, subject_id, lock=True)
    if item is None or actor.id is None:
        return  # decided meanwhile: what decides says so
    now = clock.now()
    if not may_act(item.claimed_by, item.claimed_until, now, actor.id):
        other = holder(item.claimed_by, item.claimed_until, now)
        name = names_of([other]).get(other, "") if other is not None else ""
        raise Refused(_("%(name)s is reviewing this now. Nothing was changed.", name=name))
