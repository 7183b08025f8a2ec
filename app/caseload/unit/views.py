"""Pages of the diversion unit: its people, the same as a file, and the facts of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from app.accountability.violations.words import KIND_WORDS, TONES
from app.caseload.unit.lookups import Facts, decided_violations, everyone, hearing_days_of, one_of, unit_page
from app.caseload.unit.rules import FEE_WORDS
from app.cases.rules import STAGE_WORDS, STATE_WORDS
from app.core import clock
from app.core.audit import audit
from app.core.csv_files import CSV_TYPE, csv_file
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction
from tenants.rules import rules_in_force

pages = Pages("unit", __name__)

STAGE_TONES = {
    "completed": "good",
    "past_deadline": "attention",
    "returned_to_court": "attention",
    "on_hold": "neutral",
    "withdrawn": "neutral",
    "transferred": "neutral",
    "terminated": "neutral",
}


@pages.get("/compliance", permission=Permission.UNIT_READ)
def people() -> ResponseReturnValue:
    """The people whom this member of the unit referred or supervises: running, or with ?show=ended those ended."""
    ended = request.args.get("show") == "ended"
    found = unit_page(current_identity(), court_time_zone(), ended=ended, after=_after())
    return render_template(
        "unit/people.html",
        found=found,
        ended=ended,
        turned=_after() is not None,
        stage_words=STAGE_WORDS,
        stage_tones=STAGE_TONES,
    )


def _after() -> UUID | None:
    try:
        return UUID(request.args.get("after", ""))
    except ValueError:
        return None


@pages.get("/compliance/people.csv", permission=Permission.UNIT_READ)
def people_file() -> ResponseReturnValue:
    """All of them as a file. What was taken along is kept in the audit."""
    identity = current_identity()
    told = list(everyone(identity, court_time_zone()))
    with transaction():
        audit(
            "caseload.take_unit_file", actor=identity, subject=("court", identity.court_id), new={"people": len(told)}
        )
    content = csv_file(_rows(told, fee=rules_in_force()[1].people.unit_sees_fee))
    day = clock.today(court_time_zone()).isoformat()
    headers = {"Content-Disposition": f'attachment; filename="compliance-{day}.csv"'}
    return Response(content, mimetype=CSV_TYPE, headers=headers)


def _rows(told: Sequence[Facts], *, fee: bool) -> Iterator[Sequence[object]]:
    yield (
        _("Name"),
        _("Case number"),
        _("Stage"),
        _("Referred"),
        _("Enrolled"),
        _("Completed"),
        _("Deadline for the lessons"),
        _("Case ends"),
        _("Next hearing"),
        _("Modules passed"),
        _("Modules required"),
        _("Check-ins done"),
        _("Check-ins planned"),
        _("Check-ins missed"),
        _("Possible violations decided"),
        *((_("Fee"),) if fee else ()),
    )
    for one in told:
        days = (one.referred_on, one.enrolled_on, one.completed_on, one.deadline, one.case_ends_on, one.next_hearing)
        yield (
            one.name,
            one.numbers,
            STAGE_WORDS[one.stage],
            *(day.isoformat() if day else "" for day in days),
            *one.modules,
            *one.check_ins,
            one.missed[0],
            one.decided,
            *((FEE_WORDS[one.fee],) if fee else ()),
        )


@pages.get("/compliance/<uuid:enrollment_id>", permission=Permission.UNIT_READ)
def person(enrollment_id: UUID) -> ResponseReturnValue:
    """The facts of one of them. Who looked is kept. Raises NotFound."""
    identity, zone = current_identity(), court_time_zone()
    one = one_of(identity, enrollment_id, zone)
    audit("caseload.read_facts", actor=identity, subject=("enrollment", enrollment_id), case_id=one.referral_id)
    return render_template(
        "unit/person.html",
        one=one,
        stage=STAGE_WORDS[one.stage],
        tone=STAGE_TONES.get(one.stage, "info"),
        fee=FEE_WORDS[one.fee] if one.fee else "",
        hearings=hearing_days_of(one.referral_id),
        violations=[
            (KIND_WORDS[row.kind], row, STATE_WORDS["possible violation"][row.state], TONES[row.state])
            for row in decided_violations(enrollment_id, zone)
        ],
    )
