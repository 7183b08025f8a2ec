"""Publishing a version of the program rules, taking back one that has not begun, and keeping an emblem."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.accountability.schedule import midnight
from app.cases.services import keep_file
from app.cases.uploads import shown_name
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, PortalError, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.outbox import enqueue
from app.court_admin.emblems import cleaned
from app.court_admin.lookups import EMBLEM, court_zone, kept_emblem, newest_version, waiting_version
from app.court_admin.module_standing import refuse_unready
from app.court_admin.running import APPLY, newest_version_locked
from tenants import rules
from tenants.database import transaction
from tenants.models import ProgramRules, RulesState
from tenants.program import ProgramDocument

FARTHEST = timedelta(days=730)  # a version can not begin later than this


class RulesMoved(PortalError):
    """Somebody else published a version since the page was opened. Nothing was changed."""


def publish_rules(
    document: ProgramDocument,
    *,
    over: int,
    reason: str,
    actor: Actor,
    begins_on: date | None = None,
    for_running: bool = False,
) -> ProgramRules:
    """Publish `document` as the version after `over`, which must still be the newest, at once or from a day on.

    `begins_on` is court-local; the version is in force from its first instant. People who enrolled earlier keep the
    version that they enrolled under; with `for_running` a job gives them what may be applied to running cases (see
    running.py). Raises RulesMoved when there is a newer version, Refused when nothing would change, when another
    version waits for its day, when the day is no later day, when a module can not be required (module_standing.py), or
    when a new emblem is not one that this court sent.
    """
    with transaction() as session:
        # Whoever publishes at the same moment waits at the newest row; what is the newest is asked again after that.
        session.execute(newest_version_locked())
        if newest_version() != over:
            raise RulesMoved(f"version {over} is not the newest")
        waiting = waiting_version()
        if waiting is not None:
            raise Refused(
                _("Version %(number)s waits for its day. Cancel it first, or let it begin.", number=waiting.version)
            )
        _row, current = rules.rules_in_force()
        if current == document:
            raise Refused(_("You did not change anything, so there is nothing to publish."))
        refuse_unready(document.to_json())
        emblem = document.reports.letterhead.emblem
        if emblem not in ("", current.reports.letterhead.emblem) and kept_emblem(emblem) is None:
            raise Refused(_("Choose the file of the emblem again."), "emblem")
        published = rules.publish(
            document,
            by=actor.id,
            reason=reason,
            at=clock.now(),
            begins_at=_begin(begins_on),
            for_running=for_running,
        )
        if for_running:
            enqueue(APPLY, published.id, due_at=published.begins_at, once="applied")
        old, new = _changes(current, document)
        audit(
            "court_admin.publish_rules",
            actor=actor,
            subject=("program_rules", published.id),
            old={"version": over, **old},
            new={
                "version": published.version,
                "reason": reason,
                "begins_on": begins_on.isoformat() if begins_on else None,
                "for_running": for_running,
                **new,
            },
        )
    return published


def _begin(begins_on: date | None) -> datetime | None:
    if begins_on is None:
        return None
    zone = court_zone()
    today = clock.today(zone)
    if not today < begins_on <= today + FARTHEST:
        raise Refused(_("Choose a day after today, at most two years from now."), "begins_on")
    return midnight(begins_on, zone)


def cancel_version(number: int, *, actor: Actor) -> None:
    """Take back a version that waits for its day. Doing it twice has one effect.

    Raises NotFound when there is no such version, Refused once it has begun.
    """
    with transaction() as session:
        session.execute(newest_version_locked())
        row = session.scalar(
            select(ProgramRules)
            .where(ProgramRules.version == number, ProgramRules.state == RulesState.PUBLISHED)
            .with_for_update()
        )
        if row is None:
            raise NotFound
        if row.canceled_at is not None:
            return
        if row.begins_at is None or row.begins_at <= clock.now():
            raise Refused(_("This version is in force already. Publish another one instead."))
        row.canceled_at, row.canceled_by = clock.now(), actor.id
        audit(
            "court_admin.cancel_rules",
            actor=actor,
            subject=("program_rules", row.id),
            old={"version": number, "begins_at": row.begins_at.isoformat()},
            new={"canceled": True},
        )


def keep_emblem(content: bytes, *, name: str, actor: Actor) -> StoredFile:
    """Make a small PNG of a picture and keep it; publish it by its `sha256`. Raises Refused at the field `emblem`."""
    return keep_file(cleaned(content), name=shown_name(name), content_type="image/png", purpose=EMBLEM, actor=actor)


def _changes(before: ProgramDocument, after: ProgramDocument) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sections that differ, as they were and as they are."""
    old, new = before.to_json(), after.to_json()
    changed = [section for section in new if old.get(section) != new[section]]
    return {section: old.get(section) for section in changed}, {section: new[section] for section in changed}
