"""What a court hands over of a case: collected at the court that sends, under its own scope."""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accountability.lookups import check_ins_of, running_time, state_of
from app.cases.lookups import case_numbers
from app.cases.models import Enrollment
from app.core.i18n import current_language
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.curriculum.lookups import content_of, current_versions
from app.learning.models import ModuleProgress
from app.payments.overview import money_of
from app.reports.models import Report
from app.transfers.terms import terms_of
from tenants.database import session
from tenants.models import Court
from tenants.rules import rules_in_force, rules_of
from tenants.scope import current_court_id

DONE = ("passed", "exempted")
OF_A_REPORT = ("ready", "delivered", "acknowledged")


def the_court() -> Court:
    """The court at work."""
    return session().scalars(select(Court).where(Court.id == current_court_id())).one()


def own_terms(enrollment: Enrollment) -> dict[str, Any]:
    """The terms that a case has at the court at work: those it is pinned to, else those in force."""
    return terms_of(rules_of(enrollment.rules_id) if enrollment.rules_id else rules_in_force()[1])


def facts_of(enrollment: Enrollment) -> dict[str, Any]:
    """The facts of a case that go along, as JSON; `enrollment` with `.referral.person` loaded. Money in cents.

    No answers, no reflections, no notes: what somebody wrote stays at the court for which it was written.
    """
    court, referral, person = the_court(), enrollment.referral, enrollment.referral.person
    modules = session().scalars(
        select(ModuleProgress).where(ModuleProgress.enrollment_id == enrollment.id).order_by(ModuleProgress.position)
    )
    now = running_time(enrollment)
    states = [state_of(row, now) for row in check_ins_of(enrollment.id)]
    return {
        "court": court.name,
        "person": {
            "given_names": person.given_names,
            "family_names": person.family_names,
            "birth_date": person.birth_date.isoformat(),
            "email": person.email,
            "phone": person.phone,
            "language": person.language,
        },
        "case": {
            "numbers": [number for number in case_numbers(referral.id) if number],
            "order_date": referral.order_date.isoformat(),
            "deadline": referral.deadline.isoformat(),
            "case_ends_on": referral.case_ends_on.isoformat() if referral.case_ends_on else None,
        },
        "state": enrollment.held_from or enrollment.state,
        "modules": [
            {
                "slug": row.slug,
                "done": row.state in DONE,
                "passed_at": row.passed_at.isoformat() if row.passed_at else None,
                "percent": row.best_percent,
                "seconds": row.counted_seconds,
                "version_id": str(row.version_id) if row.version_id else None,
            }
            for row in modules
        ],
        "check_ins": {one: states.count(one) for one in ("accepted", "excused", "missed")} | {"all": len(states)},
        "money": own_money(enrollment.id),
        "terms": own_terms(enrollment),
    }


def own_money(enrollment_id: UUID) -> dict[str, int]:
    """What was paid of a case's fee at the court at work, and what is still open there; in cents."""
    money = money_of(enrollment_id)
    return {"paid_cents": money.paid_cents, "open_cents": money.balance_cents}


def done_modules(enrollment_id: UUID) -> set[str]:
    """The slugs of the modules of a case that are not asked for again."""
    query = select(ModuleProgress.slug).where(ModuleProgress.enrollment_id == enrollment_id)
    return set(session().scalars(query.where(ModuleProgress.state.in_(DONE))))


def files_that_can_go(enrollment: Enrollment) -> dict[str, StoredFile]:
    """The documents of a case that can be named to go along, by key (see DOCUMENT_WORDS)."""
    report = session().scalar(
        select(Report)
        .where(Report.enrollment_id == enrollment.id, Report.kind == "progress", Report.state.in_(OF_A_REPORT))
        .order_by(Report.requested_at.desc(), Report.id.desc())
        .limit(1)
    )
    wanted = {
        "order": enrollment.referral.order_file_id,
        "agreement": enrollment.referral.agreement_file_id,
        "report": report.file_id if report is not None else None,
    }
    rows = session().scalars(select(StoredFile).where(StoredFile.id.in_([one for one in wanted.values() if one])))
    found = {row.id: row for row in rows}
    return {key: found[file_id] for key, file_id in wanted.items() if file_id in found}


def packed_files(enrollment: Enrollment, keys: Collection[str]) -> list[dict[str, Any]]:
    """These documents with their bytes, as JSON. Raises Missing when storage has lost one."""
    return [
        {
            "key": key,
            "name": row.name,
            "content_type": row.content_type,
            "sha256": row.sha256,
            "content": base64.b64encode(runtime().storage.get(current_court_id(), row.sha256)).decode(),
        }
        for key, row in files_that_can_go(enrollment).items()
        if key in keys
    ]


def module_titles() -> dict[str, str]:
    """The titles of the curriculum's modules by slug, in the reader's language where they have it."""
    titles = {}
    for slug, current in current_versions().items():
        content = content_of(current.version_id)
        language = current_language() if current_language() in content.languages else content.languages[0]
        titles[slug] = content.title.words(language)
    return titles
