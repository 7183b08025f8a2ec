"""What the rules pages read: versions of the rules, who published them, modules that exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import Membership
from app.core.errors import NotFound
from app.core.i18n import current_language
from app.core.models import StoredFile
from app.curriculum.models import CurriculumModule, CurriculumVersion
from tenants.database import session
from tenants.models import ProgramRules, RulesState
from tenants.program import ProgramDocument

EMBLEM = "emblem"  # the purpose of a stored file


@dataclass(frozen=True)
class Module:
    """A module of the curriculum. `ready`: written, not only announced."""

    slug: str
    title: str
    ready: bool


@dataclass(frozen=True)
class Version:
    """One published version of the rules. `by` is empty when nobody of the court published it."""

    number: int
    at: datetime
    by: str
    reason: str


def modules() -> list[Module]:
    """The current curriculum in its order, titles in the reader's language."""
    rows = session().execute(
        select(CurriculumVersion.slug, CurriculumVersion.content["title"], CurriculumVersion.content["status"])
        .join(CurriculumModule, CurriculumModule.current_version_id == CurriculumVersion.id)
        .order_by(CurriculumModule.position)
    )
    language = current_language()
    return [Module(slug, title.get(language) or title["en"], status == "whole") for slug, title, status in rows]


def versions() -> list[Version]:
    """Every published version, newest first."""
    rows = session().execute(
        select(ProgramRules.version, ProgramRules.published_at, Membership.display_name, ProgramRules.reason)
        .outerjoin(Membership, Membership.id == ProgramRules.published_by)
        .where(ProgramRules.state == RulesState.PUBLISHED)
        .order_by(ProgramRules.version.desc())
    )
    return [Version(number, at, by or "", reason) for number, at, by, reason in rows if at is not None]


def document_of(number: int) -> ProgramDocument:
    """The rules as published under `number` in the court at work. Raises NotFound."""
    row = session().scalar(
        select(ProgramRules.document).where(ProgramRules.version == number, ProgramRules.state == RulesState.PUBLISHED)
    )
    if row is None:
        raise NotFound
    return ProgramDocument.model_validate(row)


def kept_emblem(sha256: str | None) -> StoredFile | None:
    """The picture that this court sent as an emblem; None for any other file, and for another court's."""
    if not sha256 or len(sha256) != 64:
        return None
    wanted = select(StoredFile).where(StoredFile.sha256 == sha256, StoredFile.purpose == EMBLEM)
    return session().scalar(wanted.order_by(StoredFile.created_at.desc()).limit(1))
