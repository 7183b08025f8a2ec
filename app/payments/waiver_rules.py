"""Who may decide a waiver how, why a request can be denied, and until when a learner may ask again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.core import clock
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.permissions.identity import Role
from tenants.program import Decider, Proof, Waivers


class Outcome(StrEnum):
    """How a person can decide; the values are states of a waiver."""

    FULL = "granted_full"
    PARTIAL = "granted_partial"
    DENIED = "denied"


DENIAL_REASONS: dict[str, LazyString] = {
    "income_over_limit": _("The household income is above the court's limit."),
    "not_enough_told": _("The request does not tell enough to decide."),
    "facts_differ": _("What the request tells differs from what the court knows."),
    "other": _("Another reason, explained below."),
}

STATE_WORDS: dict[str, LazyString] = {
    "draft": _("Not sent yet"),
    "submitted": _("Waiting for the court"),
    "needs_proof": _("The court asks for proof"),
    "under_review": _("The court is looking at it"),
    "granted_full": _("Granted in full"),
    "granted_partial": _("Granted in part"),
    "denied": _("Not granted"),
    "reconsideration": _("Asked again, waiting for the court"),
}

PROOF_WORDS: dict[Proof, LazyString] = {
    Proof.NOT_NEEDED: _("You do not need proof."),
    Proof.IF_ASKED: _("You do not need proof now. The court may ask for it."),
    Proof.ALWAYS: _("The court needs proof of income or benefits. Ask now, then bring or mail a copy to the clerk."),
}

_SEPARATOR = "\n"


@dataclass(frozen=True)
class Decision:
    """A person's decision. `amount_cents` for a part; `reason` a key of DENIAL_REASONS for a denial."""

    outcome: Outcome
    amount_cents: int | None = None
    reason: str = ""
    explanation: str = ""


def may_decide(outcome: Outcome, role: Role, rules: Waivers) -> bool:
    """Whether the court's rules let this role decide so. What only a judge may grant, only a judge may deny."""
    deciders = {
        Outcome.FULL: {rules.decides_full},
        Outcome.PARTIAL: {rules.decides_partial},
        Outcome.DENIED: {rules.decides_full, rules.decides_partial},
    }[outcome]
    allowed = {Role.JUDGE} if Decider.JUDGE in deciders else {Role.JUDGE, Role.CLERK, Role.ADMINISTRATOR}
    return role in allowed


def stored_reason(decision: Decision) -> str:
    """Key and explanation as they are kept with the waiver."""
    return f"{decision.reason}{_SEPARATOR}{decision.explanation.strip()}"


def shown_reason(stored: str) -> tuple[str, str]:
    """The chosen reason in the reader's words (may be empty) and the person's explanation."""
    key, _separator, explanation = stored.partition(_SEPARATOR)
    return str(DENIAL_REASONS.get(key, "")), explanation


def ask_again_until(decided_at: datetime, rules: Waivers, time_zone: str) -> date:
    """The last court-local day on which the learner may ask the court to look again."""
    return clock.local(decided_at, time_zone).date() + timedelta(days=rules.reconsideration_days)
