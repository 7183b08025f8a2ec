"""Reading published curriculum. A version never changes, so each process keeps what it has read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.errors import NotFound
from app.curriculum.models import CurriculumModule, CurriculumSignOff, CurriculumVersion
from app.curriculum.schema import SIGNED_OFF_BY, ModuleContent
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


@lru_cache(maxsize=1024)
def version_number(version_id: UUID) -> int:
    """The number of a version within its module. Raises NotFound."""
    number = session().scalar(select(CurriculumVersion.version).where(CurriculumVersion.id == version_id))
    if number is None:
        raise NotFound
    return number


# The latest word on each part of a version; the version is one of the statement around it.
_LATEST = (
    select(CurriculumSignOff.taken_back)
    .ext(distinct_on(CurriculumSignOff.part))
    .where(CurriculumSignOff.version_id == CurriculumVersion.id)
    .order_by(CurriculumSignOff.part, CurriculumSignOff.at.desc(), CurriculumSignOff.id.desc())
    .correlate(CurriculumVersion)
    .subquery()
)
# A column of a statement about versions: whether the latest word on every part stands.
IS_SIGNED_OFF = select(func.count() == len(SIGNED_OFF_BY)).where(_LATEST.c.taken_back.is_(False)).scalar_subquery()


def signed_off(version_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the versions that every part's approver has signed off. All others are demonstration content.

    Asked each time: a sign-off can be taken back.
    """
    found = select(CurriculumVersion.id).where(CurriculumVersion.id.in_(version_ids), IS_SIGNED_OFF)
    return frozenset(session().scalars(found))
