"""A person, the referral that a court made, the code, the enrollment and its history."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base
from tenants.erase import NOT_PERSONAL, Erase, personal
from tenants.keys import court_index, court_key, court_relationship, court_unique
from tenants.scope import CourtScoped, Versioned


class Person(CourtScoped, Versioned, Base):
    """Somebody whom the court referred. May have several referrals."""

    __tablename__ = "person"
    __table_args__ = (
        court_index("ix_person_name", "family_names", "given_names"),
        court_index("ix_person_birth_date", "birth_date"),
    )

    given_names: Mapped[str] = mapped_column(info=personal(Erase.CLEAR))
    family_names: Mapped[str] = mapped_column(info=personal(Erase.CLEAR))
    birth_date: Mapped[date] = mapped_column(info=personal(Erase.CLEAR))
    email: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    phone: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    language: Mapped[str] = mapped_column(default="en", info=NOT_PERSONAL)
    created_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]  # sealed or destroyed: no server sees the row (tenants/isolation.py)

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.family_names}".strip()


class Referral(CourtScoped, Versioned, Base):
    """The court's order that sends a person to the program."""

    __tablename__ = "referral"
    __table_args__ = (
        court_key("person_id", "person"),
        court_key("order_file_id", "stored_file"),
        court_key("agreement_file_id", "stored_file"),
        court_key("referred_by", "membership"),
        court_index("ix_referral_person", "person_id"),
        court_index("ix_referral_deadline", "deadline"),
        court_index("ix_referral_referred_at", text("referred_at DESC"), text("id DESC")),
    )

    person_id: Mapped[UUID]
    order_date: Mapped[date] = mapped_column(info=personal(Erase.CLEAR))  # court-local
    order_file_id: Mapped[UUID | None]
    agreement_file_id: Mapped[UUID | None]  # the participation agreement, signed on paper
    deadline: Mapped[date] = mapped_column(info=personal(Erase.CLEAR))  # court-local; coursework is due
    case_ends_on: Mapped[date | None] = mapped_column(info=personal(Erase.CLEAR))  # court-local; the term of the case
    referred_by: Mapped[UUID]
    referred_at: Mapped[datetime]
    amended_at: Mapped[datetime | None]  # moves with every amendment, of the person or the hearings too
    gone_at: Mapped[datetime | None]  # as Person.gone_at

    person: Mapped[Person] = court_relationship("Referral", "person_id", "Person")


class ReferralAmendment(CourtScoped, Base):
    """What somebody changed in a referral, and why: the changed facts before and after. Append-only."""

    __tablename__ = "referral_amendment"
    __table_args__ = (
        court_key("referral_id", "referral"),
        court_index("ix_referral_amendment_referral", "referral_id", "at"),
    )

    referral_id: Mapped[UUID]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    old: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    new: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))


class CaseNumber(CourtScoped, Versioned, Base):
    """A case number of a referral; `number` is None while it is pending."""

    __tablename__ = "case_number"
    __table_args__ = (
        court_key("referral_id", "referral"),
        court_index("ix_case_number_referral", "referral_id"),
        court_index("ix_case_number_normalized", "normalized"),
    )

    referral_id: Mapped[UUID]
    position: Mapped[int]
    number: Mapped[str | None] = mapped_column(info=personal(Erase.CLEAR))
    normalized: Mapped[str | None] = mapped_column(info=personal(Erase.CLEAR))  # for comparison, in any format


class Hearing(CourtScoped, Versioned, Base):
    """A date before the judge and, once it was recorded (`recorded_at`), what came of it.

    `kind` and `outcome` are keys of app/cases/hearings/rules.py; `outcome` is empty until then.
    """

    __tablename__ = "hearing"
    __table_args__ = (
        court_key("referral_id", "referral"),
        court_key("recorded_by", "membership"),
        court_index("ix_hearing_referral", "referral_id", "on_date"),
        court_index("ix_hearing_date", "on_date"),
        CheckConstraint(
            "outcome IN ('', 'held', 'continued', 'did_not_appear', 'dismissed', 'returned', 'other')",
            name="outcome_known",
        ),
    )

    referral_id: Mapped[UUID]
    on_date: Mapped[date] = mapped_column(info=personal(Erase.CLEAR))  # court-local
    at_time: Mapped[time | None]
    outcome: Mapped[str] = mapped_column(default="", info=personal(Erase.CLEAR))
    kind: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)
    orders: Mapped[str | None] = mapped_column(info=personal(Erase.CLEAR))  # in the court's words
    recorded_at: Mapped[datetime | None]
    recorded_by: Mapped[UUID | None]


class HearingCorrection(CourtScoped, Base):
    """What a recorded hearing said before it was corrected, and why. Append-only.

    `new` is empty where the record was struck out: then there is no such hearing any more.
    """

    __tablename__ = "hearing_correction"
    __table_args__ = (
        court_key("referral_id", "referral"),
        court_key("actor_id", "membership"),
        court_index("ix_hearing_correction_referral", "referral_id", "at"),
    )

    referral_id: Mapped[UUID]
    hearing_id: Mapped[UUID]
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    old: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))
    new: Mapped[dict[str, Any]] = mapped_column(info=personal(Erase.ROW))


class CodeBatch(CourtScoped, Versioned, Base):
    """Codes that were issued together, and the slips printed from them.

    The codes lie sealed in `sealed` until the slips are made; the slips lie sealed in storage until `keep_until`.
    """

    __tablename__ = "code_batch"
    __table_args__ = (
        court_key("made_by", "membership"),
        court_index("ix_code_batch_made_at", "made_at", "id"),
        CheckConstraint("state IN ('making', 'ready', 'failed', 'gone')", name="state_known"),
    )

    state: Mapped[str] = mapped_column(default="making", info=NOT_PERSONAL)
    per_page: Mapped[int]
    codes: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID]
    sealed: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    file_sha256: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))
    keep_until: Mapped[datetime]


class EnrollmentCode(CourtScoped, Versioned, Base):
    """A court-issued code. Only its keyed hash and last four characters are kept."""

    __tablename__ = "enrollment_code"
    __table_args__ = (
        court_key("referral_id", "referral"),
        court_key("batch_id", "code_batch"),
        court_unique("code_digest"),
        court_index("ix_enrollment_code_referral", "referral_id"),
        court_index("ix_enrollment_code_issued_at", "issued_at", "id"),
        court_index("ix_enrollment_code_state", "state", "issued_at", "id"),
        CheckConstraint("state IN ('issued', 'redeemed', 'expired', 'revoked', 'replaced')", name="state_known"),
    )

    referral_id: Mapped[UUID]
    code_digest: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    last_four: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    state: Mapped[str] = mapped_column(default="issued", info=NOT_PERSONAL)
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]
    batch_id: Mapped[UUID | None]
    mailed_at: Mapped[datetime | None]


class Enrollment(CourtScoped, Versioned, Base):
    """A person's way through the program, from referred to completed."""

    __tablename__ = "enrollment"
    __table_args__ = (
        court_unique("referral_id"),
        court_key("referral_id", "referral"),
        court_key("officer_id", "membership", on_delete="SET NULL"),
        court_key("account_id", "learner_account", on_delete="SET NULL"),
        court_key("rules_id", "program_rules"),
        court_index("ix_enrollment_caseload", "officer_id", text("last_activity_at DESC"), text("id DESC")),
        court_index("ix_enrollment_court_list", text("last_activity_at DESC"), text("id DESC")),
        court_index("ix_enrollment_account", "account_id"),
        CheckConstraint(
            "state IN ('referred', 'enrolled', 'coursework', 'accountability', 'report_due', 'completed', 'on_hold', "
            "'returned_to_court', 'terminated', 'transferred', 'withdrawn')",
            name="state_known",
        ),
    )

    referral_id: Mapped[UUID]
    officer_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    rules_id: Mapped[UUID | None]  # the version in force when enrolled
    state: Mapped[str] = mapped_column(default="referred", info=NOT_PERSONAL)
    held_from: Mapped[str | None] = mapped_column(info=NOT_PERSONAL)  # where on_hold or returned_to_court came from
    paused_at: Mapped[datetime | None]  # since when it is in a side state that it can come back from
    enrolled_at: Mapped[datetime | None]
    coursework_done_at: Mapped[datetime | None]
    accountability_from: Mapped[date | None] = mapped_column(info=personal(Erase.KEEP))  # court-local
    completed_at: Mapped[datetime | None]
    last_activity_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]  # as Person.gone_at

    referral: Mapped[Referral] = court_relationship("Enrollment", "referral_id", "Referral")


class EnrollmentTransition(CourtScoped, Base):
    """One step of an enrollment's history. Append-only."""

    __tablename__ = "enrollment_transition"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_index("ix_enrollment_transition_enrollment", "enrollment_id", "at"),
    )

    enrollment_id: Mapped[UUID]
    from_state: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    to_state: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    actor_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(default="", info=personal(Erase.ROW))


class AgreementSignature(CourtScoped, Base):
    """The participation agreement as it was signed: which text, in which language, by which typed name. Append-only."""

    __tablename__ = "agreement_signature"
    __table_args__ = (court_unique("enrollment_id"), court_key("enrollment_id", "enrollment"))

    enrollment_id: Mapped[UUID]
    rules_id: Mapped[UUID]
    text_sha256: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(info=NOT_PERSONAL)
    typed_name: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    name_differs: Mapped[bool] = mapped_column(default=False)  # another spelling than the court's: the clerk looks
    signed_at: Mapped[datetime]


class CaseNote(CourtScoped, Versioned, Base):
    """An officer's note on a case: private to who works on it, unless it is shared with the learner.

    What it said before is kept in CaseNoteVersion; a note that was struck out stays, with the reason.
    """

    __tablename__ = "case_note"
    __table_args__ = (
        court_key("enrollment_id", "enrollment"),
        court_key("author_id", "membership"),
        court_key("struck_by", "membership"),
        court_index("ix_case_note_enrollment", "enrollment_id", "at"),
    )

    enrollment_id: Mapped[UUID]
    author_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    shared: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    struck_at: Mapped[datetime | None]
    struck_by: Mapped[UUID | None]
    struck_reason: Mapped[str | None] = mapped_column(info=personal(Erase.ROW))


class CaseNoteVersion(CourtScoped, Base):
    """What a note said until somebody (`actor_id`) changed it at `at`. Append-only."""

    __tablename__ = "case_note_version"
    __table_args__ = (
        court_key("note_id", "case_note"),
        court_key("actor_id", "membership"),
        court_index("ix_case_note_version_note", "note_id", "at"),
    )

    note_id: Mapped[UUID]
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(info=personal(Erase.ROW))
    shared: Mapped[bool]
