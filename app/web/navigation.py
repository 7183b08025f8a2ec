"""The one list of what stands in the navigation, for whom."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity

P = Permission


@dataclass(frozen=True)
class NavItem:
    label: LazyString
    endpoint: str
    permission: Permission


NAVIGATION = (
    NavItem(_l("My program"), "my_program.home", P.OWN_PROGRAM),
    NavItem(_l("Lessons"), "learning.modules", P.OWN_PROGRAM),
    NavItem(_l("Check-ins"), "accountability.my_check_ins", P.OWN_PROGRAM),
    NavItem(_l("Fee"), "payments.my_fee", P.OWN_PROGRAM),
    NavItem(_l("Documents"), "reports.my_documents", P.OWN_PROGRAM),
    NavItem(_l("Dashboard"), "dashboard.home", P.DASHBOARD_READ),
    NavItem(_l("Caseload"), "caseload.caseload", P.CASELOAD_READ),
    NavItem(_l("Referrals"), "cases.referrals", P.REFERRAL_READ),
    NavItem(_l("Waivers"), "deciding.waivers", P.WAIVER_READ),
    NavItem(_l("Corrections to approve"), "counter.corrections", P.ADJUSTMENT_APPROVE),
    NavItem(_l("Money by payee"), "payees.month", P.MONEY_READ),
    NavItem(_l("Card payments"), "reconciling.overview", P.MONEY_READ),
    NavItem(_l("Reflections"), "learning.reviews", P.REFLECTION_REVIEW),
    NavItem(_l("Check-ins to review"), "accountability.reviews", P.CHECK_IN_REVIEW),
    NavItem(_l("Program rules"), "court_admin.program_rules", P.RULES_READ),
    NavItem(_l("Staff"), "accounts.staff", P.STAFF_READ),
    NavItem(_l("Audit"), "audit_trail.events", P.AUDIT_READ),
    NavItem(_l("Data export"), "exports.exports", P.COURT_EXPORT),
)


@dataclass(frozen=True)
class ShownItem:
    label: str
    url: str
    current: bool


def nav_items() -> list[ShownItem]:
    """What the signed-in person may open, in order."""
    identity = current_identity()
    shown = (
        item for item in NAVIGATION if may(identity, item.permission) and item.endpoint in current_app.view_functions
    )
    return [ShownItem(str(item.label), url_for(item.endpoint), request.endpoint == item.endpoint) for item in shown]
