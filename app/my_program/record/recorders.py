"""Who of the court recorded a fact of a record: somebody else answers, where it is disputed and there is one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.accountability.models import CheckIn
from app.accountability.violations.models import PossibleViolation
from app.cases.models import EnrollmentTransition, ReferralAmendment
from app.disputes.rules import Fact
from app.payments.models import LedgerEntry, Waiver
from app.reports.court_kinds.disputed import step_keys
from app.reports.court_kinds.facts import steps_in
from app.reports.records import CaseRecords

# The facts of a referral by their subject: the names under which a change of each is kept.
_IN_REFERRAL: dict[tuple[Fact, str], frozenset[str]] = {
    (Fact.PERSON, "name"): frozenset({"given_names", "family_names"}),
    (Fact.PERSON, "birth_date"): frozenset({"birth_date"}),
    (Fact.PERSON, "officer"): frozenset({"officer_id"}),
    (Fact.CASE_NUMBER, "all"): frozenset({"case_numbers"}),
    (Fact.DATE, "order"): frozenset({"order_date"}),
    (Fact.DATE, "deadline"): frozenset({"deadline"}),
    (Fact.DATE, "hearing"): frozenset({"hearings"}),
    (Fact.DATE, "case_end"): frozenset({"case_ends_on"}),
}


def recorder_of(fact: Fact, subject: str, records: CaseRecords, time_zone: str) -> UUID | None:
    """The id of the person who made the record say what it says; None for what the portal or the participant did."""
    found = records.found
    if fact is Fact.CHECK_IN:
        sent = _row(found.of(CheckIn), subject)
        return sent.decided_by if sent else None
    if fact is Fact.VIOLATION:
        noted = _row(found.of(PossibleViolation), subject)
        return (noted.decided_by or noted.opened_by) if noted else None
    if fact is Fact.STEP:
        steps = steps_in(found, {}, time_zone)
        keys = step_keys([one.told for one in steps])
        return steps[keys.index(subject)].by if subject in keys else None
    if fact is Fact.STANDING:
        return next((one.actor_id for one in found.of(EnrollmentTransition)), None)
    if fact is Fact.PAYMENT:
        entry, waiver = _row(found.of(LedgerEntry), subject), _row(found.of(Waiver), subject)
        return entry.actor_id if entry else waiver.decided_by if waiver else None
    names = _IN_REFERRAL.get((fact, subject))
    if names is None:
        return None
    changes = (one for one in found.of(ReferralAmendment) if not names.isdisjoint(one.new))
    newest = next(changes, None)
    return newest.actor_id if newest else records.enrollment.referral.referred_by


def _row(rows: Iterable[Any], subject: str) -> Any:
    return next((one for one in rows if str(one.id) == subject), None)
