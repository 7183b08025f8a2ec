"""The court's one draft of its next rules: begun, changed part by part, discarded, published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, select

from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import PortalError, Refused
from app.core.i18n import gettext as _
from app.court_admin.drafting import mark, put_part, said_in
from app.court_admin.lookups import document_of, kept_emblem
from app.court_admin.models import RulesDraft
from app.court_admin.questions import Part, value_at
from app.court_admin.running import newest_version_locked
from app.court_admin.services import publish_rules
from tenants.database import session, transaction
from tenants.models import ProgramRules
from tenants.program import ProgramDocument
from tenants.rules import rules_in_force

EMBLEM_PATH = ("reports", "letterhead", "emblem")


class DraftMoved(PortalError):
    """Somebody else changed, published or discarded the draft since the page was opened. Nothing was changed."""


def the_draft(*, lock: bool = False) -> RulesDraft | None:
    """The court's draft, if there is one."""
    query = select(RulesDraft)
    return session().scalar(query.with_for_update() if lock else query)


def start_draft(*, actor: Actor, from_version: int | None = None) -> RulesDraft:
    """Begin a draft from the rules in force, or from an earlier version. Without a version, joins one that is there.

    Raises NotFound for an unknown version, Refused when a version is asked for while there is a draft.
    """
    with transaction() as current:
        # Two who begin at the same moment: the second waits here, and finds the first one's draft.
        current.execute(newest_version_locked())
        draft = the_draft()
        if draft is not None:
            if from_version is not None:
                raise Refused(_("There is a draft already. Publish or discard it first."))
            return draft
        row, in_force = rules_in_force()
        document = in_force if from_version is None else document_of(from_version)
        draft = RulesDraft(
            base_id=row.id,
            document=document.to_json(),
            started_at=clock.now(),
            started_by=_member(actor),
            changed_at=clock.now(),
            changed_by=_member(actor),
        )
        current.add(draft)
        current.flush()
        audit(
            "court_admin.start_draft",
            actor=actor,
            subject=("rules_draft", draft.id),
            new={"from_version": row.version if from_version is None else from_version},
        )
        return draft


def _member(actor: Actor) -> Any:
    if actor.id is None:
        raise ValueError("a draft belongs to a member of staff")
    return actor.id


def save_part(part: Part, wanted: Mapping[str, Any], *, seen: str, actor: Actor) -> RulesDraft:
    """Take over `part` of the document `wanted` into the draft. `seen` is the mark of the part that the page showed.

    What is wrong with it is kept as it is. Saving the same twice has one effect. Raises DraftMoved when the part was
    changed meanwhile or the draft is gone, Refused at the field `emblem` for one that this court did not send.
    """
    with transaction() as current:
        draft = the_draft(lock=True)
        if draft is None:
            raise DraftMoved
        before = said_in(part, draft.document)
        document = put_part(part, wanted, draft.document)
        after = said_in(part, document)
        if before == after:
            return draft
        if mark(part, draft.document) != seen:
            raise DraftMoved
        emblem = value_at(document, EMBLEM_PATH)
        if emblem and emblem != value_at(draft.document, EMBLEM_PATH) and kept_emblem(str(emblem)) is None:
            raise Refused(_("Choose the file of the emblem again."), "emblem")
        draft.document = document
        draft.changed_at, draft.changed_by = clock.now(), _member(actor)
        current.flush()
        changed = [name for name in after if before[name] != after[name]]
        audit(
            "court_admin.save_draft",
            actor=actor,
            subject=("rules_draft", draft.id),
            old={name: before[name] for name in changed},
            new={name: after[name] for name in changed},
        )
        return draft


def discard_draft(*, seen: int, actor: Actor) -> None:
    """Throw the draft away as it was seen (its row version); nothing when it is gone already. Raises DraftMoved."""
    with transaction() as current:
        draft = the_draft(lock=True)
        if draft is None:
            return
        if draft.row_version != seen:
            raise DraftMoved
        audit(
            "court_admin.discard_draft",
            actor=actor,
            subject=("rules_draft", draft.id),
            old={"document": draft.document},
        )
        current.execute(delete(RulesDraft).where(RulesDraft.id == draft.id))


def publish_draft(
    *,
    seen: int,
    over: int,
    reason: str,
    actor: Actor,
    begins_on: date | None = None,
    for_running: bool = False,
) -> ProgramRules:
    """Publish the draft as it was previewed (`seen`: its row version), over the version that it was compared with.

    Raises DraftMoved when it was changed since, Refused when something in it is still wrong, and what publish_rules
    raises.
    """
    with transaction() as current:
        draft = the_draft(lock=True)
        if draft is None or draft.row_version != seen:
            raise DraftMoved
        try:
            document = ProgramDocument.model_validate(draft.document)
        except ValidationError:
            raise Refused(_("Some parts are not finished yet. Open them, and put right what is marked.")) from None
        published = publish_rules(
            document, over=over, reason=reason, actor=actor, begins_on=begins_on, for_running=for_running
        )
        current.execute(delete(RulesDraft).where(RulesDraft.id == draft.id))
        return published
