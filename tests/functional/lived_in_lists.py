"""Lists, a batch and papers to print for the court in which everything has happened."""

from __future__ import annotations

import io
from uuid import UUID

import sqlalchemy as sa
from PIL import Image

from app.accounts.devices.models import LearnerDevice
from app.accounts.devices.services import note_device
from app.batches.caseloads import request_caseload
from app.batches.lookups import Subject
from app.batches.models import ReportBatch
from app.batches.rules import What
from app.batches.services import start
from app.caseload.acting.models import CaseAction
from app.caseload.acting.rules import What as Act
from app.caseload.acting.services import prepare
from app.caseload.attention.models import AttentionMark
from app.caseload.everyone.saving import save_view
from app.caseload.everyone.wanted import Wanted
from app.caseload.models import SavedView
from app.core import clock
from app.core.models import StoredFile
from app.counsel.lookups import email_of
from app.counsel.models import CounselAdmission
from app.counsel.services import admit
from app.disputes.models import Dispute
from app.disputes.rules import Fact
from app.disputes.services import Disputed, raise_dispute
from app.permissions.identity import Identity, Role
from app.reports.delivering.models import PrintBatch, ReportDelivery
from app.reports.lists.models import ListReport
from app.reports.models import Report
from tenants.database import session
from tests.functional.lived_in_moving import TABLES as MOVING
from tests.functional.lived_in_moving import move_people
from tests.functional.lived_in_records import TABLES as RECORDS

TABLES = {
    "dispute_id": Dispute,
    "admission_id": CounselAdmission,
    "list_id": ListReport,
    "run_id": ReportBatch,
    "delivery_id": ReportDelivery,
    "papers_id": PrintBatch,
    "device_id": LearnerDevice,
    "view_id": SavedView,
    "action_id": CaseAction,
    **MOVING,
    **RECORDS,
    "mark_id": AttentionMark,
}
FACT = {"fact": "person", "subject": "name", "place": 0}  # of a record; of a file in one


def give_lists(officer: Identity, learner: Identity, enrollment_id: UUID) -> None:
    """The officer's caseload as a report that is ready, a batch and a kept view of the officer's, and the
    learner's phone."""
    move_people(officer, enrollment_id)
    put_aside(officer, enrollment_id)
    note_device(token="", user_agent="Chrome", actor=learner)
    prepare(Act.REPORT, [enrollment_id], actor=officer)
    save_view(Wanted(sort="name"), f"View of {officer.display_name}", shared=False, actor=officer)
    start(What.PROGRESS, [Subject("", enrollment_id=enrollment_id)], actor=officer)
    report, file = request_caseload(officer.id, actor=officer), session().scalars(sa.select(StoredFile)).first()
    assert file is not None
    report.state, report.file_id, report.signed_sha256, report.ready_at = "ready", file.id, file.sha256, clock.now()
    session().flush()


def put_aside(officer: Identity, enrollment_id: UUID) -> None:
    """Something of the list of the day that the officer put aside."""
    assert officer.id is not None
    mark = AttentionMark(enrollment_id=enrollment_id, kind="violation", occasion="of before", state="done")
    mark.reason, mark.at, mark.by = f"aside {officer.display_name}", clock.now(), officer.id
    session().add(mark)
    session().flush()


def give_papers(clerk: Identity, report: Report, file: StoredFile) -> None:
    """A report that is to be printed with others."""
    papers = PrintBatch(state="ready", created_at=clock.now(), created_by=clerk.id, count=1, sha256=file.sha256)
    session().add(papers)
    session().flush()
    delivery = ReportDelivery(report_id=report.id, way="print", created_at=clock.now(), batch_id=papers.id)
    delivery.state = "waiting"
    session().add(delivery)
    session().flush()


def picture() -> bytes:
    """A small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(file, "PNG")
    return file.getvalue()


def give_the_learners_own(people: dict[Role, Identity], enrollment_id: UUID, canary: str) -> None:
    """A fact that the participant disputes, with a picture of it; and the lawyer who may see the case."""
    learner, lawyer = people[Role.LEARNER], people[Role.COUNSEL]
    about = Disputed(Fact.CHECK_IN, "1", f"said {canary}")
    raise_dispute(enrollment_id, about, f"not right {canary}", actor=learner, file=(picture(), f"{canary}.png"))
    assert lawyer.id is not None
    email = email_of(lawyer.id) or ""
    admit(enrollment_id, name=f"Lawyer {canary}", email=email, sees_messages=False, sure=True, actor=learner)
