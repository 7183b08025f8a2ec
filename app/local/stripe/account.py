"""The one Stripe account that the stand-in plays: its clock, its objects, its events."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import Any

from app.local.stripe import objects
from app.local.stripe.moved_clock import Clock
from app.local.stripe.problems import missing
from app.local.stripe.store import Object, Store

STATE_OF_MODE = {"normal": "pending", "duplicate": "pending", "hold": "held", "drop": "dropped"}


@dataclass
class Account:
    """Callers hold `store.transaction()` around every change, so `cause` belongs to one request at a time."""

    store: Store
    now: Clock
    url_base: str
    delivery_due: threading.Event = field(default_factory=threading.Event)
    cause: tuple[str | None, str | None] = (None, None)  # request id, idempotency key: named in each event

    def find(self, identifier: str, kind: str, *, param: str = "id") -> Object:
        """One object; StripeProblem 404 `resource_missing` otherwise."""
        found = self.store.get(identifier, kind)
        if found is None:
            raise missing(kind, identifier, param)
        return found

    def emit(self, kind: str, about: Object, previous: dict[str, Any] | None = None) -> Object:
        """Record an event about a snapshot of `about` and queue its delivery as the current mode wants."""
        request, key = self.cause
        made = objects.event(kind, copy.deepcopy(about), previous=previous, request=request, key=key, now=self.now())
        self.store.put(made)
        mode = self.store.setting("webhooks", "normal")
        for _ in range(2 if mode == "duplicate" else 1):
            self.store.run(
                "insert into delivery (event, kind, state) values (:event, :kind, :state)",
                {"event": made["id"], "kind": kind, "state": STATE_OF_MODE[mode]},
            )
        self.delivery_due.set()
        return made

    def book(self, kind: str, amount: int, fee: int, about: Object, source: str | None = None) -> Object:
        """A balance transaction for `about`; amounts in cents, signed."""
        return self.store.put(
            objects.balance_transaction(
                kind=kind,
                amount=amount,
                fee=fee,
                currency=about["currency"],
                source=source or about["id"],
                description=about.get("description"),
                now=self.now(),
            )
        )
