"""What the rules pages read: versions of the rules, who published them, modules that exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Membership
from app.core import clock
from app.core.errors import NotFound
from app.core.i18n import current_language
from app.core.models import StoredFile
from app.curriculum.lookups import IS_SIGNED_OFF, content_of, current_versions, version_number
from app.curriculum.models import CurriculumModule, CurriculumVersion
from app.learning.overview import going_through
from tenants.database import session
from tenants.models import Court, ProgramRules, RulesState
from tenants.program import ProgramDocument
from tenants.scope import current_court_id

EMBLEM = "emblem"  # the purpose of a stored file
SHOWN = (RulesState.PUBLISHED, RulesState.AMENDED)
ON_PAGE = 20  # versions


@dataclass(frozen=True)
class Module:
    """A module of the curriculum. `ready`: written, not only announced; `signed`: its current version is signed off."""

    slug: str
    title: str
    ready: bool
    signed: bool = False


@dataclass(frozen=True)
class ModuleUse:
    """A module in this court. `number`: of the version that people who begin now get; `here` and `older`: how many of
    the court's people are in the middle of that one, and of others."""

    module: Module
    number: int
    here: int
    older: Mapping[int, int]


@dataclass(frozen=True)
class Version:
    """One version of the rules. `by` is empty when nobody of the court published it.

    `begins_at` is None for one that was in force at once; `amends` and `taken_from` are numbers of other versions.
    """

    id: UUID
    number: int
    state: str
    at: datetime
    by: str
    reason: str
    begins_at: datetime | None = None
    canceled_at: datetime | None = None
    for_running: bool = False
    amends: int | None = None
    taken_from: int | None = None

    @property
    def amended(self) -> bool:
        return self.state == RulesState.AMENDED

    def waits(self, now: datetime) -> bool:
        """Whether it is to begin later than `now`."""
        return self.begins_at is not None and self.canceled_at is None and self.begins_at > now


def module_uses() -> list[ModuleUse]:
    """The current curriculum in its order, with what of it the court's people are on."""
    newest = current_versions()
    counts: dict[str, dict[UUID, int]] = {}
    for version_id, people in going_through().items():
        counts.setdefault(content_of(version_id).slug, {})[version_id] = people
    found = []
    for module in modules():
        current, mine = newest[module.slug].version_id, counts.get(module.slug, {})
        older = {version_number(version): people for version, people in mine.items() if version != current}
        found.append(ModuleUse(module, version_number(current), mine.get(current, 0), dict(sorted(older.items()))))
    return found


def modules() -> list[Module]:
    """The current curriculum in its order, titles in the reader's language."""
    found = (
        session()
        .execute(
            select(
                CurriculumVersion.slug,
                CurriculumVersion.content["title"].label("title"),
                CurriculumVersion.content["status"].label("status"),
                IS_SIGNED_OFF.label("signed"),
            )
            .join(CurriculumModule, CurriculumModule.current_version_id == CurriculumVersion.id)
            .order_by(CurriculumModule.position)
        )
        .all()
    )
    language = current_language()
    return [
        Module(row.slug, row.title.get(language) or row.title["en"], row.status == "whole", row.signed) for row in found
    ]


def versions(*, number: int | None = None, before: int | None = None, limit: int = ON_PAGE + 1) -> list[Version]:
    """Versions, the newest first: the one of this number, or at most `limit` that are older than `before`."""
    amends, taken_from = aliased(ProgramRules), aliased(ProgramRules)
    query = (
        select(ProgramRules, Membership.display_name, amends.version, taken_from.version)
        .outerjoin(Membership, Membership.id == ProgramRules.published_by)
        .outerjoin(amends, amends.id == ProgramRules.amends_id)
        .outerjoin(taken_from, taken_from.id == ProgramRules.taken_from_id)
        .where(ProgramRules.state.in_(SHOWN))
        .order_by(ProgramRules.version.desc())
        .limit(limit)
    )
    if number is not None:
        query = query.where(ProgramRules.version == number)
    if before is not None:
        query = query.where(ProgramRules.version < before)
    return [
        Version(
            row.id,
            row.version,
            row.state,
            row.published_at or row.created_at,
            by or "",
            row.reason,
            row.begins_at,
            row.canceled_at,
            bool(row.for_running),
            amended,
            taken,
        )
        for row, by, amended, taken in session().execute(query)
    ]


def version_of(number: int) -> Version:
    """The version of this number in the court at work. Raises NotFound."""
    found = versions(number=number)
    if not found:
        raise NotFound
    return found[0]


def newest_version() -> int:
    """The number of the newest published version that was not taken back; 0 before there is one."""
    published = _published(func.max(ProgramRules.version))
    return session().scalar(published) or 0


def waiting_version() -> ProgramRules | None:
    """The version that is to begin later; there is one at most."""
    found: ProgramRules | None = session().scalar(
        _published(ProgramRules).where(ProgramRules.begins_at > clock.now()).limit(1)
    )
    return found


def _published(what: Any) -> Select[Any]:
    return select(what).where(ProgramRules.state == RulesState.PUBLISHED, ProgramRules.canceled_at.is_(None))


def document_of(number: int) -> ProgramDocument:
    """The rules of version `number` in the court at work. Raises NotFound."""
    row = session().scalar(
        select(ProgramRules.document).where(ProgramRules.version == number, ProgramRules.state.in_(SHOWN))
    )
    if row is None:
        raise NotFound
    return ProgramDocument.model_validate(row)


def court_zone() -> str:
    """The time zone of the court at work, an IANA name."""
    return session().scalars(select(Court.time_zone).where(Court.id == current_court_id())).one()


def member_names(members: Collection[UUID]) -> dict[UUID, str]:
    """Names of members of the court's staff by id. One statement."""
    rows = session().execute(select(Membership.id, Membership.display_name).where(Membership.id.in_(members)))
    return {row[0]: row[1] for row in rows}


def kept_emblem(sha256: str | None) -> StoredFile | None:
    """The picture that this court sent as an emblem; None for any other file, and for another court's."""
    if not sha256 or len(sha256) != 64:
        return None
    wanted = select(StoredFile).where(StoredFile.sha256 == sha256, StoredFile.purpose == EMBLEM)
    return session().scalar(wanted.order_by(StoredFile.created_at.desc()).limit(1))
