"""Publishing the curriculum: files become versions that never change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import PortalError
from app.core.runtime import runtime
from app.curriculum.loader import CONTENT_ROOT, content_hash, load_all
from app.curriculum.lookups import IS_SIGNED_OFF
from app.curriculum.models import CurriculumModule, CurriculumVersion
from app.curriculum.schema import ModuleContent


class NotSignedOff(PortalError):
    """In production no version takes the place of a signed one before it is signed off itself."""


def publish_all(session: Session, root: Path = CONTENT_ROOT) -> list[str]:
    """Publish every module whose content changed; returns their slugs, none when nothing changed.

    `session` is a `role_transaction("platform")`. Whoever began an earlier version stays on it. Raises ContentError,
    with every problem of every folder, before anything is written, and NotSignedOff.
    """
    changed = []
    for module, row, version_id in _written(session, root):
        if make_current(session, row, version_id):
            changed.append(module.slug)
    return changed


def load_all_versions(session: Session, root: Path = CONTENT_ROOT) -> list[str]:
    """Write a version of every module whose content changed, for operators to look at, sign off and publish.

    Only a module that has none yet is given to people at once. Returns the slugs whose current version is not the
    newest content. Raises ContentError.
    """
    waiting = []
    for module, row, version_id in _written(session, root):
        if row.current_version_id is None:
            make_current(session, row, version_id)
        elif row.current_version_id != version_id:
            waiting.append(module.slug)
    return waiting


def _written(session: Session, root: Path) -> Iterator[tuple[ModuleContent, CurriculumModule, UUID]]:
    for module in load_all(root):
        row = session.scalar(select(CurriculumModule).where(CurriculumModule.slug == module.slug).with_for_update())
        if row is None:
            row = CurriculumModule(slug=module.slug, position=module.number, current_version_id=None)
            session.add(row)
            session.flush()
        row.position = module.number
        yield module, row, _version(session, module)


def make_current(session: Session, row: CurriculumModule, version_id: UUID) -> bool:
    """Give a version to everybody who begins from now on; False when they get it already. Raises NotSignedOff."""
    if row.current_version_id == version_id:
        return False
    if runtime().settings.production:
        signed = set(session.scalars(select(CurriculumVersion.id).where(IS_SIGNED_OFF)))
        if row.current_version_id in signed and version_id not in signed:
            raise NotSignedOff(row.slug)
    row.current_version_id = version_id
    session.flush()
    return True


def _version(session: Session, module: ModuleContent) -> UUID:
    """The version with this very content, written now if there is none (old words back bring their version back)."""
    digest = content_hash(module)
    found = session.scalar(
        select(CurriculumVersion.id).where(
            CurriculumVersion.slug == module.slug, CurriculumVersion.content_hash == digest
        )
    )
    if found is not None:
        return found
    last = session.scalar(select(func.max(CurriculumVersion.version)).where(CurriculumVersion.slug == module.slug))
    row = CurriculumVersion(
        slug=module.slug,
        version=(last or 0) + 1,
        content_hash=digest,
        content=module.model_dump(mode="json"),
        demonstration=True,
        published_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row.id
