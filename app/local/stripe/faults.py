"""Trouble on request: slow answers, errors, answers that never come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.local.stripe.account import STATE_OF_MODE
from app.local.stripe.problems import StripeProblem
from app.local.stripe.store import Store

_DEFAULTS: dict[str, Any] = {
    "latency_ms": 0,
    "fail_next": 0,
    "status": 500,
    "timeout_before": 0,
    "timeout_after": 0,
}


@dataclass(frozen=True)
class Trouble:
    """What the next API request meets."""

    latency_ms: int = 0
    failure: StripeProblem | None = None
    hang_before: bool = False
    hang_after: bool = False


def current(store: Store) -> dict[str, Any]:
    """The faults asked for and not yet used up."""
    return {**_DEFAULTS, **store.setting("faults", {}), "webhooks": store.setting("webhooks", "normal")}


def ask_for(store: Store, wanted: dict[str, Any]) -> dict[str, Any]:
    """Merge `wanted` into what is set. StripeProblem 400 on a name or a value that is not known."""
    for name, value in wanted.items():
        counts = name in _DEFAULTS and type(value) is int and value >= 0
        if not counts and not (name == "webhooks" and value in STATE_OF_MODE):
            raise StripeProblem(400, f"Unknown fault: {name} = {value!r}", param=name)
    if wanted.get("status", 500) not in (429, 500, 502, 503):
        raise StripeProblem(400, "status is 429, 500, 502 or 503", param="status")
    with store.transaction():
        faults = {**store.setting("faults", {}), **wanted}
        store.remember("webhooks", faults.pop("webhooks", store.setting("webhooks", "normal")))
        store.remember("faults", faults)
    return current(store)


def meet(store: Store) -> Trouble:
    """Use up one request's worth of the faults: first the failures, then the hangs."""
    with store.transaction():
        faults = {**_DEFAULTS, **store.setting("faults", {})}
        for name in ("fail_next", "timeout_before", "timeout_after"):
            if faults[name] > 0:
                store.remember("faults", {**faults, name: faults[name] - 1})
                return Trouble(
                    latency_ms=faults["latency_ms"],
                    failure=_failure(faults["status"]) if name == "fail_next" else None,
                    hang_before=name == "timeout_before",
                    hang_after=name == "timeout_after",
                )
        return Trouble(latency_ms=faults["latency_ms"])


def _failure(status: int) -> StripeProblem:
    if status == 429:
        return StripeProblem(429, "Too many requests hit the API too quickly.", code="rate_limit")
    return StripeProblem(status, "An unknown error occurred", kind="api_error")
