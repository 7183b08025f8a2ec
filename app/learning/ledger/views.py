"""The ledger's two pages: the learner's own, and the court's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from babel.dates import format_time, get_timezone_name
from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_enrollment_for, my_enrollment
from app.core import clock
from app.core.audit import audit
from app.core.i18n import LOCALES, current_language
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.learning.attesting.services import SAID
from app.learning.ledger.lookups import ModuleTime, time_of
from app.learning.pages import pages
from app.learning.seat_time import WHY_WORDS, Span, Verdict
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.templating import court_time_zone, show_date
from tenants.database import transaction

VERDICTS = {
    Verdict.COUNTED: (_l("Counted"), "good"),
    Verdict.IDLE: (_l("Pause"), "neutral"),
    Verdict.REJECTED: (_l("Not counted"), "attention"),
}


@pages.get("/my-time", permission=Permission.OWN_PROGRAM)
def my_time() -> ResponseReturnValue:
    return _page(time_of(my_enrollment(current_identity())), None)


@pages.get("/cases/<uuid:enrollment_id>/time", permission=Permission.CASE_TIME_READ)
def case_time(enrollment_id: UUID) -> ResponseReturnValue:
    enrollment = get_enrollment_for(current_identity(), enrollment_id)
    with transaction():
        audit(
            "learning.read_time",
            actor=current_identity(),
            subject=("enrollment", enrollment.id),
            case_id=enrollment.referral_id,
        )
    case = (enrollment.referral.person.full_name, url_for("caseload.case", enrollment_id=enrollment.id))
    return _page(time_of(enrollment), case)


def _page(modules: list[ModuleTime], case: tuple[str, str] | None) -> ResponseReturnValue:
    """`case`: whose it is and its page; None on the learner's own."""
    return render_template(
        "learning/time.html",
        modules=modules,
        case=case,
        length=length_words,
        when=_when,
        span_row=_span_row,
        why=WHY_WORDS,
        verdicts=VERDICTS,
        said=SAID,
        zone=get_timezone_name(court_time_zone(), locale=LOCALES[current_language()]),
    )


def length_words(seconds: int) -> str:
    """A length of time in words: hours where there are some, minutes, seconds."""
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return str(_("%(hours)s h %(minutes)s min %(seconds)s s", hours=hours, minutes=minutes, seconds=rest))
    return str(_("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=rest))


def _clock(at: datetime) -> str:
    local = clock.local(at, court_time_zone())
    return format_time(local.time(), "medium", locale=LOCALES[current_language()]).replace("\u202f", " ")


def _when(at: datetime) -> str:
    return f"{show_date(at)}, {_clock(at)}"


def _span_row(span: Span) -> dict[str, str]:
    return {
        "day": show_date(span.start),
        "from": _clock(span.start),
        "to": _clock(span.end),
        "length": length_words(round(span.length.total_seconds())),
        "verdict": span.verdict.value,
        "why": str(WHY_WORDS[span.why]),
    }
