"""The dashboard: the first steps of a new court, the numbers of a running one, and the rows behind each number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accountability.violations.lookups import waits_for_a_decision
from app.accountability.words import month_words
from app.cases.overview import Standing, page_of_cases, that_stand
from app.cases.rules import STATE_WORDS
from app.core import clock
from app.core.errors import NotFound
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.court_admin.dashboard_lookups import dashboard_for, reports_since, this_month
from app.court_admin.dashboard_rules import Step
from app.court_admin.dashboard_services import put_away
from app.payments.month import MoneyKind, entries_between
from app.permissions.permissions import Permission, may
from app.reports.overview import ReportStanding, page_of_reports
from app.reports.words import KIND_WORDS, STATE_TONES
from app.reports.words import STATE_WORDS as REPORT_STATE_WORDS
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages
from app.web.templating import court_time_zone

pages = Pages("dashboard", __name__)

VIOLATIONS = "possible-violations"


@dataclass(frozen=True)
class StepWords:
    """A step of the list: what to do, why, and where."""

    label: LazyString
    text: LazyString
    endpoint: str


STEPS: Mapping[Step, StepWords] = {
    Step.RULES: StepWords(
        _l("Read your program rules, and publish your own"),
        _l("They decide modules, fees, waivers and check-ins. The court began with a set of usual rules."),
        "court_admin.program_rules",
    ),
    Step.EMBLEM: StepWords(
        _l("Add the court's emblem and letterhead"),
        _l("They stand on every page and report."),
        "court_admin.program_rules",
    ),
    Step.STAFF: StepWords(
        _l("Invite your colleagues"),
        _l("Each gets a mail with a link and sets up a sign-in of their own."),
        "accounts.staff",
    ),
    Step.REFERRAL: StepWords(
        _l("Refer the first person"),
        _l("A name, a birth date, the order and a deadline are enough. A case number can follow."),
        "cases.new_referral",
    ),
    Step.CODE: StepWords(
        _l("Issue the first enrollment code"),
        _l("Open the referral and issue the code. Print the slip, or hand the code over."),
        "cases.referrals",
    ),
    Step.PAYMENT: StepWords(
        _l("See the first payment come in"),
        _l("Participants pay on their own page. Once one has paid, it shows here and in the case."),
        "caseload.caseload",
    ),
    Step.REPORT: StepWords(
        _l("See the first report"),
        _l("A proof of enrollment is made by itself when somebody enrolls. Any case can make a progress report."),
        "caseload.caseload",
    ),
}

CASE_LISTS: Mapping[str, LazyString] = {
    Standing.WAITING: _l("Referred, not enrolled yet"),
    Standing.ACTIVE: _l("Active"),
    Standing.OVERDUE: _l("Past the deadline for the lessons"),
    Standing.REPORT_DUE: _l("Final report due"),
    VIOLATIONS: _l("Possible violations"),
    Standing.NOBODY: _l("Supervised by nobody"),
    Standing.UNRECORDED: _l("Hearing without a result, of the last 30 days"),
}
REPORT_LISTS: Mapping[ReportStanding, LazyString] = {
    ReportStanding.BEING_MADE: _l("Reports being made"),
    ReportStanding.FAILED: _l("Reports that could not be made"),
    ReportStanding.READY: _l("Reports made in the last 30 days"),
}
MONEY_LISTS: Mapping[MoneyKind, LazyString] = {
    MoneyKind.ASSESSED: _l("Assessed this month"),
    MoneyKind.PAID: _l("Paid this month"),
    MoneyKind.WAIVED: _l("Waived this month"),
    MoneyKind.REFUNDED: _l("Given back this month"),
}


@pages.get("/dashboard", permission=Permission.DASHBOARD_READ)
def home() -> ResponseReturnValue:
    identity = current_identity()
    found = dashboard_for(identity, court_time_zone())
    steps = [(STEPS[step], done, link(STEPS[step].endpoint)) for step, done in found.steps or ()]
    return render_template(
        "court_admin/dashboard.html",
        found=found,
        steps=steps,
        steps_done=sum(done for _words, done, _url in steps),
        month=month_words(found.month.first_day),
        case_lists=CASE_LISTS,
        report_lists=REPORT_LISTS,
        money_lists=MONEY_LISTS,
        form=PortalForm(),
    )


@pages.post("/dashboard/first-steps", permission=Permission.RULES_PUBLISH)
def first_steps() -> ResponseReturnValue:
    """Put the list away, or bring it back. Sent twice it is the same."""
    away = request.form.get("away") == "1"
    put_away(away, actor=current_identity())
    flash(
        _("The first steps are put away. The link at the end of this page brings them back.")
        if away
        else _("The first steps are back."),
        "success",
    )
    return redirect(url_for("dashboard.home"), 303)


def _after() -> UUID | None:
    try:
        return UUID(request.args.get("after", ""))
    except ValueError:
        return None


@pages.get("/dashboard/cases/<standing>", permission=Permission.DASHBOARD_READ)
def cases(standing: str) -> ResponseReturnValue:
    """The cases behind a number."""
    if standing not in CASE_LISTS:
        raise NotFound
    condition = (
        waits_for_a_decision()
        if standing == VIOLATIONS
        else that_stand(Standing(standing), clock.today(court_time_zone()))
    )
    found = page_of_cases(current_identity(), condition, after=_after())
    return render_template(
        "court_admin/dashboard_cases.html",
        title=CASE_LISTS[standing],
        violations=standing == VIOLATIONS,
        lines=found.lines,
        state_words=STATE_WORDS["enrollment"],
        first_url=url_for("dashboard.cases", standing=standing) if _after() else "",
        next_url=url_for("dashboard.cases", standing=standing, after=found.after) if found.after else "",
    )


@pages.get("/dashboard/reports/<report_standing>", permission=Permission.DASHBOARD_READ)
def reports(report_standing: str) -> ResponseReturnValue:
    """The reports behind a number."""
    identity = current_identity()
    if report_standing not in list(ReportStanding) or not may(identity, Permission.REPORT_READ):
        raise NotFound
    rows, after = page_of_reports(identity, ReportStanding(report_standing), reports_since(), after=_after())
    return render_template(
        "court_admin/dashboard_reports.html",
        title=REPORT_LISTS[ReportStanding(report_standing)],
        rows=rows,
        kind_words=KIND_WORDS,
        state_words=REPORT_STATE_WORDS,
        state_tones=STATE_TONES,
        first_url=url_for("dashboard.reports", report_standing=report_standing) if _after() else "",
        next_url=url_for("dashboard.reports", report_standing=report_standing, after=after) if after else "",
    )


@pages.get("/dashboard/money/<money_kind>", permission=Permission.DASHBOARD_READ)
def money(money_kind: str) -> ResponseReturnValue:
    """The entries behind a sum of this month."""
    identity = current_identity()
    if money_kind not in list(MoneyKind) or not may(identity, Permission.CASE_MONEY_READ):
        raise NotFound
    month = this_month(court_time_zone())
    rows, after = entries_between(identity, MoneyKind(money_kind), month.begins, month.ends, after=_after())
    return render_template(
        "court_admin/dashboard_money.html",
        title=MONEY_LISTS[MoneyKind(money_kind)],
        month=month_words(month.first_day),
        rows=rows,
        first_url=url_for("dashboard.money", money_kind=money_kind) if _after() else "",
        next_url=url_for("dashboard.money", money_kind=money_kind, after=after) if after else "",
    )
