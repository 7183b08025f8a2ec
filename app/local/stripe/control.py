"""`/_control`: what happens on Stripe's or the bank's side, and the faults, as JSON. For tests and demos only."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

from app.local.stripe import checkout, faults, money_back
from app.local.stripe.account import Account
from app.local.stripe.delivery import Deliveries
from app.local.stripe.problems import StripeProblem


class Control:
    """Routes of the control API. `answer` raises StripeProblem on a bad request."""

    def __init__(self, account: Account, deliveries: Deliveries) -> None:
        self._account, self._deliveries = account, deliveries
        self._routes: tuple[tuple[str, str, Callable[[dict[str, Any], str], Any]], ...] = (
            ("GET", "health", self._health),
            ("GET", "requests", self._requests),
            ("POST", "requests/clear", self._clear_requests),
            ("GET", "deliveries", self._list_deliveries),
            ("POST", "deliveries/release", self._release),
            ("GET", "faults", lambda body, _: faults.current(account.store)),
            ("POST", "faults", lambda body, _: faults.ask_for(account.store, body)),
            ("POST", r"sessions/(\w+)/pay", self._pay),
            ("POST", r"sessions/(\w+)/settle", self._settle),
            ("POST", r"sessions/(\w+)/expire", self._expire),
            ("POST", r"sessions/(\w+)/amount", self._ask_for),
            ("POST", "refunds", lambda body, _: money_back.refund(account, body)),
            ("POST", r"refunds/(\w+)/settle", self._settle_refund),
            ("POST", "disputes", lambda body, _: money_back.open_dispute(account, body)),
            ("POST", r"disputes/(\w+)/close", self._close_dispute),
        )

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """The JSON value for one control request."""
        for wanted, pattern, handler in self._routes:
            found = re.fullmatch("/_control/" + pattern, path)
            if not found or wanted != method:
                continue
            argument = found[1] if found.groups() else ""
            if pattern == "deliveries/release":  # talks to the portal: must not hold the store's lock meanwhile
                return handler(body, argument)
            with self._account.store.transaction():
                checkout.sweep(self._account)
                return handler(body, argument)
        raise StripeProblem(404, f"No such control: {method} {path}")

    def _health(self, _body: dict[str, Any], _: str) -> Any:
        return {"ok": True, "now": self._account.now()}

    def _requests(self, _body: dict[str, Any], _: str) -> Any:
        rows = self._account.store.run("select * from request order by id")
        return [{**dict(row), "params": json.loads(row["params"])} for row in rows]

    def _clear_requests(self, _body: dict[str, Any], _: str) -> Any:
        self._account.store.run("delete from request")
        return {}

    def _list_deliveries(self, _body: dict[str, Any], _: str) -> Any:
        return [dict(row) for row in self._account.store.run("select * from delivery order by id")]

    def _release(self, body: dict[str, Any], _: str) -> Any:
        """Send one after another: `ids` in the order given (any state), or all held ones in `order`."""
        chosen = body.get("ids")
        if chosen is None:
            rows = self._account.store.run("select id from delivery where state = 'held' order by id")
            chosen = [row["id"] for row in rows]
            order = body.get("order", "oldest")
            if order == "newest":
                chosen.reverse()
            elif order == "shuffled":
                random.Random(body.get("seed")).shuffle(chosen)  # noqa: S311 - a reproducible order, no secret
            elif order != "oldest":
                raise StripeProblem(400, "order is oldest, newest or shuffled", param="order")
        return [self._deliveries.send(identifier) for identifier in chosen]

    def _pay(self, body: dict[str, Any], identifier: str) -> Any:
        method = _choice(body, "method", ("card", "declined", "bank"))
        return checkout.attempt(self._account, self._account.find(identifier, "checkout.session"), method)

    def _settle(self, body: dict[str, Any], identifier: str) -> Any:
        outcome = _choice(body, "outcome", ("succeeded", "failed"))
        return checkout.settle(self._account, self._account.find(identifier, "checkout.session"), outcome)

    def _expire(self, _body: dict[str, Any], identifier: str) -> Any:
        return checkout.expire(self._account, self._account.find(identifier, "checkout.session"))

    def _ask_for(self, body: dict[str, Any], identifier: str) -> Any:
        return checkout.ask_for(self._account, self._account.find(identifier, "checkout.session"), body.get("amount"))

    def _settle_refund(self, body: dict[str, Any], identifier: str) -> Any:
        outcome = _choice(body, "outcome", ("succeeded", "failed"))
        return money_back.settle_refund(self._account, self._account.find(identifier, "refund"), outcome)

    def _close_dispute(self, body: dict[str, Any], identifier: str) -> Any:
        outcome = _choice(body, "outcome", money_back.CLOSED)
        return money_back.close_dispute(self._account, self._account.find(identifier, "dispute"), outcome)


def _choice(body: dict[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = body.get(name)
    if value not in allowed:
        raise StripeProblem(400, f"{name} is one of: {', '.join(allowed)}", param=name)
    return str(value)
