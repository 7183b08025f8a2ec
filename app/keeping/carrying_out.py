"""Sealing or destroying a record, in a worker: first the copy under its own key, then the rows, then the files."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.cases.models import CaseNumber, Enrollment, Person, Referral
from app.cases.rules import move
from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.jobs import Job, JobHandler
from app.core.models import StoredFile
from app.core.outbox import enqueue
from app.core.runtime import runtime
from app.keeping import boxes
from app.keeping.erasing import Erased, as_records, erase
from app.keeping.lookups import FINDS, the_sealing, waiting_for
from app.keeping.models import LegalHold, RecordSealing, SurvivingDocument
from app.keeping.rows import find
from app.keeping.rules import SEALING_MOVES, Waits
from app.keeping.services import CARRY_OUT
from app.reports.models import Report
from app.transfers.asking import empty_parcels
from tenants.database import session, transaction
from tenants.scope import current_court_id

FORGET_FILES = "keeping.forget_files"
LOOK_AGAIN = "keeping.look_again"
KEEP_TOMBSTONES = "keeping.keep_tombstones"  # done by app/keeping/tombstones.py
# A page that was open when the case went may still have written something: look once more after it must be done.
AGAIN_AFTER = timedelta(minutes=10)
ISSUED = ("ready", "delivered", "acknowledged")


def carry_out(job: Job) -> None:
    """Do what is planned, unless it waits for something (a hold was placed, somebody called it off)."""
    assert job.subject_id is not None
    with transaction():
        job.done()
        row = the_sealing(job.subject_id, lock=True)
        if row.state in ("planned", "confirmed") and waiting_for(row) is Waits.FOR_NOTHING:
            do(row)


def do(row: RecordSealing) -> None:
    """Seal or destroy now, in the transaction at hand, whatever the day: the caller has looked."""
    now = clock.now()
    with transaction():
        _lock_case(row.referral_id)
        _keep_survivors(row)
        if row.what == "seal":
            _fill_box(row)
        empty_parcels(row.referral_id)
        erased = erase(row.referral_id, at=now)
        move(row.state, "done", SEALING_MOVES)
        row.state, row.done_at, row.removed = "done", now, erased.rows
        session().flush()
        _blank_words_about(row.referral_id)
        audit(
            "keeping.seal" if row.what == "seal" else "keeping.destroy",
            actor=SYSTEM,
            subject=("sealing", row.id),
            case_id=row.referral_id,
            new={"ground": row.ground, "rows": sum(erased.rows.values())},
        )
        _forget(row.id, erased)
        enqueue(KEEP_TOMBSTONES, row.id)
        enqueue(LOOK_AGAIN, row.id, due_at=now + AGAIN_AFTER)


def _blank_words_about(referral_id: UUID) -> None:
    """What people typed about the record when they decided on it, this time and before."""
    of_sealings = update(RecordSealing).where(RecordSealing.referral_id == referral_id)
    session().execute(of_sealings.values(reference="", row_version=RecordSealing.row_version + 1))
    of_holds = update(LegalHold).where(LegalHold.referral_id == referral_id)
    session().execute(of_holds.values(reason="", lifted_reason="", row_version=LegalHold.row_version + 1))
    session().expire_all()


def _lock_case(referral_id: UUID) -> None:
    """Whoever writes to the case now is waited for; whoever comes later finds no case."""
    current = session()
    person_id = current.scalars(select(Referral.person_id).where(Referral.id == referral_id).with_for_update()).one()
    current.scalars(select(Person.id).where(Person.id == person_id).with_for_update()).one()
    current.scalars(select(Enrollment.id).where(Enrollment.referral_id == referral_id).with_for_update()).all()


def _fill_box(row: RecordSealing) -> None:
    """Everything of the case, encrypted, and by which case numbers a later order can name it."""
    numbers = session().scalars(select(CaseNumber.normalized).where(CaseNumber.referral_id == row.referral_id))
    row.found_by = [runtime().keyring.digest(FINDS, number) for number in numbers if number]
    with as_records():
        contents = boxes.contents_of(find(row.referral_id))
    row.box_sha256, row.box_key = boxes.put(row.id, contents)


def _keep_survivors(row: RecordSealing) -> None:
    """The files of the documents that the rules name; their own rows go with the case."""
    if "signed_order" in row.survives:
        order = session().scalar(select(Referral.order_file_id).where(Referral.id == row.referral_id))
        _survives(row, "signed_order", "", order)
    reports = (
        select(Report.kind, Report.number, Report.file_id)
        .join(Enrollment, Enrollment.id == Report.enrollment_id)
        .where(Enrollment.referral_id == row.referral_id, Report.kind.in_(row.survives), Report.state.in_(ISSUED))
    )
    for kind, number, file_id in session().execute(reports.order_by(Report.number)).all():
        _survives(row, kind, number, file_id)
    session().flush()


def _survives(row: RecordSealing, kind: str, number: str, file_id: UUID | None) -> None:
    if file_id is not None:
        session().add(SurvivingDocument(sealing_id=row.id, kind=kind, number=number, file_id=file_id))


def _forget(subject_id: UUID, erased: Erased) -> None:
    if erased.files or erased.copies:
        enqueue(FORGET_FILES, subject_id, payload={"files": erased.files, "copies": erased.copies})


def forget_files(job: Job) -> None:
    """Delete files of what has gone; one that another row names by the same content stays."""
    files, copies = job.payload["files"], job.payload["copies"]
    storage, court_id = runtime().storage, current_court_id()
    for sha256 in [*copies, *(sha256 for sha256 in files if sha256 not in _still_named(files))]:
        storage.delete(court_id, sha256)
    with transaction():
        job.done()


def _still_named(files: Collection[str]) -> set[str]:
    return set(session().scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(files))))


def look_again(job: Job) -> None:
    """Whatever was written to the case while it went goes, too."""
    assert job.subject_id is not None
    with transaction():
        job.done()
        row = the_sealing(job.subject_id, lock=True)
        if row.done_at is not None:
            _forget(row.id, erase(row.referral_id, at=row.done_at))


def destroy_key(row: RecordSealing) -> None:
    """Of a sealed record: from now on nobody can open it. The box itself goes, too."""
    with transaction():
        if row.key_destroyed_at is None:
            row.what, row.box_key, row.found_by, row.key_destroyed_at = "destroy", "", [], clock.now()
            erase(row.referral_id, at=row.done_at or clock.now())  # what was said when it was opened
            audit("keeping.destroy", actor=SYSTEM, subject=("sealing", row.id), case_id=row.referral_id)
            enqueue(FORGET_FILES, row.id, payload={"files": [], "copies": [row.box_sha256]})
            enqueue(KEEP_TOMBSTONES, row.id)


JOBS: dict[str, JobHandler] = {
    CARRY_OUT: JobHandler(carry_out, time_limit=timedelta(minutes=10)),
    FORGET_FILES: JobHandler(forget_files),
    LOOK_AGAIN: JobHandler(look_again, time_limit=timedelta(minutes=10)),
}
