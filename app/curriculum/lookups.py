"""Reading published curriculum. A version never changes, so each process keeps what it has read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select

from app.core.errors import NotFound
from app.curriculum.models import CurriculumModule, CurriculumVersion
from app.curriculum.schema import ModuleContent
from tenants.database import session


@dataclass(frozen=True)
class CurrentModule:
    slug: str
    position: int
    version_id: UUID


def current_versions() -> dict[str, CurrentModule]:
    """The version of each module that somebody who begins today is given, by slug in the curriculum's order."""
    rows = session().execute(
        select(CurriculumModule.slug, CurriculumModule.position, CurriculumModule.current_version_id)
        .where(CurriculumModule.current_version_id.is_not(None))
        .order_by(CurriculumModule.position)
    )
    return {slug: CurrentModule(slug, position, version) for slug, position, version in rows if version is not None}


@lru_cache(maxsize=256)
def content_of(version_id: UUID) -> ModuleContent:
    """The content of one version. Raises NotFound."""
    content = session().scalar(select(CurriculumVersion.content).where(CurriculumVersion.id == version_id))
    if content is None:
        raise NotFound
    return ModuleContent.read(content)
