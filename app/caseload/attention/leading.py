"""Where a reason on the list of the day leads."""

from __future__ import annotations

from uuid import UUID

from app.caseload.attention.lookups import Item
from app.caseload.attention.rules import RULES, LeadsTo
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import link

# Which permission opens the page that a reason leads to, and what the page asks for.
_OPENS = {
    LeadsTo.CASE: (Permission.CASE_READ, "enrollment_id"),
    LeadsTo.VIOLATION: (Permission.CASE_READ, "violation_id"),
    LeadsTo.TERMINATION: (Permission.CASE_READ, "termination_id"),
    LeadsTo.CHECK_IN: (Permission.CHECK_IN_REVIEW, "check_in_id"),
    LeadsTo.EXCUSE: (Permission.CHECK_IN_EXCUSE, "check_in_id"),
    LeadsTo.WAIVER: (Permission.WAIVER_READ, "enrollment_id"),
    LeadsTo.CARD: (Permission.CASE_MONEY_READ, "enrollment_id"),
    LeadsTo.DISPUTED: (Permission.DISPUTE_ANSWER, "enrollment_id"),
    LeadsTo.REPORT: (Permission.REPORT_REQUEST, "enrollment_id"),
}


def leads_to(key: str, item: Item) -> str:
    """The page on which something can be done, for who may open it; else the case."""
    endpoint = RULES[item.kind].leads_to
    permission, asks_for = _OPENS.get(endpoint, _OPENS[LeadsTo.CASE])
    if endpoint not in _OPENS or not may(current_identity(), permission):
        endpoint, asks_for = LeadsTo.CASE, "enrollment_id"
    case_id = UUID(key)
    value = case_id if asks_for == "enrollment_id" else item.record_id
    url = link(endpoint, **{asks_for: value}) if value is not None else None
    return url or link(LeadsTo.CASE, enrollment_id=case_id) or ""
