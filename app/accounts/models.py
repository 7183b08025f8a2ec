"""People who sign in. Staff: one credential, a membership for each court. Learners: an account of one court."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique, uuid7
from tenants.scope import CourtScoped, Versioned


class StaffCredential(Versioned, Base):
    """How a member of staff signs in. Belongs to no court; a court sees it only through a membership of its own."""

    __tablename__ = "staff_credential"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    password_hash: Mapped[str]
    totp_secret: Mapped[str | None]  # sealed by the keyring, bound to the id
    totp_last_step: Mapped[int] = mapped_column(default=0)  # time step of the last code taken: no code works twice
    totp_pending: Mapped[str | None]  # a new secret, sealed; takes the old one's place once a code of it was given
    recovery_digests: Mapped[list[str] | None] = mapped_column(JSONB)  # keyed hashes of the codes not used yet
    sessions_since: Mapped[datetime | None]  # sessions begun before this are over, at every court
    created_at: Mapped[datetime]


class Membership(CourtScoped, Versioned, Base):
    """A person's place on a court's staff: the role, and the name that this court sees."""

    __tablename__ = "membership"
    __table_args__ = (
        court_unique("credential_id"),
        CheckConstraint("state IN ('active', 'deactivated')", name="state_known"),
    )

    credential_id: Mapped[UUID] = mapped_column(ForeignKey("staff_credential.id"))
    role: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    display_name: Mapped[str] = mapped_column(info=personal(Erase.KEEP))
    pseudonym: Mapped[str] = mapped_column(default="", info=NOT_PERSONAL)  # facilitators: all that others see
    language: Mapped[str] = mapped_column(default="en", info=NOT_PERSONAL)
    # Facilitators: the one language they review in, by JaneSchool's grant; None: every one. Never one's own to change.
    review_language: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)
    # Facilitators: whether they look at what the others flag, by JaneSchool's grant.
    review_lead: Mapped[bool | None] = mapped_column(info=NOT_PERSONAL)
    state: Mapped[str] = mapped_column(default="active", info=NOT_PERSONAL)
    created_at: Mapped[datetime]


class Cover(CourtScoped, Versioned, Base):
    """A colleague stands in for somebody's caseload, from the first day to the last. Nothing has to begin or end it.

    `starts_at` and `ends_at` (UTC, the end excluded) are the court-local days as instants: every look asks them alone.
    """

    __tablename__ = "cover"
    __table_args__ = (
        court_key("officer_id", "membership"),
        court_key("cover_id", "membership"),
        court_key("arranged_by", "membership"),
        court_key("ended_by", "membership"),
        court_index("ix_cover_cover", "cover_id", "ends_at"),
        court_index("ix_cover_officer", "officer_id", "ends_at"),
        CheckConstraint("officer_id <> cover_id", name="two_people"),
        CheckConstraint("first_day <= last_day", name="days_in_order"),
    )

    officer_id: Mapped[UUID]  # whose cases
    cover_id: Mapped[UUID]  # who stands in
    first_day: Mapped[date] = mapped_column(info=NOT_PERSONAL)  # court-local, both included
    last_day: Mapped[date] = mapped_column(info=NOT_PERSONAL)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    arranged_by: Mapped[UUID | None]
    arranged_at: Mapped[datetime]
    ended_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]  # ended before its last day was over


class Invitation(CourtScoped, Versioned, Base):
    """A single-use link to join a court's staff. Only the keyed hash of its token is kept."""

    __tablename__ = "invitation"
    __table_args__ = (court_unique("token_digest"),)

    email: Mapped[str] = mapped_column(info=personal(Erase.KEEP))
    display_name: Mapped[str] = mapped_column(info=personal(Erase.KEEP))
    role: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    token_digest: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    invited_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LearnerAccount(CourtScoped, Versioned, Base):
    """A learner's sign-in at one court. The same email at another court is another account."""

    __tablename__ = "learner_account"
    __table_args__ = (
        court_unique("sign_in_name"),
        CheckConstraint("kind IN ('email', 'phone', 'name')", name="kind_known"),
    )

    sign_in_name: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # normalized email, phone or given name
    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    display_name: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    password_hash: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    language: Mapped[str] = mapped_column(default="en", info=NOT_PERSONAL)
    large_print: Mapped[bool | None]  # the court granted it; None: never decided
    created_at: Mapped[datetime]


class AccountSession(CourtScoped, Versioned, Base):
    """A sign-in at one court, revoked at once by ending the row. The cookie holds the token, the row its hash."""

    __tablename__ = "account_session"
    __table_args__ = (
        court_unique("token_digest"),
        court_key("membership_id", "membership"),
        court_key("learner_account_id", "learner_account"),
        court_key("device_id", "learner_device"),
        court_index("ix_account_session_membership", "membership_id"),
        court_index("ix_account_session_learner", "learner_account_id"),
        court_index("ix_account_session_device", "device_id"),
        CheckConstraint("num_nonnulls(membership_id, learner_account_id) = 1", name="one_account"),
    )

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, info=personal(Erase.ROW))  # SHA-256 of 256 random bits
    membership_id: Mapped[UUID | None]
    learner_account_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]  # learners: the browser, see app/accounts/devices
    second_factor_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class StaffLock(CourtScoped, Base):
    """Too many failures for one address of the staff's door: closed until an administrator takes the row away.

    Written for any address that was typed, known or not, so that nothing shows which are known.
    """

    __tablename__ = "staff_lock"
    __table_args__ = (court_unique("address_digest"),)

    address_digest: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # keyed hash of the address typed
    locked_at: Mapped[datetime]


class AccountRecovery(CourtScoped, Versioned, Base):
    """A way back in that works once: a link by mail (an hour), a slip from the counter (a day). Hashed."""

    __tablename__ = "account_recovery"
    __table_args__ = (
        court_unique("token_digest"),
        court_key("membership_id", "membership"),
        court_key("learner_account_id", "learner_account"),
        court_index("ix_account_recovery_membership", "membership_id"),
        court_index("ix_account_recovery_learner", "learner_account_id"),
        CheckConstraint("kind IN ('mail', 'slip')", name="kind_known"),
        CheckConstraint("num_nonnulls(membership_id, learner_account_id) = 1", name="one_account"),
    )

    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    token_digest: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    membership_id: Mapped[UUID | None]
    learner_account_id: Mapped[UUID | None]
    made_by: Mapped[UUID | None]  # the member who printed the slip
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # another took its place


class SecondFactorReset(CourtScoped, Versioned, Base):
    """An administrator asks to take a member's second factor away; a second one has to confirm."""

    __tablename__ = "second_factor_reset"
    __table_args__ = (
        court_key("membership_id", "membership"),
        court_index("ix_second_factor_reset_membership", "membership_id"),
    )

    membership_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(info=personal(Erase.KEEP))
    requested_by: Mapped[UUID | None]
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
