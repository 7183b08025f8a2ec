"""Giving a version to those who begin. Runs as the platform role; it is logged."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.court_admin.models import note
from app.curriculum.models import CurriculumModule, CurriculumVersion
from app.curriculum.services import NotSignedOff, make_current
from tenants.database import transaction


def publish_version(slug: str, version_id: UUID, *, actor: Actor) -> None:
    """Everybody who begins the module from now on gets this version, older or newer. Twice is once.

    Whoever has begun stays on theirs. Raises NotFound, and Refused in production when it is not signed off and would
    take the place of one that is.
    """
    with transaction() as current:
        module = current.scalar(select(CurriculumModule).where(CurriculumModule.slug == slug).with_for_update())
        version = current.get(CurriculumVersion, version_id)
        if module is None or version is None or version.slug != slug:
            raise NotFound
        before = current.get(CurriculumVersion, module.current_version_id) if module.current_version_id else None
        try:
            changed = make_current(current, module, version_id)
        except NotSignedOff:
            raise Refused(_("The version that people have now is signed off, and this one is not.")) from None
        if changed:
            detail = {"module": slug, "version": version.version, "before": before.version if before else None}
            note(current, "operator.publish_module", operator_id=actor.id, detail=detail)
