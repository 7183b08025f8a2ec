"""What a reviewer flags: raised, answered by a lead facilitator or passed on, judged by the court's supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select

from app.accounts.models import LearnerAccount, Membership
from app.accounts.telling import tell_roles, tell_staff
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity, Role
from app.reviews.models import ReviewFlag
from app.reviews.queue import subject_for
from app.reviews.rules import FlagReason, Kind
from tenants.database import session, transaction

LONGEST = 2000  # characters of a flag's words
OWN_SHOWN = 50


def flag(kind: Kind, subject_id: UUID, reason: FlagReason, words: str, *, actor: Identity) -> ReviewFlag:
    """Ask the court's lead facilitator to look, where it has another one than `actor`, else a supervisor.

    It decides nothing about the learner. Raises NotFound, Refused.
    """
    subject = subject_for(actor, kind, subject_id)
    if not words.strip():
        raise Refused(_("Say in a sentence what you noticed."), "words")
    with transaction() as current:
        row = ReviewFlag(
            enrollment_id=subject.enrollment_id,
            kind=kind,
            subject_id=subject_id,
            reason=reason,
            words=words.strip()[:LONGEST],
            raised_at=clock.now(),
            raised_by=actor.id,
            for_lead=_has_lead(subject.enrollment_id, but=actor),
        )
        current.add(row)
        current.flush()
        _audit("reviews.flag", row, actor, {"reason": str(reason), "asked": "lead" if row.for_lead else "supervisor"})
        return row


def _has_lead(enrollment_id: UUID, *, but: Actor) -> bool:
    """Whether somebody else leads here who reads the participant's language."""
    spoken = (
        select(LearnerAccount.language)
        .join(Enrollment, Enrollment.account_id == LearnerAccount.id)
        .where(Enrollment.id == enrollment_id)
    )
    language = session().scalar(spoken) or "en"
    leads = select(Membership.id).where(
        Membership.role == Role.FACILITATOR,
        Membership.state == "active",
        Membership.review_lead.is_(True),
        Membership.id != but.id,
        or_(Membership.review_language.is_(None), Membership.review_language == language),
    )
    return session().scalar(leads.limit(1)) is not None


def the_flag(flag_id: UUID) -> ReviewFlag:
    """A flag of the court at work, for those who oversee reviews. Raises NotFound."""
    found = session().scalar(select(ReviewFlag).where(ReviewFlag.id == flag_id))
    if found is None:
        raise NotFound
    return found


def flag_for_lead(flag_id: UUID, *, actor: Identity) -> ReviewFlag:
    """A flag that waits for a lead, for somebody who leads at the court at work. Raises NotFound."""
    row = the_flag(flag_id)
    leads = select(Membership.id).where(
        Membership.id == actor.id, Membership.role == Role.FACILITATOR, Membership.review_lead.is_(True)
    )
    if not row.for_lead or session().scalar(leads) is None:
        raise NotFound
    return row


def answer(flag_id: UUID, words: str, *, actor: Identity) -> None:
    """The lead answers whoever flagged it, and that is all. Raises NotFound; Refused when somebody was quicker."""
    with transaction():
        _require_waiting(flag_id, actor)
        judge(flag_id, words, actor=actor)


def pass_on(flag_id: UUID, words: str, *, actor: Identity) -> None:
    """The lead asks the court's supervisors to judge it, with a word of why. Raises NotFound, Refused."""
    if not words.strip():
        raise Refused(_("Say in a sentence why the court should look."), "words")
    with transaction() as current:
        row = _require_waiting(flag_id, actor)
        row.passed_at, row.passed_by, row.passed_words = clock.now(), actor.id, words.strip()[:LONGEST]
        current.flush()
        tell_roles((Role.SUPERVISOR,), "review_flag_passed", f"reviews/flags/{row.id}")
        _audit("reviews.pass_flag", row, actor, {})


def _require_waiting(flag_id: UUID, actor: Identity) -> ReviewFlag:
    flag_for_lead(flag_id, actor=actor)
    row = _locked(flag_id)
    if row.raised_by == actor.id:
        raise Refused(_("You flagged this yourself: somebody else looks at it."))
    if row.judged_at is not None or row.passed_at is not None:
        raise Refused(_("Somebody else has decided this meanwhile. Nothing was changed."))
    return row


def judge(flag_id: UUID, words: str, *, actor: Actor) -> None:
    """Note what was found and done about a flag, and tell whoever raised it.

    Does nothing to one that is judged. Raises NotFound, Refused.
    """
    if not words.strip():
        raise Refused(_("Say what you found, or what you did."), "words")
    with transaction() as current:
        row = _locked(flag_id)
        if row.judged_at is not None:
            return
        row.judged_at, row.judged_by, row.judgment = clock.now(), actor.id, words.strip()[:LONGEST]
        current.flush()
        tell_staff(row.raised_by, "review_flag_answered", "reviews/my-flags")
        _audit("reviews.judge_flag", row, actor, {})


def _locked(flag_id: UUID) -> ReviewFlag:
    query = select(ReviewFlag).where(ReviewFlag.id == flag_id).with_for_update()
    row = session().scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _audit(action: str, row: ReviewFlag, actor: Actor, new: dict[str, str]) -> None:
    case = the_enrollment(row.enrollment_id).referral_id
    audit(action, actor=actor, subject=("review_flag", row.id), case_id=case, new=new)


def open_flags() -> list[ReviewFlag]:
    """Flags of the court at work: those that nobody has judged first, the oldest of them first (at most 100)."""
    order = (ReviewFlag.judged_at.is_not(None), ReviewFlag.raised_at, ReviewFlag.id)
    return list(session().scalars(select(ReviewFlag).order_by(*order).limit(100)))


def own_flags(actor: Actor) -> Sequence[ReviewFlag]:
    """What somebody flagged at the court at work, the newest first; at most OWN_SHOWN."""
    query = select(ReviewFlag).where(ReviewFlag.raised_by == actor.id)
    newest = query.order_by(ReviewFlag.raised_at.desc(), ReviewFlag.id.desc())
    return session().scalars(newest.limit(OWN_SHOWN)).all()
