"""What waits for a reviewer, who may take it, and what was flagged.

`ReviewGrant`, `ReviewSession` and `ReviewTry` belong to no court: a facilitator works for several under one sign-in.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique, uuid7
from tenants.scope import CourtScoped, Versioned

KIND_KNOWN = "kind IN ('reflection', 'check_in', 'quiz')"
ITEM_KIND_KNOWN = "kind IN ('reflection', 'check_in', 'quiz', 'flag')"


class ReviewItem(CourtScoped, Base):
    """Something that waits for a reviewer: no name, no word of anybody's. Written by app/reviews/mirror.py alone.

    `subject_id` is the reflection's, the check-in's, (a quiz without tries left) the module's progress, or the flag's
    that a lead facilitator is asked about. A claim holds until `claimed_until`.
    """

    __tablename__ = "review_item"
    __table_args__ = (
        court_unique("kind", "subject_id"),
        court_key("claimed_by", "membership"),
        court_index("ix_review_item_waiting", "waiting_since", "id"),
        CheckConstraint(ITEM_KIND_KNOWN, name="kind_known"),
    )

    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    subject_id: Mapped[UUID]
    pseudonym: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    waiting_since: Mapped[datetime]
    claimed_by: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]


class ReviewGrant(Base):
    """A facilitator's active place on a court's staff, kept level by the database. Empty language: every one."""

    __tablename__ = "review_grant"
    __table_args__ = (Index("ix_review_grant_credential", "credential_id"),)

    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    court_id: Mapped[UUID]
    credential_id: Mapped[UUID]
    language: Mapped[str]
    lead: Mapped[bool | None]  # also looks at what others flag


class ReviewSession(Base):
    """One sign-in of a facilitator over all their courts. The cookie holds the token, the row its hash."""

    __tablename__ = "review_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # SHA-256 of 256 random bits
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("staff_credential.id"))
    second_factor_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ReviewTry(Base):
    """One failed try at the facilitators' door. Keyed hashes only."""

    __tablename__ = "review_try"
    __table_args__ = (Index("ix_review_try_key", "bucket", "key_digest", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    bucket: Mapped[str]
    key_digest: Mapped[str]
    at: Mapped[datetime]


class ReviewFlag(CourtScoped, Versioned, Base):
    """A reviewer asks somebody to look: a fact for a person to judge, never a state of the learner.

    Where the court has a lead facilitator besides, the lead is asked first, and answers or passes it on; the court's
    supervisors see every flag and may judge any.
    """

    __tablename__ = "review_flag"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("raised_by", "membership"),
        court_key("judged_by", "membership"),
        court_key("passed_by", "membership"),
        court_index("ix_review_flag_raised", "raised_at", "id"),
        court_index("ix_review_flag_enrollment", "enrollment_id"),
        CheckConstraint(KIND_KNOWN, name="kind_known"),
    )

    enrollment_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    subject_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    words: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    raised_at: Mapped[datetime]
    raised_by: Mapped[UUID]
    for_lead: Mapped[bool | None]  # whether a lead facilitator was asked first
    passed_at: Mapped[datetime | None]  # when the lead passed it on to the court
    passed_by: Mapped[UUID | None]
    passed_words: Mapped[str | None] = mapped_column(info=personal(Erase.ROW))
    judged_at: Mapped[datetime | None]
    judged_by: Mapped[UUID | None]
    judgment: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))


class ReviewLift(CourtScoped, Base):
    """A supervisor let somebody read more than the day's limit, on one court-local day. Append-only."""

    __tablename__ = "review_lift"
    __table_args__ = (
        court_unique("membership_id", "day"),
        court_key("membership_id", "membership"),
        court_key("lifted_by", "membership"),
    )

    membership_id: Mapped[UUID]
    day: Mapped[date] = mapped_column(info=NOT_PERSONAL)  # court-local
    lifted_at: Mapped[datetime]
    lifted_by: Mapped[UUID]
