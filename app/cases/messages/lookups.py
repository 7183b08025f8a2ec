"""The thread of a case. Who reads it: the participant, and who works on the case (app/cases/working.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_

from app.cases.lookups import my_enrollment
from app.cases.many import among
from app.cases.messages.models import CaseMessage, MessageTemplate
from app.cases.messages.rules import STARTERS, ReadyText
from app.cases.models import Enrollment
from app.cases.working import Worker, get_worked_case_for, worker_of
from app.core.errors import NotFound
from app.core.i18n import in_language
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import session

PAGE = 30


@dataclass(frozen=True, slots=True)
class Thread:
    """A case whose messages somebody may read, and to whom it is assigned."""

    enrollment: Enrollment
    assigned: Worker | None


def get_thread_for(identity: Identity, enrollment_id: UUID) -> Thread:
    """The thread of a case that `identity` works on. Raises NotFound."""
    if not may(identity, Permission.MESSAGE_WRITE):
        raise NotFound
    return Thread(*get_worked_case_for(identity, enrollment_id))


def my_thread(identity: Identity) -> Thread:
    """The learner's own. Raises NotFound."""
    enrollment = my_enrollment(identity)
    return Thread(enrollment, worker_of(enrollment))


def messages_of(enrollment_id: UUID, *, before: UUID | None = None) -> tuple[Sequence[CaseMessage], UUID | None]:
    """The newest messages of a case before message `before`, in the order of time, and where earlier ones end."""
    query = select(CaseMessage).where(CaseMessage.enrollment_id == enrollment_id)
    key = tuple_(CaseMessage.at, CaseMessage.id)
    if before is not None:
        place = select(CaseMessage.at, CaseMessage.id).where(
            CaseMessage.enrollment_id == enrollment_id, CaseMessage.id == before
        )
        query = query.where(key < place.scalar_subquery())
    newest = query.order_by(CaseMessage.at.desc(), CaseMessage.id.desc()).limit(PAGE + 1)
    found = session().scalars(newest).all()
    shown = found[:PAGE][::-1]
    return shown, shown[0].id if len(found) > PAGE else None


def unread_by_learner(enrollment_id: UUID) -> int:
    """How many messages of the court the participant has not read."""
    return _unread(enrollment_id, by_staff=True)


def unread_by_staff(enrollment_id: UUID) -> int:
    """How many messages of the participant wait for somebody to read them."""
    return _unread(enrollment_id, by_staff=False)


def _unread(enrollment_id: UUID, *, by_staff: bool) -> int:
    author = CaseMessage.author_id
    query = select(func.count()).where(
        CaseMessage.enrollment_id == enrollment_id,
        CaseMessage.read_at.is_(None),
        author.is_not(None) if by_staff else author.is_(None),
    )
    return session().scalar(query) or 0


def own_templates() -> Sequence[MessageTemplate]:
    """The court's own texts, those in use first, by title."""
    query = select(MessageTemplate).order_by(MessageTemplate.retired_at.is_not(None), MessageTemplate.title)
    return session().scalars(query.limit(200)).all()


def the_template(template_id: UUID) -> MessageTemplate:
    """One of the court's own texts. Raises NotFound."""
    found = session().scalar(select(MessageTemplate).where(MessageTemplate.id == template_id))
    if found is None:
        raise NotFound
    return found


def ready_texts() -> list[ReadyText]:
    """The texts that are offered, those of every court first; titles in the reader's language. One statement."""
    own = [_ready(one) for one in own_templates() if one.retired_at is None]
    return [*(_starter(key) for key in STARTERS), *own]


def ready_text(key: str) -> ReadyText | None:
    """One that is offered, by its key; None for any other."""
    if key in STARTERS:
        return _starter(key)
    try:
        own = the_template(UUID(key))
    except (ValueError, NotFound):
        return None
    return _ready(own) if own.retired_at is None else None


def _ready(own: MessageTemplate) -> ReadyText:
    return ReadyText(str(own.id), own.title, own.text_en, own.text_es)


def _starter(key: str) -> ReadyText:
    said = {}
    for language in ("en", "es"):
        with in_language(language):
            said[language] = str(STARTERS[key].text)
    return ReadyText(key, str(STARTERS[key].title), said["en"], said["es"])


# --- For lists of cases: parts of larger statements ------------------------------------------------------------------

# Since when a message of the participant waits.
MESSAGES = (
    select(CaseMessage.enrollment_id, func.min(CaseMessage.at).label("message_since"))
    .where(CaseMessage.author_id.is_(None), CaseMessage.read_at.is_(None), among(CaseMessage.enrollment_id))
    .group_by(CaseMessage.enrollment_id)
)


def with_a_message_to_read() -> Select[UUID]:
    """Enrollment ids with a message of the participant that nobody has read."""
    return select(CaseMessage.enrollment_id).where(CaseMessage.author_id.is_(None), CaseMessage.read_at.is_(None))
