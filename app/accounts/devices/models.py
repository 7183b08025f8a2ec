"""One browser that somebody signed in with."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import Erase, personal
from tenants.keys import court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class LearnerDevice(CourtScoped, Versioned, Base):
    """A browser in which a learner signed in, known again by a random cookie; of the cookie a keyed hash is kept.

    The hash is made with the account's id: two people who share a computer are two rows that nobody can bring together.
    No address and no trait of the device is kept but the kind of browser that it names itself.
    """

    __tablename__ = "learner_device"
    __table_args__ = (
        court_key("learner_account_id", "learner_account"),
        court_unique("learner_account_id", "token_digest"),
    )

    learner_account_id: Mapped[UUID]
    token_digest: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    browser: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # like Chrome/Android; see rules.family_of
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]  # the newest sign-in
