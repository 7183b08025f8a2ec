"""What is said and recorded in a case of the court that everything happened in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.hearings.rules import Held
from app.cases.hearings.services import record_hearing
from app.cases.lookups import the_enrollment
from app.cases.messages.models import MessageTemplate
from app.cases.messages.services import send_message
from app.cases.messages.templates import Words, save_template
from app.cases.models import CaseNote, Hearing
from app.cases.notes.services import add_note
from app.core import clock
from app.permissions.identity import Identity, Role
from tenants.database import session

TALK: dict[str, Any] = {"hearing_id": Hearing, "note_id": CaseNote, "template_id": MessageTemplate}


def talk_ids() -> dict[str, UUID | None]:
    """By parameter name: a hearing that is recorded, a note, and a text of the court's own."""
    recorded = select(Hearing.id).where(Hearing.recorded_at.is_not(None))
    wanted = {"hearing_id": recorded, "note_id": select(CaseNote.id), "template_id": select(MessageTemplate.id)}
    return {name: session().scalar(query) for name, query in wanted.items()}


def talk(people: Mapping[Role, Identity], canary: str, enrollment_id: UUID) -> None:
    """A hearing that was recorded, a note, a message of each side, and a text of the court's own."""
    officer = people[Role.OFFICER]
    held = Held(clock.today("America/Los_Angeles"), None, "review", "held", f"ordered {canary}")
    record_hearing(enrollment_id, held, actor=officer)
    add_note(the_enrollment(enrollment_id), f"jotted {canary}", shared=False, actor=officer)
    send_message(enrollment_id, f"told them {canary}", actor=officer)
    send_message(enrollment_id, f"replied {canary}", actor=people[Role.LEARNER])
    save_template(Words(f"Title {canary}", f"Text {canary}", ""), actor=people[Role.ADMINISTRATOR])
