"""Who may answer a request for a waiver how, what an answer comes to, and until when it can be looked at again. Pure.

All amounts are integer US cents by key of a fee component; days are court-local.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.core import clock
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.payments.rules import WAIVER_PENDING, FeeLine, apply_waiver, spread
from app.permissions.identity import Role
from tenants.program import Decider, ProgramDocument, Waivers

LONGEST_TIME_DAYS = 366


class Outcome(StrEnum):
    """How the court can answer; the values are states of a waiver."""

    FULL = "granted_full"
    PARTIAL = "granted_partial"
    MORE_TIME = "more_time"
    INSTALLMENTS = "installments"
    NEEDS_PROOF = "needs_proof"
    DENIED = "denied"
    REVOKED = "revoked"


ANSWERS = (
    Outcome.FULL,
    Outcome.PARTIAL,
    Outcome.MORE_TIME,
    Outcome.INSTALLMENTS,
    Outcome.NEEDS_PROOF,
    Outcome.DENIED,
)
GRANTS = frozenset({Outcome.FULL, Outcome.PARTIAL})
ASK_AGAIN_FROM = frozenset({"denied", "granted_partial", "more_time", "installments", "revoked"})
# What a request asks for, and the answer that gives just that: whoever may grant a part may give it.
ASKED_AND_GIVEN = {Outcome.MORE_TIME: "more_time", Outcome.INSTALLMENTS: "installments"}

ANSWER_WORDS: dict[Outcome, LazyString] = {
    Outcome.FULL: _("Waive all of it"),
    Outcome.PARTIAL: _("Waive a part"),
    Outcome.MORE_TIME: _("Waive nothing, give more time to pay"),
    Outcome.INSTALLMENTS: _("Waive nothing, let it be paid in parts"),
    Outcome.NEEDS_PROOF: _("Ask for proof first"),
    Outcome.DENIED: _("Do not grant it"),
}

DENIAL_REASONS: dict[str, LazyString] = {
    "income_over_limit": _("The household income is above the court's limit."),
    "not_enough_told": _("The request does not tell enough to decide."),
    "proof_missing": _("The court asked for proof and did not get it."),
    "facts_differ": _("What the request tells differs from what the court knows."),
    "other": _("Another reason, explained below."),
}
REVOCATION_REASONS: dict[str, LazyString] = {
    "told_wrong": _("What the request told was not so."),
    "money_changed": _("The household has more money now than it told then."),
    "by_mistake": _("It was granted by mistake."),
    "other": _("Another reason, explained below."),
}
REASON_WORDS = DENIAL_REASONS | REVOCATION_REASONS

_SEPARATOR = "\n"


@dataclass(frozen=True)
class Decision:
    """A person's answer.

    For a part: `amount_cents` over all, or `parts` by component. `reason`: a key of DENIAL_REASONS for a denial.
    `due_on`: the last day to pay (more time) or to bring proof.
    """

    outcome: Outcome
    amount_cents: int | None = None
    parts: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    explanation: str = ""
    due_on: date | None = None


def roles_for(outcome: Outcome, rules: Waivers, asked_for: str = "full") -> frozenset[Role]:
    """The roles that may answer so. What only a judge may grant, only a judge may deny or take back."""
    full, partial = {rules.decides_full}, {rules.decides_partial}
    if outcome is Outcome.NEEDS_PROOF:
        deciders: set[Decider] = set()
    elif outcome is Outcome.FULL:
        deciders = full
    elif outcome is Outcome.PARTIAL or ASKED_AND_GIVEN.get(outcome) == asked_for:
        deciders = partial
    else:  # something else than what was asked for is a denial, whatever comes in its place
        deciders = full | partial
    if Decider.JUDGE in deciders:
        return frozenset({Role.JUDGE})
    return frozenset({Role.JUDGE, Role.CLERK, Role.ADMINISTRATOR})


def who_decides(rules: Waivers) -> LazyString:
    """Whose decision a request waits for, in a list's words."""
    if Role.CLERK in roles_for(Outcome.DENIED, rules):
        return _("Clerk or judge")
    if Role.CLERK in roles_for(Outcome.FULL, rules):
        return _("A judge, or a clerk who waives all of it")
    if Role.CLERK in roles_for(Outcome.PARTIAL, rules):
        return _("A judge, or a clerk who waives a part")
    return _("A judge")


def may_decide(outcome: Outcome, role: Role, rules: Waivers, asked_for: str = "full") -> bool:
    """Whether the court's rules let this role answer a request so."""
    return role in roles_for(outcome, rules, asked_for)


def open_answers(role: Role, document: ProgramDocument, asked_for: str = "full") -> tuple[Outcome, ...]:
    """The answers that this role may choose from; paying in parts only where the court's rules know it."""
    return tuple(
        outcome
        for outcome in ANSWERS
        if may_decide(outcome, role, document.waivers, asked_for)
        and (outcome is not Outcome.INSTALLMENTS or document.fees.installments.parts > 1)
    )


# --- What the rules propose ------------------------------------------------------------------------------------------


def presumed_by(benefits: Collection[str], rules: Waivers) -> str:
    """The first benefit that the court's rules take as showing that nobody can pay; '' when none was named."""
    return next((name for name in rules.presumptive_benefits if name in benefits), "")


# --- What an answer comes to -----------------------------------------------------------------------------------------


def waivable_parts(
    lines: Sequence[FeeLine],
    *,
    waived: Mapping[str, int],
    owed_cents: int,
    held_cents: int,
    kept: Mapping[str, int],
) -> dict[str, int]:
    """The most that can be waived, by component.

    `waived` stands already; `owed_cents` is still owed; `held_cents` is what was paid and not given back, of which
    `kept` is with components that are not refundable. What was paid can be waived too, and is then given back; but
    what such a component holds stays paid.
    """
    left = apply_waiver(lines, waived=waived)
    fixed = {
        line.key: max(0, left[line.key] - kept.get(line.key, 0))
        for line in lines
        if line.key in left and not line.refundable
    }
    if fixed:
        left |= dict(zip(fixed, spread(min(sum(fixed.values()), owed_cents), list(fixed.values())), strict=True))
    limit = min(sum(left.values()), owed_cents + max(0, held_cents - sum(kept.values())))
    parts = spread(limit, list(left.values())) if limit else ()
    return {key: part for key, part in zip(left, parts, strict=False) if part}


def granted_parts(open_parts: Mapping[str, int], decision: Decision) -> dict[str, int] | None:
    """What a grant waives of `open_parts` (see `waivable_parts`); None when it is more than that."""
    if decision.outcome is Outcome.FULL:
        return dict(open_parts)
    wanted = {key: cents for key, cents in decision.parts.items() if cents}
    if wanted:
        return None if any(cents > open_parts.get(key, 0) for key, cents in wanted.items()) else wanted
    total = sum(open_parts.values())
    if (decision.amount_cents or 0) > total:
        return None
    parts = spread(decision.amount_cents or 0, list(open_parts.values()))
    return {key: part for key, part in zip(open_parts, parts, strict=True) if part}


def to_give_back(granted_cents: int, *, owed_cents: int) -> int:
    """What a grant gives back of earlier payments: all that goes beyond what was still owed."""
    return max(0, granted_cents - max(0, owed_cents))


def revocable_parts(granted: Mapping[str, int], *, given_back_cents: int) -> dict[str, int]:
    """What of a grant can be taken back, by component: never what the learner got back as money and relied on."""
    total = sum(granted.values())
    rest = max(0, total - given_back_cents)
    parts = spread(rest, list(granted.values())) if total else ()
    return {key: part for key, part in zip(granted, parts, strict=False) if part}


# --- Asking again ----------------------------------------------------------------------------------------------------


def ask_again_until(decided_at: datetime, rules: Waivers, time_zone: str) -> date:
    """The last court-local day on which the learner may ask the court to look again."""
    return clock.local(decided_at, time_zone).date() + timedelta(days=rules.reconsideration_days)


def can_be_looked_at_again(outcome: Outcome, *, is_second_look: bool) -> bool:
    """Whether an answer can go back to the court: not one that gave everything, and none twice.

    What the court says when it has looked again is final; who lives otherwise by then sends a new request.
    """
    return outcome in ASK_AGAIN_FROM and not is_second_look


def may_ask_again(state: str, until: date | None, today: date) -> bool:
    """Whether a decided request can go back to the court."""
    return state in ASK_AGAIN_FROM and until is not None and today <= until


def waits_for_a_person(state: str) -> bool:
    """Whether the court has to act: what the court asked the learner for does not wait for it."""
    return state in WAIVER_PENDING and state != "needs_proof"


# --- Words -----------------------------------------------------------------------------------------------------------


def stored_reason(reason: str, explanation: str) -> str:
    """Key and explanation as they are kept with the waiver."""
    return f"{reason}{_SEPARATOR}{explanation.strip()}"


def shown_reason(stored: str) -> tuple[str, str]:
    """The chosen reason in the reader's words (may be empty) and the person's explanation."""
    key, _separator, explanation = stored.partition(_SEPARATOR)
    return str(REASON_WORDS.get(key, "")), explanation
