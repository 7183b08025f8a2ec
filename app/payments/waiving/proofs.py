"""Photos and PDFs that go with a request: added, taken back, and deleted when their time is over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.services import keep_file
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.payments.deciding.rules import ask_again_until
from app.payments.models import Waiver
from app.payments.rules import WAIVER_PENDING
from app.payments.waiving.lookups import LEARNER, Desk, draft_of, proofs_of, proofs_of_draft, the_court
from app.payments.waiving.models import WaiverDraft, WaiverProof
from app.payments.waiving.proof_files import cleaned_proof
from app.payments.waiving.rules import MOST_PROOFS
from tenants.database import after_commit, session, transaction
from tenants.rules import documents_of
from tenants.scope import current_court_id

PROOF = "waiver_proof"  # purpose of the stored file
DRAFT_KEPT = timedelta(days=180)  # since it was last saved


def add_to_draft(desk: Desk, content: bytes, name: str, *, actor: Actor) -> WaiverProof:
    """Add a file to what is being filled in. Raises Refused at `file`: no picture or PDF, too large, too many."""
    clean = cleaned_proof(content, name)
    with transaction():
        the_enrollment(desk.enrollment_id, lock=True)
        if len(proofs_of_draft(desk)) >= MOST_PROOFS:
            raise _too_many()
        kept = keep_file(clean.content, name=clean.name, content_type=clean.content_type, purpose=PROOF, actor=actor)
        return _row(desk.enrollment_id, desk.written_by, kept, actor=actor)


def add_to_request(waiver: Waiver, content: bytes, name: str, *, actor: Actor) -> WaiverProof:
    """Add a file to a request that was sent (the court asked for it); noted with the case. Raises Refused at `file`."""
    clean = cleaned_proof(content, name)
    with transaction():
        enrollment = the_enrollment(waiver.enrollment_id, lock=True)
        if sum(proof.file_deleted_at is None for proof in proofs_of(waiver.id)) >= 2 * MOST_PROOFS:
            raise _too_many()
        kept = keep_file(clean.content, name=clean.name, content_type=clean.content_type, purpose=PROOF, actor=actor)
        row = _row(waiver.enrollment_id, LEARNER, kept, actor=actor, waiver_id=waiver.id)
        audit(
            "payments.add_waiver_proof",
            actor=actor,
            subject=("waiver", waiver.id),
            case_id=enrollment.referral_id,
            new={"proof": str(row.id), "file": kept.name, "content_type": kept.content_type, "size": kept.size},
        )
        return row


def _too_many() -> Refused:
    return Refused(_("There are %(most)s files already. Take one back first.", most=MOST_PROOFS), "file")


def _row(
    enrollment_id: UUID, written_by: str, kept: StoredFile, *, actor: Actor, waiver_id: UUID | None = None
) -> WaiverProof:
    row = WaiverProof(
        enrollment_id=enrollment_id,
        written_by=written_by,
        waiver_id=waiver_id,
        file_id=kept.id,
        added_at=clock.now(),
        added_by=actor.id,
    )
    row.file = kept
    session().add(row)
    session().flush()
    return row


def take_back(desk: Desk, proof_id: UUID) -> None:
    """Take a file out of what is being filled in; its content is deleted. Raises NotFound."""
    with transaction():
        the_enrollment(desk.enrollment_id, lock=True)
        for proof in proofs_of_draft(desk):
            if proof.id == proof_id:
                _delete(proof)
                return
        raise NotFound


def drop_draft_proofs(desk: Desk) -> None:
    """Delete every file of what is being filled in."""
    with transaction():
        for proof in proofs_of_draft(desk):
            _delete(proof)


def _delete(proof: WaiverProof) -> None:
    """Its content alone: no two proofs share one (see `cleaned_proof`)."""
    court_id, sha256 = current_court_id(), proof.file.sha256
    proof.file_deleted_at = clock.now()
    session().flush()
    after_commit(lambda: runtime().storage.delete(court_id, sha256))


def forget_proofs() -> None:
    """Schedule: delete proof whose time by the court's rules is over, and what was never sent in half a year."""
    now, zone = clock.now(), the_court().time_zone
    due = session().execute(
        select(WaiverProof.id, Waiver.decided_at, Enrollment.rules_id)
        .join(Waiver, Waiver.id == WaiverProof.waiver_id)
        .join(Enrollment, Enrollment.id == Waiver.enrollment_id)
        .where(
            WaiverProof.file_deleted_at.is_(None),
            Waiver.decided_at < now - timedelta(days=1),
            Waiver.state.not_in(WAIVER_PENDING),
        )
    )
    rows = [(proof_id, decided_at, rules_id) for proof_id, decided_at, rules_id in due if rules_id and decided_at]
    documents = documents_of({rules_id for _id, _at, rules_id in rows})
    for proof_id, decided_at, rules_id in rows:
        waivers = documents[rules_id].waivers
        last_day = ask_again_until(decided_at, waivers, zone) + timedelta(days=waivers.proof_kept_days)
        if clock.today(zone) > last_day:
            _forget(proof_id)
    _forget_drafts()


def _forget(proof_id: UUID) -> None:
    with transaction():
        proof = session().scalar(select(WaiverProof).where(WaiverProof.id == proof_id).with_for_update())
        if proof is None or proof.file_deleted_at is not None:
            return
        waiver = session().scalars(select(Waiver).where(Waiver.id == proof.waiver_id)).one()
        if waiver.state in WAIVER_PENDING:  # asked again meanwhile
            return
        proof.file = session().scalars(select(StoredFile).where(StoredFile.id == proof.file_id)).one()
        _delete(proof)
        audit(
            "payments.forget_waiver_proof",
            actor=SYSTEM,
            subject=("waiver", waiver.id),
            case_id=the_enrollment(proof.enrollment_id).referral_id,
            new={"proof": str(proof.id), "sha256": proof.file.sha256},
        )


def _forget_drafts() -> None:
    old = session().scalars(select(WaiverDraft).where(WaiverDraft.saved_at < clock.now() - DRAFT_KEPT)).all()
    for desk in [Desk(draft.enrollment_id, draft.written_by) for draft in old]:
        with transaction() as current:
            the_enrollment(desk.enrollment_id, lock=True)
            draft = draft_of(desk, lock=True)
            if draft is None or draft.saved_at >= clock.now() - DRAFT_KEPT:
                continue
            drop_draft_proofs(desk)
            current.delete(draft)
