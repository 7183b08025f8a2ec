"""Exports of courts, made without a worker, and one court's export to look into."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actor import SYSTEM
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.exports import services
from app.exports.checking import Checked, check
from app.exports.models import CourtExport
from app.permissions.identity import Role
from config import Settings
from tenants.database import session
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import run_renders

FORMULA = "=HYPERLINK(1)"
CANARY = "Zzcanary"


def make_export(court: TestCourt) -> CourtExport:
    """An export asked for by nobody in particular, and made as a worker makes it."""
    with court.app.app_context(), court.acting():
        export = services.ask(reason="for a test", actor=SYSTEM)
    assert run_makes(court) == ["done"]
    with court.app.app_context(), court.acting():
        return services.the_export(export.id)


def run_makes(court: TestCourt) -> list[str]:
    ends = []
    with court.app.app_context(), court.acting():
        waiting = select(Outbox.id).where(Outbox.kind == services.MAKE, Outbox.done_at.is_(None))
        ids = list(session().scalars(waiting))
    for job_id in ids:
        with court.app.app_context(), court.acting():
            ends.append(run_job(job_id, runtime().registry.jobs))
    return ends


def save(court: TestCourt, export: CourtExport, folder: Path) -> Path:
    with court.app.app_context():
        content = runtime().storage.get(court.id, export.sha256)
    path = folder / f"{court.slug}.zip"
    path.write_bytes(content)
    return path


@dataclass
class Exported:
    court: TestCourt
    other: TestCourt
    export: CourtExport
    path: Path
    settings: Settings
    enrollment_id: UUID

    def rows(self, table: str) -> list[dict[str, Any]]:
        with zipfile.ZipFile(self.path) as archive:
            found: list[dict[str, Any]] = json.loads(archive.read(f"tables/{table}.json"))
        return found

    def everything(self) -> bytes:
        with zipfile.ZipFile(self.path) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())

    def check(self, path: Path | None = None) -> Checked:
        return check(path or self.path, certificate_pem=self.settings.signing_cert_file.read_bytes())


@pytest.fixture(scope="module")
def exported(app: Flask, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A court with a learner and a report, exported beside another court that holds a canary."""
    court, other = make_court(app), make_court(app)
    _learner, enrollment_id = make_learner(court, given_names=FORMULA, family_names="Ñandú")
    make_learner(other, given_names=CANARY, family_names=CANARY)
    assert "done" in run_renders(court)
    run_renders(other)
    court.staff_client(Role.CLERK)
    export = make_export(court)
    path = save(court, export, tmp_path_factory.mktemp("export"))
    return Exported(court, other, export, path, settings, enrollment_id)
