"""Webhooks: signed, delivered by threads of their own, tried again with growing waits, kept across restarts."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from app.local.stripe.account import Account
from app.local.stripe.problems import StripeProblem

FIRST_WAIT, LONGEST_WAIT, TRIES = 0.5, 30.0, 60  # seconds, seconds, count (about half an hour)
ANSWER_TIMEOUT = 20.0
SENDERS = 8


def signature(payload: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header over the raw bytes."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


class Deliveries:
    """The queue lives in the store; this sends what is due."""

    def __init__(self, account: Account, url: str, secret: str) -> None:
        self._account, self._url, self._secret = account, url, secret
        self._stop = threading.Event()
        self._under_way: set[int] = set()
        self._lock = threading.Lock()
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook")

    def start(self) -> None:
        """Send in the background until `stop`."""
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def stop(self) -> None:
        """Send nothing more; what is unsent stays queued."""
        self._stop.set()
        self._account.delivery_due.set()
        self._senders.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._account.delivery_due.wait(0.2)
            self._account.delivery_due.clear()
            try:
                for identifier in self._due():
                    self._senders.submit(self._send_claimed, identifier)
            except RuntimeError:
                return  # stopped meanwhile; the store still holds what was not sent

    def _due(self) -> list[int]:
        rows = self._account.store.run(
            "select id from delivery where state = 'pending' and due <= :now order by id limit 200",
            {"now": time.time()},
        )
        with self._lock:
            fresh = [row["id"] for row in rows if row["id"] not in self._under_way]
            self._under_way.update(fresh)
        return fresh

    def _send_claimed(self, identifier: int) -> None:
        try:
            if not self._stop.is_set():
                self.send(identifier)
        finally:
            with self._lock:
                self._under_way.discard(identifier)

    def send(self, identifier: int) -> dict[str, Any]:
        """One try, now, whatever its state (as the dashboard's Resend does); the row afterwards."""
        store = self._account.store
        rows = store.run("select * from delivery where id = :id", {"id": identifier})
        if not rows:
            raise StripeProblem(404, f"No such delivery: {identifier}")
        status, error = self._post(rows[0]["event"])
        done = status is not None and 200 <= status < 300
        attempts = rows[0]["attempts"] + 1
        wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
        again = "pending" if attempts < TRIES else "failed"
        store.run(
            "update delivery set state = :state, attempts = :attempts, due = :due, last_status = :status, "
            "last_error = :error where id = :id",
            {
                "id": identifier,
                "state": "delivered" if done else again,
                "attempts": attempts,
                "due": time.time() + wait,
                "status": status,
                "error": error,
            },
        )
        return dict(store.run("select * from delivery where id = :id", {"id": identifier})[0])

    def _post(self, event: str) -> tuple[int | None, str | None]:
        payload = json.dumps(self._account.store.get(event, "event"), indent=2, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (practice stand-in)",
            "Stripe-Signature": signature(payload, self._secret, self._account.now()),
        }
        address = urlsplit(self._url)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.netloc, timeout=ANSWER_TIMEOUT)
        try:
            connection.request("POST", address.path or "/", payload, headers)
            response = connection.getresponse()
            response.read()
            return response.status, None
        except (OSError, http.client.HTTPException) as problem:
            return None, f"{type(problem).__name__}: {problem}"
        finally:
            connection.close()
