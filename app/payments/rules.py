"""The pure rules of money: fees, the ledger, waivers, what Stripe's events add up to, the poverty guideline.

All amounts are integer US cents. Rates are basis points: 10000 is 100 %. A positive balance is owed to the court.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.cases.rules import LEARNER, SYSTEM, Moves, transition
from app.core.i18n import lazy_gettext as _

WHOLE = 10_000  # basis points

# --- Fees ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeeComponent:
    """One part of the fee: an `amount` in cents, or a `rate` (basis points) of the component `percent_of`."""

    key: str
    amount: int | None = None
    percent_of: str | None = None
    rate: int | None = None
    waivable: bool = True
    refundable: bool = True


@dataclass(frozen=True, slots=True)
class FeeLine:
    """What a component comes to. `cents` is never negative."""

    key: str
    cents: int
    waivable: bool
    refundable: bool


def share(cents: int, rate: int) -> int:
    """`rate` basis points of `cents` (neither negative), half a cent rounded up."""
    return (cents * rate + WHOLE // 2) // WHOLE


def assess(components: Sequence[FeeComponent]) -> tuple[FeeLine, ...]:
    """The lines of a fee, in the order given. ValueError names a component that cannot be worked out."""
    by_key = {c.key: c for c in components}
    if len(by_key) < len(components):
        raise ValueError("two fee components have the same key")

    def cents_of(key: str, seen: tuple[str, ...]) -> int:
        part = by_key.get(key)
        if part is None or key in seen:
            raise ValueError(f"fee component {seen[-1]!r}: {key!r} is missing or leads back to itself")
        if part.amount is not None and part.percent_of is None and part.rate is None and part.amount >= 0:
            return part.amount
        if part.amount is None and part.percent_of is not None and part.rate is not None and part.rate >= 0:
            return share(cents_of(part.percent_of, (*seen, key)), part.rate)
        raise ValueError(f"fee component {key!r} needs an amount, or a rate and what it is a percentage of")

    return tuple(FeeLine(c.key, cents_of(c.key, ()), c.waivable, c.refundable) for c in components)


def spread(cents: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split `cents` by weights so that the parts add up: odd cents go to the largest remainders, first come first."""
    total = sum(weights)
    if total == 0:
        if cents:
            raise ValueError("nothing to spread the amount over")
        return (0,) * len(weights)
    parts = [cents * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(cents * weights[at] % total), at))
    for at in by_remainder[: cents - sum(parts)]:
        parts[at] += 1
    return tuple(parts)


def apply_waiver(
    lines: Sequence[FeeLine], *, waived: Mapping[str, int], rate: int = WHOLE, cents: int | None = None
) -> dict[str, int]:
    """What a grant waives, in cents by component: full by default, else `rate` or at most `cents` of what is left.

    `waived` is what earlier grants took off, by component. Components that cannot be waived are not in the answer, and
    no component goes below zero. A component that is a percentage of a waived one stays as assessed, unless waivable.
    """
    if not 0 <= rate <= WHOLE or (cents is not None and cents < 0):
        raise ValueError("a waiver is 0 to 100 percent, or an amount of at least 0")
    open_lines = [line for line in lines if line.waivable]
    left = [max(0, line.cents - waived.get(line.key, 0)) for line in open_lines]
    amount = share(sum(left), rate) if cents is None else min(cents, sum(left))
    return {line.key: part for line, part in zip(open_lines, spread(amount, left), strict=True) if part}


# --- The ledger ------------------------------------------------------------------------------------------------------

# Kind -> what one positive cent does to the balance. An adjustment carries its own sign.
LEDGER_SIGNS: dict[str, int] = {
    "assessed": 1,  # the fee is due
    "waived": -1,  # the court gave it up
    "paid": -1,  # Stripe holds it for the court
    "refunded": 1,  # it went back: due again, unless waived too
    "disputed": 1,  # the bank took it back while it looks at it
    "dispute_won": -1,  # the bank gave it back
    "dispute_lost": 0,  # the bank keeps it: `disputed` already counted, this records the outcome
    "adjusted": 1,  # a person's correction, or a refund that failed; negative lowers what is owed
}


# How the name of an entry's cause begins, for money that came in or went out at the counter.
AT_COUNTER, COUNTER_REFUND = "counter:", "counter_refund:"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One row to append. `cents` is positive, but for `adjusted`. `ref` is unique: one effect is one row."""

    ref: str
    kind: str
    cents: int

    def __post_init__(self) -> None:
        if self.kind not in LEDGER_SIGNS or self.cents == 0 or (self.cents < 0 and self.kind != "adjusted"):
            raise ValueError(f"no ledger entry: {self.kind} {self.cents}")

    @property
    def stripe_object(self) -> str:
        """The id of what moved the money: the session, refund or dispute."""
        return self.ref.partition(":")[0]


def balance(entries: Iterable[tuple[str, int]]) -> int:
    """What is still owed, from (kind, cents) rows. Below zero: the court owes the learner."""
    return sum(LEDGER_SIGNS[kind] * cents for kind, cents in entries)


@dataclass(frozen=True, slots=True)
class AccessRule:
    """When coursework opens: owing at most so much (installments), or while a waiver is pending."""

    may_start_while_waiver_pending: bool = False
    open_when_owing_at_most: int = 0


def coursework_open(balance_cents: int, *, waiver_pending: bool, rule: AccessRule) -> bool:
    return balance_cents <= rule.open_when_owing_at_most or (waiver_pending and rule.may_start_while_waiver_pending)


# --- Waivers ---------------------------------------------------------------------------------------------------------

WAIVER_PENDING = frozenset({"submitted", "needs_proof", "under_review", "reconsideration"})
_DECIDE, _REVIEWED = "waiver.decide", "under_review reconsideration"
# Only a person may deny, with a reason; the system may grant in full, and only what the court's rule presumes.
WAIVER_MOVES = Moves(
    "waiver",
    "draft",
    (
        transition("draft", "submitted", LEARNER, _("You asked for a fee waiver.")),
        transition("submitted under_review reconsideration", "needs_proof", _DECIDE, _("Proof is needed.")),
        transition("submitted needs_proof", "under_review", SYSTEM, _("A person will look at it.")),
        transition("submitted", "granted_full", SYSTEM, _("Granted in full."), "presumed_by_rule"),
        transition(_REVIEWED, "granted_full", _DECIDE, _("Granted in full.")),
        transition(_REVIEWED, "granted_partial", "waiver.decide_partial", _("Granted in part."), "reason"),
        transition(_REVIEWED, "more_time", _DECIDE, _("More time to pay."), "reason", "last_day"),
        transition(_REVIEWED, "installments", _DECIDE, _("To be paid in parts."), "reason", "parts_in_rules"),
        transition(_REVIEWED, "denied", _DECIDE, _("Not granted."), "specific_reason", "appeal_window"),
        transition(
            "granted_full granted_partial", "revoked", _DECIDE, _("Taken back."), "specific_reason", "appeal_window"
        ),
        transition(
            "denied granted_partial more_time installments revoked",
            "reconsideration",
            LEARNER,
            _("You asked again."),
            "within_appeal_window",
        ),
    ),
)

# The case is no longer this court's: nobody pays here any more.
CLOSED_TO_PAYMENT = frozenset({"withdrawn", "transferred"})

# --- Payments --------------------------------------------------------------------------------------------------------

CHECKOUT_MOVES = Moves(
    "checkout",
    "open",
    (
        transition("open expired", "processing", SYSTEM, _("The bank is moving the money.")),
        transition("open expired processing failed", "paid", SYSTEM, _("The payment arrived.")),
        transition("open", "expired", SYSTEM, _("The payment page expired.")),
        transition("open expired processing", "failed", SYSTEM, _("The payment did not go through.")),
        transition("paid refunded disputed", "partly_refunded", SYSTEM, _("Part was paid back.")),
        transition("paid partly_refunded disputed", "refunded", SYSTEM, _("It was paid back.")),
        transition("partly_refunded refunded disputed", "paid", SYSTEM, _("The payment stands.")),
        transition("paid partly_refunded refunded dispute_lost", "disputed", SYSTEM, _("The bank is asked.")),
        transition("disputed", "dispute_lost", SYSTEM, _("The bank took the payment back.")),
    ),
)

_UNPAID = ("open", "expired", "processing", "failed")  # later outranks earlier, whatever came first
EVENT_KINDS = frozenset(
    {"expired", "processing", "failed", "paid", "refund_succeeded", "refund_failed"}
    | {"dispute_opened", "dispute_won", "dispute_lost"}
)


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """What one verified event says of one payment. `object_id`: the session, refund or dispute; `cents`: its amount.

    `expired`, `processing` and `failed` need no amount. A refund's own events count, never `charge.refunded`, whose sum
    names no refund. An inquiry that moves no money is no dispute.
    """

    kind: str
    object_id: str
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where a payment stands: its state, the entries it is worth (each once, by `ref`), what can still be refunded."""

    state: str
    entries: tuple[Entry, ...]
    refundable: int


def settle(events: Iterable[PaymentEvent]) -> Settlement:
    """Fold the events of one payment. Order and repetition change nothing; more events only add entries.

    Refunds and disputes seen before the payment count once the payment is known. ValueError for an unknown kind.
    """
    largest: dict[str, int] = {}  # one object, one amount: an event of it that names none takes it from the others
    seen: set[tuple[str, str]] = set()
    for event in events:
        if event.kind not in EVENT_KINDS:
            raise ValueError(f"unknown payment event {event.kind!r}")
        seen.add((event.kind, event.object_id))
        largest[event.object_id] = max(largest.get(event.object_id, 0), event.cents)
    amounts = {(kind, object_id): largest[object_id] for kind, object_id in seen}
    kinds = {kind for kind, _id in seen}
    if "paid" not in kinds:
        return Settlement(max(_UNPAID[:1] + tuple(kinds & set(_UNPAID)), key=_UNPAID.index), (), 0)

    entries = {entry for (kind, object_id), cents in amounts.items() for entry in _entries(kind, object_id, cents)}
    # A failed refund undoes one that had succeeded; alone it moved nothing. A lost or won dispute was once open.
    succeeded = {object_id: cents for (kind, object_id), cents in amounts.items() if kind == "refund_succeeded"}
    undone = {object_id for kind, object_id in amounts if kind == "refund_failed" and succeeded.get(object_id)}
    entries |= {Entry(f"{object_id}:undone", "adjusted", -succeeded[object_id]) for object_id in undone}

    paid = sum(cents for (kind, _id), cents in amounts.items() if kind == "paid")
    refunded = sum(succeeded.values()) - sum(succeeded[object_id] for object_id in undone)
    disputes = {object_id for kind, object_id in amounts if kind.startswith("dispute_")}
    won = {object_id for kind, object_id in amounts if kind == "dispute_won"}
    lost = {object_id for kind, object_id in amounts if kind == "dispute_lost"} - won
    state = _paid_state(paid, refunded, still_open=bool(disputes - won - lost), lost=bool(lost))
    held = -balance((entry.kind, entry.cents) for entry in entries)
    return Settlement(state, tuple(sorted(entries)), 0 if disputes - won else max(0, held))


def _entries(kind: str, object_id: str, cents: int) -> list[Entry]:
    if not cents:
        return []
    if kind == "paid":
        return [Entry(f"{object_id}:paid", "paid", cents)]
    if kind == "refund_succeeded":
        return [Entry(f"{object_id}:refunded", "refunded", cents)]
    if not kind.startswith("dispute_"):
        return []
    opened = Entry(f"{object_id}:disputed", "disputed", cents)
    return [opened] if kind == "dispute_opened" else [opened, Entry(f"{object_id}:{kind}", kind, cents)]


def _paid_state(paid: int, refunded: int, *, still_open: bool, lost: bool) -> str:
    if still_open:
        return "disputed"
    if lost:
        return "dispute_lost"
    if refunded:
        return "refunded" if refunded >= paid else "partly_refunded"
    return "paid"


_DISPUTES = frozenset({"disputed", "dispute_won", "dispute_lost"})


def is_news(kinds: Collection[str]) -> bool:
    """Whether entries of these kinds, written together, tell a payer something that no receipt does.

    Money went back, or a bank's question began or ended. A refund that failed is for the court to see to.
    """
    return bool(_DISPUTES & set(kinds)) or ("refunded" in kinds and "adjusted" not in kinds)


# --- The poverty guideline -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guideline:
    """One year's guideline: by region, the annual cents for a household of one and for each further person."""

    effective: date
    regions: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Band:
    """Income up to and including `up_to_percent` of the guideline is waived by `rate` basis points."""

    up_to_percent: int
    rate: int


def read_guidelines(document: Mapping[str, Any]) -> tuple[Guideline, ...]:
    """The guidelines of the stored document (whole dollars), oldest first; KeyError or ValueError if malformed."""
    found = []
    for row in document["guidelines"]:
        regions = {name: (v["base"] * 100, v["per_person"] * 100) for name, v in row.items() if name != "effective"}
        found.append(Guideline(date.fromisoformat(row["effective"]), regions))
    return tuple(sorted(found, key=lambda g: g.effective))


def guideline_cents(guidelines: Sequence[Guideline], *, on: date, region: str, household: int) -> int:
    """Annual cents for a household on a date. LookupError before the first guideline or for an unknown region."""
    if household < 1:
        raise ValueError("a household is at least one person")
    in_force = [g for g in guidelines if g.effective <= on]
    if not in_force:
        raise LookupError(f"no poverty guideline in force on {on}")
    base, per_person = max(in_force, key=lambda g: g.effective).regions[region]
    return base + (household - 1) * per_person


def poverty_percent(annual_income: int, guideline: int) -> int:
    """Income as a percentage of the guideline (both annual cents), rounded up: 125 means at most 125 %."""
    if annual_income < 0:
        raise ValueError("an income is not negative")
    return -(-annual_income * 100 // guideline)


def band_for(percent: int, bands: Iterable[Band]) -> Band | None:
    """The lowest band that holds `percent`; None when it is above all of them, which denies nothing by itself."""
    fitting = [band for band in bands if percent <= band.up_to_percent]
    return min(fitting, key=lambda band: band.up_to_percent, default=None)
