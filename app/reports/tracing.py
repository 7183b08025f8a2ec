"""From each fact of a report to the record behind it, for the court's people who may open that record.

The ids lie in a column of their own (`Report.sources`), never in the snapshot: no paper or file for others has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cases.models import Enrollment
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.models import Report
from app.reports.snapshot import FEE_PAPERS
from app.reports.sources import CHECK_INS, ENDING, EVENTS, HEARING, LEDGER, MODULES, STEPS, VIOLATIONS, WAIVER
from app.reports.trace import NOWHERE, Trace
from app.web.links import link


def trace_of(report: Report, enrollment: Enrollment, identity: Identity) -> Trace:
    """The links that `identity`, who may read the report, may follow; in the language of the report at work."""
    if not may(identity, Permission.CASE_READ) or report.kind in FEE_PAPERS:
        return NOWHERE
    sources: Mapping[str, list[str]] = report.sources or {}
    pages = _Records(enrollment, identity)
    rows = {name: [pages.of(name, source) for source in found] for name, found in sources.items()}
    facts = {
        _("Case number"): pages.case(),
        _("Court order"): pages.order(),
        _("Deadline"): pages.case("order"),
        _("Next hearing"): pages.case("hearings") if sources.get(HEARING) else None,
        _("Days left"): pages.case("order"),
        _("The case ends"): pages.case("order"),
        _("Program time"): pages.time(),
        _("Fee and ability to pay"): pages.statement(),
        _("Participation agreement"): pages.agreement(),
        _("Ability to pay"): pages.of(WAIVER, sources[WAIVER][0]) if sources.get(WAIVER) else None,
    }
    return Trace(rows, {label: url for label, url in facts.items() if url is not None})


class _Records:
    """Addresses of one case's records, each None for somebody who may not open it."""

    def __init__(self, enrollment: Enrollment, identity: Identity) -> None:
        self.enrollment, self.identity = enrollment, identity

    def of(self, name: str, source: str) -> str | None:
        """The record behind a row of a list."""
        if name == MODULES:
            return self.time(f"module-{source}")
        if name == CHECK_INS:
            return self.case(f"check-in-{source}")
        if name in (VIOLATIONS, EVENTS):
            return self._page(Permission.CASE_READ, "violations.violation", violation_id=source)
        if name == ENDING or (name == STEPS and source):
            return self._page(Permission.CASE_READ, "terminating.termination", termination_id=source)
        if name == STEPS:
            return self.case("history")
        if name == LEDGER:
            return self.statement(f"entry-{source}")
        if name == WAIVER:
            return self._page(Permission.WAIVER_READ, "deciding.waiver", waiver_id=source)
        return None

    def case(self, anchor: str | None = None) -> str | None:
        return self._page(Permission.CASE_READ, "caseload.case", enrollment_id=self.enrollment.id, _anchor=anchor)

    def time(self, anchor: str | None = None) -> str | None:
        return self._page(
            Permission.CASE_TIME_READ, "learning.case_time", enrollment_id=self.enrollment.id, _anchor=anchor
        )

    def statement(self, anchor: str | None = None) -> str | None:
        return self._page(
            Permission.CASE_MONEY_READ, "counter.statement", enrollment_id=self.enrollment.id, _anchor=anchor
        )

    def order(self) -> str | None:
        """The signed order where there is a file, else where the case says its day."""
        referral = self.enrollment.referral
        if referral.order_file_id is None or not may(self.identity, Permission.ORDER_FILE_READ):
            return self.case("order")
        return link("cases.order", referral_id=referral.id)

    def agreement(self) -> str | None:
        """The agreement that was signed on paper; one that was signed here has its step in the case's history."""
        referral = self.enrollment.referral
        if referral.agreement_file_id is None:
            return self.case("history")
        return self._page(Permission.ORDER_FILE_READ, "cases.paper_agreement", referral_id=referral.id)

    def _page(self, permission: Permission, endpoint: str, **values: Any) -> str | None:
        return link(endpoint, **values) if may(self.identity, permission) else None
