"""What happened in a case, in words, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.cases.models import Enrollment, EnrollmentCode, EnrollmentTransition
from app.cases.rules import ENROLLMENT_MOVES, move
from app.core.actor import ActorKind
from app.core.errors import IllegalMove
from app.core.i18n import gettext as _


@dataclass(frozen=True)
class CaseEvent:
    """`at` is UTC; `who` and `title` are in the reader's language."""

    at: datetime
    title: str
    who: str
    text: str = ""
    tone: str = ""


def case_history(
    enrollment: Enrollment,
    steps: Sequence[EnrollmentTransition],
    codes: Sequence[EnrollmentCode],
    names: Mapping[UUID, str],
) -> list[CaseEvent]:
    """Everything that is known of a case's way so far. `names`: members of staff by id."""
    referral = enrollment.referral
    events = [CaseEvent(referral.referred_at, _("Referred by the court"), names.get(referral.referred_by, ""))]
    for code in codes:
        who = names.get(code.issued_by, "") if code.issued_by is not None else _("Portal")
        title = _("Enrollment code issued, ending in %(four)s", four=code.last_four)
        events.append(CaseEvent(code.issued_at, title, who))
    for step in steps:
        tone = {"enrolled": "good", "completed": "good", "returned_to_court": "problem"}.get(step.to_state, "")
        events.append(CaseEvent(step.at, _words(step), _who(step, names), step.reason, tone))
    return sorted(events, key=lambda event: event.at, reverse=True)


def _words(step: EnrollmentTransition) -> str:
    try:
        return str(move(step.from_state, step.to_state, ENROLLMENT_MOVES, origin=step.to_state).description)
    except IllegalMove:
        return step.to_state  # a step that an earlier release still allowed


def _who(step: EnrollmentTransition, names: Mapping[UUID, str]) -> str:
    if step.actor_kind == ActorKind.LEARNER:
        return str(_("Participant"))
    if step.actor_id is not None:
        return names.get(step.actor_id, "")
    return str(_("Portal"))
