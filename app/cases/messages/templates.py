"""The court's own texts to start a message from."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.cases.messages.models import MessageTemplate
from app.cases.messages.rules import LONGEST
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from tenants.database import transaction


@dataclass(frozen=True, slots=True)
class Words:
    """What a text says; `es` may be empty."""

    title: str
    en: str
    es: str


def save_template(
    words: Words, *, template_id: UUID | None = None, expected: str = "", actor: Actor
) -> MessageTemplate:
    """Write a new text, or change one. Does nothing when it says so already.

    Raises Refused (with the field), NotFound, StaleForm when somebody else changed it after `expected` was read.
    """
    title, en, es = words.title.strip(), words.en.strip(), words.es.strip()
    if not title:
        raise Refused(_("Give the text a title."), "title")
    if not en:
        raise Refused(_("Write the text."), "en")
    for field, text in (("en", en), ("es", es)):
        if len(text) > LONGEST:
            raise Refused(_("This is too long. Use at most %(most)s characters.", most=LONGEST), field)
    assert actor.id is not None
    with transaction() as current:
        row, old = None, None
        if template_id is not None:
            row = _locked(template_id)
            if expected and expected != str(row.row_version):
                raise StaleForm
            old = {"title": row.title, "en": row.text_en, "es": row.text_es}
            if old == {"title": title, "en": en, "es": es}:
                return row
        if row is None:
            row = MessageTemplate()
            current.add(row)
        row.title, row.text_en, row.text_es = title, en, es
        row.changed_at, row.changed_by = clock.now(), actor.id
        current.flush()
        audit(
            "cases.save_message_template",
            actor=actor,
            subject=("message_template", row.id),
            old=old,
            new={"title": title, "en": en, "es": es},
        )
        return row


def retire_template(template_id: UUID, *, retired: bool, actor: Actor) -> None:
    """Take a text out of use, or into it again. Raises NotFound."""
    assert actor.id is not None
    with transaction() as current:
        row = _locked(template_id)
        if (row.retired_at is not None) == retired:
            return
        row.retired_at = clock.now() if retired else None
        row.changed_at, row.changed_by = clock.now(), actor.id
        current.flush()
        audit(
            "cases.retire_message_template",
            actor=actor,
            subject=("message_template", template_id),
            new={"retired": retired},
        )


def _locked(template_id: UUID) -> MessageTemplate:
    with transaction() as current:
        row = current.scalar(select(MessageTemplate).where(MessageTemplate.id == template_id).with_for_update())
    if row is None:
        raise NotFound
    return row
