"""Publishing the curriculum: files become versions that never change."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.curriculum.loader import CONTENT_ROOT, content_hash, load_all
from app.curriculum.models import CurriculumModule, CurriculumVersion
from app.curriculum.schema import ModuleContent


def publish_all(session: Session, root: Path = CONTENT_ROOT) -> list[str]:
    """Publish every module whose content changed; returns their slugs, none when nothing changed.

    `session` is a `role_transaction("platform")`. Whoever began an earlier version stays on it. Raises ContentError,
    with every problem of every folder, before anything is written.
    """
    return [module.slug for module in load_all(root) if _publish(session, module)]


def _publish(session: Session, module: ModuleContent) -> bool:
    row = session.scalar(select(CurriculumModule).where(CurriculumModule.slug == module.slug).with_for_update())
    if row is None:
        row = CurriculumModule(slug=module.slug, position=module.number, current_version_id=None)
        session.add(row)
        session.flush()
    version_id = _version(session, module)
    changed = row.current_version_id != version_id or row.position != module.number
    row.current_version_id, row.position = version_id, module.number
    return changed


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
