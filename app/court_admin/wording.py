"""A court's program rules in plain words: for reading, and for comparing two versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.money import format_cents
from app.payments.rules import FeeComponent, assess
from tenants.program import Decider, Fees, Letterhead, ProgramDocument, Referrer, Supervisor
from tenants.program import FeeComponent as FeeRule

PERCENT = 100  # basis points


@dataclass(frozen=True)
class Section:
    """A part of the rules: facts as (name, value), in words."""

    key: str
    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Difference:
    """One fact that two versions state differently; empty text: not stated there."""

    title: str
    label: str
    before: str
    after: str


def describe(document: ProgramDocument, titles: Mapping[str, str]) -> tuple[Section, ...]:
    """The rules in the reader's language. `titles` names modules by slug."""
    return (
        Section("course", _("Course"), _course(document, titles)),
        Section("fee", _("Enrollment fee"), _fee(document.fees)),
        Section("accountability", _("Accountability"), _accountability(document)),
        Section("letterhead", _("Letterhead of the court's papers"), _letterhead(document.reports.letterhead)),
        Section("people", _("Who does what"), _people(document)),
    )


def differences(before: ProgramDocument, after: ProgramDocument, titles: Mapping[str, str]) -> tuple[Difference, ...]:
    """What `after` says differently, fact by fact."""
    found = []
    for old, new in zip(describe(before, titles), describe(after, titles), strict=True):
        was, will = dict(old.rows), dict(new.rows)
        found += [
            Difference(new.title, label, was.get(label, ""), will.get(label, ""))
            for label in dict.fromkeys((*was, *will))
            if was.get(label) != will.get(label)
        ]
    return tuple(found)


def fee_total(fees: Fees) -> int:
    """The whole fee in cents."""
    return sum(line.cents for line in assess(_parts(fees)))


def _parts(fees: Fees) -> list[FeeComponent]:
    return [
        FeeComponent(
            c.key, c.amount_cents, c.percent_of, None if c.percent is None else c.percent * PERCENT, c.waivable
        )
        for c in fees.components
    ]


def _course(document: ProgramDocument, titles: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    course = document.coursework
    required = [titles.get(module.slug, module.slug) for module in course.modules if module.required]
    optional = [titles.get(module.slug, module.slug) for module in course.modules if not module.required]
    tries = course.quiz_attempts
    rows = [
        (_("Required modules"), "; ".join(required)),
        (_("Score to pass a quiz"), f"{course.pass_percent}%"),
        (_("Tries at a quiz"), ngettext("%(num)d try", "%(num)d tries", tries)),
        (_("Time to finish the course"), ngettext("%(num)d day", "%(num)d days", course.deadline_days)),
    ]
    if optional:
        rows.insert(1, (_("Optional modules"), "; ".join(optional)))
    return tuple(rows)


def _fee(fees: Fees) -> tuple[tuple[str, str], ...]:
    if not fees.components:
        return ((_("Fee"), _("The court charges no fee.")),)
    labels = {component.key: component.label for component in fees.components}
    rows = [(component.label, _component(component, labels)) for component in fees.components]
    return (*rows, (_("Whole fee"), format_cents(fee_total(fees))))


def _component(component: FeeRule, labels: Mapping[str, str]) -> str:
    if component.amount_cents is not None:
        amount = format_cents(component.amount_cents)
    else:
        amount = _(
            "%(percent)s%% of %(part)s",
            percent=component.percent,
            part=labels.get(component.percent_of or "", component.percent_of),
        )
    waivable = _("can be waived") if component.waivable else _("cannot be waived")
    words = _("%(amount)s, goes to: %(payee)s, %(waivable)s", amount=amount, payee=component.payee, waivable=waivable)
    return f"{words} ({component.legal_basis})" if component.legal_basis else words


def _accountability(document: ProgramDocument) -> tuple[tuple[str, str], ...]:
    rules = document.accountability
    return (
        (_("Check-ins"), ngettext("Monthly for %(num)d month", "Monthly for %(num)d months", rules.months)),
        (_("Time to send a check-in"), ngettext("%(num)d day", "%(num)d days", rules.window_days)),
        (_("Extra time after that"), ngettext("%(num)d day", "%(num)d days", rules.grace_days)),
        (_("Missed check-ins before the court is told"), str(rules.misses_allowed)),
    )


def _letterhead(letterhead: Letterhead) -> tuple[tuple[str, str], ...]:
    nothing = _("not set")
    signs = ", ".join(part for part in (letterhead.signatory_name, letterhead.signatory_title) if part)
    return (
        (_("Address lines"), "; ".join(letterhead.lines) or nothing),
        (_("Phone"), letterhead.phone or nothing),
        (_("Email"), letterhead.email or nothing),
        (_("Who signs"), signs or nothing),
        (_("Emblem"), _("picture %(mark)s", mark=letterhead.emblem[:8]) if letterhead.emblem else _("none")),
    )


def _people(document: ProgramDocument) -> tuple[tuple[str, str], ...]:
    refers = {Referrer.CLERK: _("Clerk"), Referrer.PROSECUTOR: _("Prosecutor's unit")}
    supervises = {
        Supervisor.PROBATION: _("Probation"),
        Supervisor.PROSECUTOR: _("Prosecutor's unit"),
        Supervisor.CLERK: _("Clerk"),
        Supervisor.NOBODY: _("Nobody"),
    }
    decides = {Decider.CLERK: _("Clerk"), Decider.JUDGE: _("Judge")}
    waivers = document.waivers
    return (
        (_("Refers people"), "; ".join(refers[role] for role in document.people.refers)),
        (_("Supervises"), supervises[document.people.supervises]),
        (_("Decides a termination"), decides[document.people.decides_termination]),
        (_("Decides a full waiver"), decides[waivers.decides_full]),
        (_("Decides a partial waiver"), decides[waivers.decides_partial]),
        (
            _("May start the course while a waiver is decided"),
            _("Yes") if document.fees.may_start_while_waiver_pending else _("No"),
        ),
        (_("A code is good for"), ngettext("%(num)d day", "%(num)d days", document.codes.valid_days)),
    )
