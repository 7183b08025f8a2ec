"""The enrollment slip: made while the page waits, handed over, kept nowhere, since it shows the code."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.cases import lookups as cases
from app.cases.codes import grouped, looks_valid
from app.cases.enrolling import is_code_of
from app.cases.listing import code_state
from app.cases.models import Enrollment, EnrollmentCode
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.runtime import runtime
from app.permissions.identity import Identity
from app.reports.document import make_document
from app.reports.facts import shown_court, the_court
from app.reports.renderer import shared_renderer
from app.reports.snapshot import Case, Person, Program, ReportKind, Slip, Snapshot
from tenants.database import session, transaction
from tenants.rules import rules_in_force


def get_code_for(identity: Identity, code_id: UUID, typed: str) -> tuple[EnrollmentCode, Enrollment]:
    """The code that `typed` spells, of a case that `identity` may see. Raises NotFound."""
    row = session().scalar(select(EnrollmentCode).where(EnrollmentCode.id == code_id))
    if row is None or not looks_valid(typed) or not is_code_of(row, typed):
        raise NotFound
    return row, cases.get_referral_for(identity, row.referral_id)


def make_slip(row: EnrollmentCode, enrollment: Enrollment, typed: str, *, actor: Actor) -> bytes:
    """The slip as a PDF, in the person's language.

    Raises Refused when the code opens nothing any more, RenderFailed when it can not be drawn.
    """
    if code_state(row, clock.now()) != "issued":
        raise Refused(_("This code can not be used any more. Issue a new one."))
    pdf = draw_slip(row, enrollment, typed)
    with transaction():
        audit("reports.make_slip", actor=actor, subject=("enrollment_code", row.id), case_id=row.referral_id)
    return pdf


def draw_slip(row: EnrollmentCode, enrollment: Enrollment, typed: str) -> bytes:
    """The slip as a PDF, in the person's language. Raises RenderFailed."""
    with in_language(language_of(enrollment)):
        return make_document(_snapshot(row, enrollment, typed), lambda text: str(_(text)), shared_renderer()).pdf


def language_of(enrollment: Enrollment) -> str:
    court, wanted = the_court(), enrollment.referral.person.language
    return wanted if wanted in court.languages else court.languages[0]


def _snapshot(row: EnrollmentCode, enrollment: Enrollment, typed: str) -> Snapshot:
    court = the_court()
    letterhead = rules_in_force()[1].reports.letterhead
    now = clock.now()
    return Snapshot.model_validate(
        {
            "kind": ReportKind.ENROLLMENT_SLIP,
            "number": row.last_four,
            "language": language_of(enrollment),
            "generated_at": now,
            "generated_on": clock.local(now, court.time_zone).date().isoformat(),
            "court": shown_court(court, letterhead),
            "person": Person(name=enrollment.referral.person.full_name),
            "case": Case(numbers=(_("pending"),)),  # a slip shows no case number
            "program": Program(title=_("Court program"), stage=_("Referred")),
            "slip": Slip(
                code_groups=tuple(grouped(typed).split("-")),
                enroll_url=f"{runtime().settings.public_url}/{court.slug}/enroll",
                # The last whole day on which it works.
                expires_on=clock.local(row.expires_at, court.time_zone).date(),
                court_address=tuple(line for line in letterhead.lines if line),
            ),
        }
    )
