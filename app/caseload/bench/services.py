"""What a judge does from the calendar, beside what other packages know already."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from app.cases import holding
from app.cases.lookups import get_enrollment_for
from app.core.actor import Actor
from app.core.audit import Deed, audit_many
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.services import kinds_for, request_report
from app.reports.snapshot import ReportKind
from tenants.database import transaction


def let_go_on(enrollment_id: UUID, *, reason: str, actor: Identity) -> None:
    """The court lets a program go on that was returned to it. Raises NotFound, Refused (with the field)."""
    if not may(actor, Permission.RETURN_DECIDE):
        raise NotFound
    with transaction():
        enrollment = get_enrollment_for(actor, enrollment_id)
        if enrollment.state != "returned_to_court":
            raise Refused(_("The case is not with the court any more. Nothing was changed."))
        holding.resume(enrollment_id, reason=reason, actor=actor)


def make_cards(enrollment_ids: Iterable[UUID], *, actor: Identity) -> int:
    """Have a bench card made of each of these people as things stand; how many. Who has not enrolled has none.

    Raises NotFound without the right, or for somebody out of reach.
    """
    if not may(actor, Permission.REPORT_REQUEST):
        raise NotFound
    made = 0
    with transaction():
        for enrollment_id in enrollment_ids:
            enrollment = get_enrollment_for(actor, enrollment_id)
            if ReportKind.BENCH_CARD in kinds_for(enrollment):
                request_report(enrollment_id, ReportKind.BENCH_CARD, actor=actor)
                made += 1
    return made


def note_looking(cases: Iterable[tuple[UUID, UUID]], proposals: Iterable[tuple[UUID, UUID]], *, actor: Actor) -> None:
    """Record that `actor` has read the cards of these cases and the proposals to end a program.

    Pairs of the enrollment's or the proposal's id and the referral's. Two statements, however many.
    """
    deeds = [Deed("caseload.read_card", ("enrollment", key), case_id, None, None) for key, case_id in cases]
    deeds += [
        Deed("accountability.read_termination", ("termination", key), case, None, None) for key, case in proposals
    ]
    audit_many(deeds, actor=actor)
