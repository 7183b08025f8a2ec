"""Modules, their versions, and who has signed them off, as the platform role reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core.errors import NotFound
from app.curriculum.models import CurriculumApprover, CurriculumModule, CurriculumSignOff, CurriculumVersion
from app.curriculum.schema import SIGNED_OFF_BY
from app.operator.models import Operator
from tenants.database import session


@dataclass(frozen=True)
class SignOff:
    """What an approver said about a part of a version, or took back."""

    part: str
    name: str
    looked_at: str
    at: datetime
    taken_back: bool


@dataclass(frozen=True)
class Version:
    """A version of a module. `signed`: the latest word on each part; `words`: all that was said, oldest first."""

    id: UUID
    slug: str
    number: int
    published_at: datetime
    current: bool
    signed: Mapping[str, SignOff]
    words: Sequence[SignOff]

    @property
    def whole(self) -> bool:
        """Whether every part is signed off: then it is no demonstration content any more."""
        return all(part in self.signed and not self.signed[part].taken_back for part in SIGNED_OFF_BY)


def versions_of(slug: str) -> list[Version]:
    """The versions of a module, the newest first. Raises NotFound."""
    module = session().get(CurriculumModule, slug)
    if module is None:
        raise NotFound
    rows = session().execute(
        select(CurriculumVersion.id, CurriculumVersion.version, CurriculumVersion.published_at)
        .where(CurriculumVersion.slug == slug)
        .order_by(CurriculumVersion.version.desc())
    )
    found = rows.all()
    words = _words([row.id for row in found])
    return [
        Version(
            row.id,
            slug,
            row.version,
            row.published_at,
            row.id == module.current_version_id,
            {word.part: word for word in words.get(row.id, [])},
            words.get(row.id, []),
        )
        for row in found
    ]


def the_version(slug: str, version_id: UUID) -> Version:
    """One version of a module. Raises NotFound."""
    found = next((one for one in versions_of(slug) if one.id == version_id), None)
    if found is None:
        raise NotFound
    return found


def _words(version_ids: Collection[UUID]) -> dict[UUID, list[SignOff]]:
    rows = session().execute(
        select(CurriculumSignOff, Operator.display_name)
        .join(Operator, Operator.id == CurriculumSignOff.operator_id)
        .where(CurriculumSignOff.version_id.in_(version_ids))
        .order_by(CurriculumSignOff.at, CurriculumSignOff.id)
    )
    found: dict[UUID, list[SignOff]] = {}
    for row, name in rows:
        found.setdefault(row.version_id, []).append(SignOff(row.part, name, row.looked_at, row.at, row.taken_back))
    return found


@dataclass(frozen=True)
class Approver:
    id: UUID
    part: str
    operator_id: UUID
    name: str
    named_at: datetime
    row_version: int


def approvers() -> list[Approver]:
    """Who may sign off which part now, by part and name."""
    rows = session().execute(
        select(CurriculumApprover, Operator.display_name)
        .join(Operator, Operator.id == CurriculumApprover.operator_id)
        .where(CurriculumApprover.ended_at.is_(None))
        .order_by(CurriculumApprover.part, Operator.display_name, CurriculumApprover.id)
    )
    return [Approver(row.id, row.part, row.operator_id, name, row.named_at, row.row_version) for row, name in rows]


def parts_of(operator_id: UUID | None) -> list[str]:
    """The parts that an operator may sign off."""
    return [part for part in SIGNED_OFF_BY if any(_is(one, operator_id, part) for one in approvers())]


def _is(approver: Approver, operator_id: UUID | None, part: str) -> bool:
    return approver.operator_id == operator_id and approver.part == part


def operators_to_choose() -> list[tuple[UUID, str]]:
    """(id, name) of every operator, by name."""
    rows = session().execute(select(Operator.id, Operator.display_name).order_by(Operator.display_name, Operator.id))
    return [(operator_id, name) for operator_id, name in rows]
