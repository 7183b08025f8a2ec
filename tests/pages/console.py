"""What may stand in the addresses of the operator's console."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Membership
from app.curriculum.lookups import current_versions
from app.curriculum.models import CurriculumRecording
from app.permissions.identity import Role
from tenants.database import acting_as, role_transaction, session
from tests.factories import TestCourt


def console_values(portal: Flask, console: Flask, court: TestCourt) -> dict[str, Any]:
    """By argument name. A version is compared with itself where there is no older one."""
    with console.app_context(), role_transaction("platform") as platform:
        recording = platform.scalar(select(CurriculumRecording.id).limit(1))
    with portal.app_context():
        slug, version = min(current_versions().items())
        with acting_as(court.id):
            found = session().scalar(select(Membership.id).where(Membership.role == Role.FACILITATOR).limit(1))
    return {
        "court_id": court.id,
        "membership_id": found,
        "slug": slug,
        "version_id": version.version_id,
        "before_id": version.version_id,
        "recording_id": recording,
        "lesson": "how-this-program-works",
        "part": "survivors",
        "language": "en",
    }
