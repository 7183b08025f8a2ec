"""The one list of what stands in the navigation, for whom, and which pages belong to each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, g, request

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.permissions.permissions import Permission, may
from app.web.cookies import at_the_reviewers
from app.web.identity import current_identity
from app.web.links import address

P = Permission


@dataclass(frozen=True)
class NavItem:
    """An item and its section: the pages and blueprints in `also`, and the rest of its own blueprint (unless `alone`).

    A page belongs to the first item that its reader has.
    """

    label: LazyString
    endpoint: str
    permission: Permission | None = None
    also: tuple[str, ...] = ()
    alone: bool = False

    @property
    def blueprint(self) -> str:
        return "" if self.alone else self.endpoint.partition(".")[0]


_DOCUMENTS = ("reports.report", "reports.report_state", "cases.agreement")
_FEE = ("installments", "counter", "waiving", "deciding", "reports.my_fee_papers")
_CASES = (
    "refunds",
    "counter",
    "caseload.case",
    "caseload.history",
    "hearings",
    "case_messages.of_case",
    "case_notes",
    "learning.case_time",
    "accountability.excuse_one",
    "changing",
    "disputes.of_case",
    "transfers.document",
    "transfers.handed_over",
    "terminating",
    "reports.request_report",
    "reports.report",
    "reports.report_state",
    "reports.fee_papers",
    "reports.correct",
    "reports.revoke",
    "reports.non_compliance",
    "reports.report_output",
)
_LISTS = ("reports.list_report", "reports.list_state", "batches.correct", "batches.revoke")
_DELIVERY = ("reports.dispatch", "reports.print_batch", "reports.print_file")
_STAFF = (
    "accounts.permission_map",
    "accounts.invite",
    "accounts.invite_file",
    "accounts.send_invite_file",
    "accounts.member",
    "accounts.ask_second_factor_reset",
    "court_admin.change_role",
    "court_admin.deactivate_member",
)

_MESSAGES = _l("Messages")
NAVIGATION = (
    NavItem(
        _l("My program"),
        "my_program.home",
        P.OWN_PROGRAM,
        also=("violations", "terminating", "my_record", "lawyer", "transfers"),
    ),
    NavItem(_l("Lessons"), "learning.modules", P.OWN_PROGRAM),
    NavItem(_l("Check-ins"), "accountability.my_check_ins", P.OWN_PROGRAM),
    NavItem(_l("Fee"), "payments.my_fee", P.OWN_PROGRAM, also=_FEE),
    NavItem(_l("Documents"), "reports.my_documents", P.OWN_PROGRAM, also=_DOCUMENTS, alone=True),
    NavItem(_l("Your clients"), "lawyer.clients", P.CLIENT_READ),
    NavItem(_l("Your officer"), "case_messages.mine", P.OWN_PROGRAM, alone=True),
    NavItem(_l("Dashboard"), "dashboard.home", P.DASHBOARD_READ),
    NavItem(_l("Calendar"), "bench.calendar", P.BENCH_READ),
    NavItem(_l("Today"), "today.today", P.ATTENTION_HANDLE),
    NavItem(_l("Caseload"), "caseload.caseload", P.CASELOAD_READ, also=_CASES),
    NavItem(_l("Hearings"), "reports.hearings", P.CASELOAD_READ, also=_LISTS, alone=True),
    NavItem(_l("Reports for many"), "batches.batches", P.REPORT_REQUEST),
    NavItem(_l("Reports for you"), "reports.inbox", P.REPORT_RECEIVE, also=_DELIVERY, alone=True),
    NavItem(_l("Possible violations"), "violations.violations", P.CASELOAD_READ),
    NavItem(_l("Team"), "team.team", P.TEAM_READ),
    NavItem(_l("Disputed records"), "disputes.waiting", P.DISPUTE_ANSWER),
    NavItem(_l("Compliance"), "unit.people", P.UNIT_READ),
    NavItem(_l("Referrals"), "cases.referrals", P.REFERRAL_READ),
    NavItem(_l("Who stands in"), "moving.covers", P.COVER_ARRANGE),
    NavItem(_l("Reassign cases"), "reassigning.reassign", P.CASE_ASSIGN),
    NavItem(_l("Other courts"), "transfers.transfers", P.CASE_TRANSFER),
    NavItem(_l("Waivers"), "deciding.waivers", P.WAIVER_READ, also=("waiving",)),
    NavItem(_l("Money"), "payees.month", P.MONEY_READ, also=("reconciling", "reviewing")),
    NavItem(_l("Mail"), "mailroom.undelivered", P.MAIL_HANDLE),
    NavItem(_l("Corrections"), "counter.corrections", P.ADJUSTMENT_APPROVE, also=("counter.correction",), alone=True),
    NavItem(
        _l("Accommodations"),
        "learning.accommodations",
        P.ACCOMMODATION_DECIDE,
        also=("learning.accommodation",),
        alone=True,
    ),
    NavItem(_l("To review"), "reviews.queue", P.CHECK_IN_REVIEW),
    NavItem(_l("Flags"), "reviews.oversight", P.REVIEW_OVERSEE, also=("reviews.flagged",), alone=True),
    NavItem(_l("Concerns"), "concerns.listed", P.CONCERN_READ),
    NavItem(_l("Program rules"), "court_admin.program_rules", P.RULES_READ),
    NavItem(
        _l("Texts for messages"),
        "case_messages.templates",
        P.MESSAGE_TEMPLATES,
        also=("case_messages.new_template", "case_messages.template"),
        alone=True,
    ),
    NavItem(_l("Staff"), "accounts.staff", P.STAFF_READ, also=_STAFF, alone=True),
    NavItem(_l("Audit"), "audit_trail.events", P.AUDIT_READ),
    NavItem(_l("Records"), "keeping.records", P.RECORD_SEAL),
    NavItem(_l("Sealed records"), "keeping.open_sealed", P.SEALED_OPEN, also=("keeping.opened",), alone=True),
    NavItem(_l("Data export"), "exports.exports", P.COURT_EXPORT),
    NavItem(_MESSAGES, "notices.inbox", P.SIGNED_IN),
)


# The facilitators' own pages belong to no court, so none of the items above leads anywhere there.
REVIEWERS_NAVIGATION = (NavItem(_l("To review"), "reviewers.queue", P.REFLECTION_REVIEW),)


# For who has more items than fit one row: each group is one item of the menu, under which its own stand.
GROUPS: tuple[tuple[LazyString, tuple[str, ...]], ...] = (
    (
        _l("Cases"),
        (
            "caseload.caseload",
            "reports.hearings",
            "batches.batches",
            "violations.violations",
            "team.team",
            "disputes.waiting",
            "cases.referrals",
            "moving.covers",
            "reassigning.reassign",
            "transfers.transfers",
            "learning.accommodations",
            "reviews.queue",
            "reviews.oversight",
            "concerns.listed",
        ),
    ),
    (_l("Reports"), ("reports.inbox", "batches.batches")),
    (_l("Fees"), ("deciding.waivers", "payees.month", "counter.corrections")),
    (
        _l("Court"),
        (
            "court_admin.program_rules",
            "accounts.staff",
            "mailroom.undelivered",
            "case_messages.templates",
            "audit_trail.events",
            "keeping.records",
            "keeping.open_sealed",
            "exports.exports",
        ),
    ),
)
ONE_ROW = 8  # items


@dataclass(frozen=True)
class ShownItem:
    """`current` is the value of aria-current: "page" on the item's own page, "true" below it, else empty.

    `new`: how many things behind it were not seen yet.
    """

    label: str
    url: str
    current: str
    new: int = 0
    endpoint: str = ""


@dataclass(frozen=True)
class ShownGroup:
    """Items under one heading, which leads to the first of them. `open`: the page at work is one of theirs."""

    label: str
    url: str
    open: bool
    members: tuple[ShownItem, ...]


def section_of(endpoint: str, items: Sequence[NavItem]) -> NavItem | None:
    """The item among `items` that the page `endpoint` belongs to; None for a page of no section."""
    blueprint = endpoint.partition(".")[0]
    own = (item for item in items if item.endpoint == endpoint)
    named = (item for item in items if endpoint in item.also)
    near = (item for item in items if item.blueprint == blueprint or blueprint in item.also)
    return next(own, None) or next(named, None) or next(near, None)


def marked(items: Sequence[NavItem]) -> list[ShownItem]:
    """These items in order, with the one marked that the page at work belongs to; an error's page belongs to none."""
    section = None if g.get("of_no_section") else section_of(request.endpoint or "", items)
    shown = []
    for item in items:
        url = address(item.endpoint)
        current = "" if item is not section else "page" if request.path == url else "true"
        new = current_identity().unread if item.label is _MESSAGES else 0
        shown.append(ShownItem(str(item.label), url, current, new, item.endpoint))
    return shown


def nav_items() -> list[ShownItem]:
    """What the signed-in person may open, in order."""
    identity = current_identity()
    return marked(
        [
            item
            for item in (REVIEWERS_NAVIGATION if at_the_reviewers() else NAVIGATION)
            if item.permission is not None
            and may(identity, item.permission)
            and item.endpoint in current_app.view_functions
        ]
    )


def help_anchor(place: str) -> str:
    """The part of a help page that is about `place`: an item's endpoint, or a blueprint."""
    return f"at-{place.replace('.', '-').replace('_', '-')}"


def section_above() -> tuple[tuple[str, str], ...]:
    """The section that the page at work stands below, as breadcrumbs; none on a section's own page and outside."""
    if not current_identity().fully_signed_in:
        return ()
    return tuple((item.label, item.url) for item in nav_items() if item.current == "true")


def grouped(items: Sequence[ShownItem]) -> list[ShownItem | ShownGroup]:
    """The items as the menu shows them: as they are while they fit one row, else in groups of two or more.

    A group stands where the first of its items would.
    """
    if len(items) <= ONE_ROW:
        return list(items)
    shown: list[ShownItem | ShownGroup] = []
    of_group = {endpoint: group for group in GROUPS for endpoint in group[1]}
    for item in items:
        label, endpoints = of_group.get(item.endpoint, (None, ()))
        members = tuple(one for one in items if one.endpoint in endpoints)
        if label is None or len(members) == 1:
            shown.append(item)
        elif item is members[0]:
            shown.append(ShownGroup(str(label), item.url, any(one.current for one in members), members))
    return shown
