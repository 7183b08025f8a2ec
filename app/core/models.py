"""Tables that every package uses: audit, outbox, files, submissions, attempts, occurrences."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_unique
from tenants.scope import CourtScoped, Versioned


class AuditEvent(CourtScoped, Base):
    """Who did what, when. Append-only by grants; holds no personal value, so the chain outlives an erased person."""

    __tablename__ = "audit_event"
    __table_args__ = (
        court_index("ix_audit_event_at", "at", "id"),
        court_index("ix_audit_event_case", "case_id", "at"),
        court_index("ix_audit_event_actor", "actor_id", "at", "id"),
        court_index("ix_audit_event_subject", "subject_id", "at", "id"),
        court_index("ix_audit_event_action", "action", "at", "id"),
    )

    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    action: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    subject_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    subject_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]  # the referral concerned: "who has seen this case"
    outcome: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    detail_digest: Mapped[bytes] = mapped_column(LargeBinary, info=NOT_PERSONAL)  # salted SHA-256 of the detail


class AuditDetail(CourtScoped, Base):
    """The personal half of an audit event (same id): old and new values, and from where."""

    __tablename__ = "audit_detail"
    __table_args__ = (court_key("id", "audit_event"),)

    salt: Mapped[bytes] = mapped_column(LargeBinary, info=personal(Erase.ROW))
    old: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    new: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    address: Mapped[str] = mapped_column(info=personal(Erase.ROW))


class AuditSeal(CourtScoped, Base):
    """One link of the court's chain: `id` is the event's. Append-only."""

    __tablename__ = "audit_seal"
    __table_args__ = (court_unique("position"), court_key("id", "audit_event"))

    position: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary, info=NOT_PERSONAL)  # SHA-256 over the previous one and the event
    sealed_at: Mapped[datetime]


class AuditCheck(CourtScoped, Versioned, Base):
    """Somebody asked whether the court's chain is whole; what the check found stays. See app/core/audit_checks.py."""

    __tablename__ = "audit_check"
    __table_args__ = (
        court_index("ix_audit_check_asked_at", "asked_at", "id"),
        CheckConstraint("state IN ('waiting', 'whole', 'broken', 'failed')", name="state_known"),
    )

    state: Mapped[str] = mapped_column(default="waiting", info=NOT_PERSONAL)
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None]
    job_id: Mapped[UUID | None]  # a long chain is checked by the worker
    done_at: Mapped[datetime | None]
    sealed: Mapped[int] = mapped_column(BigInteger, default=0)
    unsealed: Mapped[int] = mapped_column(BigInteger, default=0)
    problem_count: Mapped[int] = mapped_column(BigInteger, default=0)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(default=list, info=NOT_PERSONAL)  # the first ones, by kind


class Outbox(CourtScoped, Base):
    """A job to be done, written in the transaction that caused it. The relay sees the routing columns only."""

    __tablename__ = "outbox"
    __table_args__ = (
        court_index("ix_outbox_subject", "kind", "subject_id"),
        court_unique("kind", "subject_id", "once", name="uq_outbox_once"),
        # The relay looks over all courts at once: the one index that does not start with the court.
        Index("ix_outbox_waiting", "due_at", postgresql_where=text("done_at IS NULL AND failed_at IS NULL")),
        CheckConstraint("attempt >= 0", name="attempt_counted"),
    )

    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    subject_id: Mapped[UUID | None]
    once: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)  # set: this job exists once for its kind and subject
    attempt: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]  # sent but not done past this: sent again as the next attempt
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # given up: shown to the person who can retry
    # Not for the relay:
    payload: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    error: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))


class StoredFile(CourtScoped, Base):
    """A file in storage, by the hash of its content."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    size: Mapped[int]
    content_type: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    purpose: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # order, emblem, report ...
    name: Mapped[str] = mapped_column(info=personal(Erase.ROW))  # as uploaded, shown, never used as a path
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]


class Submission(CourtScoped, Base):
    """A form that was sent: sent twice, it has one effect. `id` comes from the form."""

    __tablename__ = "submission"

    verb: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    result_id: Mapped[UUID | None]
    at: Mapped[datetime]


class Attempt(CourtScoped, Base):
    """One guess at a secret, counted for limits. Neither address nor account stands here, only keyed hashes."""

    __tablename__ = "attempt"
    __table_args__ = (court_index("ix_attempt_bucket", "bucket", "key_digest", "at"),)

    bucket: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    key_digest: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    at: Mapped[datetime]


class Occurrence(CourtScoped, Base):
    """A scheduled thing that has happened: unique, so that two schedulers do it once."""

    __tablename__ = "occurrence"
    __table_args__ = (court_unique("kind", "subject_id", "occasion"),)

    kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    subject_id: Mapped[UUID]
    occasion: Mapped[str] = mapped_column(info=NOT_PERSONAL)  # a court-local date, a number ...
    at: Mapped[datetime]
