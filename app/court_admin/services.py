"""Publishing a version of the program rules, and keeping the emblem that one may show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.cases.services import keep_file
from app.cases.uploads import shown_name
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import PortalError, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.court_admin.emblems import cleaned
from app.court_admin.lookups import EMBLEM, kept_emblem
from tenants import rules
from tenants.database import transaction
from tenants.models import ProgramRules
from tenants.program import ProgramDocument


class RulesMoved(PortalError):
    """Somebody else published a version since the page was opened. Nothing was changed."""


def publish_rules(document: ProgramDocument, *, over: int, reason: str, actor: Actor) -> ProgramRules:
    """Put `document` in force as the version after `over`, which must still be the newest.

    People who enrolled earlier keep the version that they enrolled under. Raises RulesMoved when there is a newer one,
    Refused when nothing would change, or when a new emblem is not one that this court sent.
    """
    with transaction() as session:
        # Whoever publishes at the same moment waits at the newest row; what is the newest is asked again after that.
        newest = select(ProgramRules.id).order_by(ProgramRules.version.desc()).limit(1).with_for_update()
        session.execute(newest)
        if session.scalar(select(func.max(ProgramRules.version))) != over:
            raise RulesMoved(f"version {over} is not the newest")
        _row, current = rules.rules_in_force()
        if current == document:
            raise Refused(_("You did not change anything, so there is nothing to publish."))
        emblem = document.reports.letterhead.emblem
        if emblem not in ("", current.reports.letterhead.emblem) and kept_emblem(emblem) is None:
            raise Refused(_("Choose the file of the emblem again."), "emblem")
        published = rules.publish(document, by=actor.id, reason=reason, at=clock.now())
        old, new = _changes(current, document)
        audit(
            "court_admin.publish_rules",
            actor=actor,
            subject=("program_rules", published.id),
            old={"version": over, **old},
            new={"version": published.version, "reason": reason, **new},
        )
    return published


def keep_emblem(content: bytes, *, name: str, actor: Actor) -> StoredFile:
    """Make a small PNG of a picture and keep it; publish it by its `sha256`. Raises Refused at the field `emblem`."""
    return keep_file(cleaned(content), name=shown_name(name), content_type="image/png", purpose=EMBLEM, actor=actor)


def _changes(before: ProgramDocument, after: ProgramDocument) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sections that differ, as they were and as they are."""
    old, new = before.to_json(), after.to_json()
    changed = [section for section in new if old.get(section) != new[section]]
    return {section: old.get(section) for section in changed}, {section: new[section] for section in changed}
