"""Is this webhook from Stripe, and from now? Decided on the raw bytes, before anything is read from them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import stripe

from app.core.errors import PortalError


class BadSignature(PortalError):
    """The payload must not be believed. `reason` is for the log: it holds nothing of the payload or a secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify(
    payload: bytes, header: str, *, secrets: Sequence[str], now: datetime, tolerance_seconds: int = 300
) -> dict[str, Any]:
    """The event in `payload` (the untouched request body) under the `Stripe-Signature` header.

    `secrets` holds one secret, or the old and the new one during a rollover. `now` is UTC; a signature may be
    `tolerance_seconds` old, and as much ahead (Stripe's library takes any time ahead). Raises BadSignature.
    """
    if not secrets:
        raise BadSignature("no webhook secret is set")
    if not header.isascii():
        raise BadSignature("the header is no signature")  # int() would read other scripts' digits, too
    if not any(_signed_with(secret, payload, header) for secret in secrets):
        raise BadSignature("no signature of a known secret fits")
    age = now.timestamp() - _signed_at(header)
    if abs(age) > tolerance_seconds:
        raise BadSignature(f"signed {abs(age):.0f} s {'ago' if age > 0 else 'ahead'}")
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadSignature("signed, but not JSON") from None
    if not isinstance(event, dict):
        raise BadSignature("signed, but not an event")
    return event


def _signed_with(secret: str, payload: bytes, header: str) -> bool:
    try:
        # without a tolerance: the library would compare with its own clock, and only backwards
        stripe.WebhookSignature.verify_header(payload, header, secret)
    except (stripe.SignatureVerificationError, UnicodeError):  # UnicodeError: the payload is no UTF-8
        return False
    return True


def _signed_at(header: str) -> int:
    """The time that was signed, read as the library reads it: the first `t`. Called only once that fitted."""
    parts = [part.split("=", 2) for part in header.split(",")]
    return int(next(part[1] for part in parts if part[0] == "t"))
