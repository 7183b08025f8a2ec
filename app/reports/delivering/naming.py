"""The files of one report or list as they lie in the court's folder."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock
from app.core.runtime import runtime
from app.reports.delivering.documents import Document
from app.reports.delivering.rules import file_name, sidecar
from app.reports.facts import the_court
from app.reports.lists.lookups import file_of_list
from app.reports.lists.models import ListReport
from app.reports.lookups import file_of
from app.reports.snapshot import Snapshot
from tenants.database import session
from tenants.rules import rules_in_force
from tenants.scope import current_court_id

__all__ = ["DroppedFile", "dropped_files"]

MANY = "many"  # in place of the case number of a report about many people


@dataclass(frozen=True)
class DroppedFile:
    name: str
    content: bytes
    content_type: str


def dropped_files(report: Document) -> tuple[DroppedFile, DroppedFile]:
    """The issued file, and a JSON file beside it that names its SHA-256. Raises Missing when the file is not whole."""
    file = file_of_list(report) if isinstance(report, ListReport) else file_of(report)
    content = runtime().storage.get(current_court_id(), file.sha256)
    court = the_court()
    is_list = isinstance(report, ListReport)
    numbers = [] if is_list else list(Snapshot.model_validate(report.snapshot).case.numbers)
    pattern = rules_in_force()[1].reports.delivery.file_name
    assert report.ready_at is not None
    fields = {
        "number": report.number,
        "kind": report.kind,
        "case_number": numbers[0] if numbers else MANY,
        "day": clock.local(report.ready_at, court.time_zone).date().isoformat(),
    }
    name = file_name(pattern, fields)
    model = type(report)
    replaced = session().scalar(select(model.number).where(model.id == report.replaces_id))
    facts = {
        "number": report.number,
        "kind": report.kind,
        "court": court.slug,
        "case_numbers": numbers,
        "language": report.language,
        "file": f"{name}.pdf",
        "replaces": replaced,
    }
    beside = sidecar(facts, sha256=file.sha256, size=len(content), issued_at=report.ready_at)
    return (
        DroppedFile(f"{name}.pdf", content, "application/pdf"),
        DroppedFile(f"{name}.json", beside, "application/json"),
    )
