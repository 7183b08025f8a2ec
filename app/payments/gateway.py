"""Everything that the portal asks of Stripe. The only module that holds Stripe's client; plain values come out.

Nothing about a person goes out: a session carries an opaque reference and a neutral description.
A call may take up to three tries of `timeout_seconds`; never make it inside a database transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import stripe
from stripe.params import EventListParams
from stripe.params.checkout import SessionCreateParams

from app.core.circuits import ServiceResting
from app.core.errors import PortalError

# Else the library would send an id of this machine and the timing of the previous call with every request.
stripe.enable_telemetry = False

PAGE = 100
Guard = Callable[[], AbstractContextManager[None]]
_FINAL = frozenset({400, 401, 402, 403, 404})  # answers that asking again can not change


class GatewayError(PortalError):
    """Base of what a call to Stripe can raise."""


class GatewayUnavailable(GatewayError):
    """No usable answer (timeout, connection, 5xx, 429, 409): try again later with the same idempotency key.

    Whether the effect happened is unknown until then.
    """


class GatewayResting(GatewayUnavailable, ServiceResting):
    """Stripe did not answer several times and is left alone for a while: nothing was asked of it now."""


class GatewayRefused(GatewayError):
    """Stripe understood and said no; asking again will not help. `code` is Stripe's, else its kind of error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True)
class CheckoutSession:
    """`status` open, complete or expired; `payment_status` unpaid, paid or no_payment_required.

    `url` is None once nothing can be paid there; `payment_intent_id` is None before the first attempt.
    """

    id: str
    url: str | None
    status: str
    payment_status: str
    amount_total_cents: int
    currency: str
    livemode: bool
    payment_intent_id: str | None
    expires_at: datetime


@dataclass(frozen=True)
class PaymentIntent:
    """`status` as Stripe names it (succeeded, processing, requires_payment_method ...).

    `refunded_cents` has gone back or is on its way; `disputed`: a bank has asked about it, however that ended.
    """

    id: str
    status: str
    amount_cents: int
    amount_received_cents: int
    currency: str
    livemode: bool
    latest_charge_id: str | None
    refunded_cents: int = 0
    disputed: bool = False


@dataclass(frozen=True)
class RefundResult:
    """`status` succeeded, pending, failed, requires_action or canceled."""

    id: str
    status: str
    amount_cents: int
    currency: str
    payment_intent_id: str | None
    charge_id: str | None
    reference: str = ""  # ours, by which it is found again


@dataclass(frozen=True)
class DisputeResult:
    """`status` as Stripe names it; one that begins with `warning_` moves no money."""

    id: str
    status: str
    amount_cents: int


@dataclass(frozen=True)
class Event:
    """`object` is the snapshot that the event is about, as plain values in Stripe's own names."""

    id: str
    type: str
    created: datetime
    livemode: bool
    object: dict[str, Any]


class StripeGateway:
    """One per process; safe for threads. Every method raises GatewayUnavailable or GatewayRefused.

    `guard` is entered around each call and may raise ServiceResting. `api_base` None is Stripe itself;
    `timeout_seconds` is for one try, of which a call makes at most three.
    """

    def __init__(
        self, *, secret_key: str, api_base: str | None, timeout_seconds: float = 10, guard: Guard = nullcontext
    ) -> None:
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")} if api_base else None,
            max_network_retries=2,
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
        )
        self._guard = guard

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Around one call: Stripe's errors become ours, and it is left alone while it does not answer."""
        try:
            with self._guard(), _translated():
                yield
        except GatewayError:
            raise
        except ServiceResting as resting:
            raise GatewayResting(resting.service, resting.until) from None

    def create_checkout(
        self,
        *,
        amount_cents: int,
        currency: str = "usd",
        description: str,
        statement_suffix: str,
        reference: str,
        success_url: str,
        cancel_url: str,
        locale: str,
        idempotency_key: str,
        expires_at: datetime,
    ) -> CheckoutSession:
        """A hosted payment page for one amount.

        `description` and `statement_suffix` (at most 22 characters) are read by whoever reads the payer's
        statement: neutral words only. `reference` is opaque. `expires_at` is 30 minutes to 24 hours from now.
        `{CHECKOUT_SESSION_ID}` in `success_url` is filled in by Stripe. `locale` is the reader's, such as es_US.
        """
        params: dict[str, Any] = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": currency,
                        "unit_amount": amount_cents,
                        "product_data": {"name": description},
                    },
                }
            ],
            "payment_intent_data": {
                "description": description,
                "statement_descriptor_suffix": statement_suffix,
                "metadata": {"reference": reference},
            },
            "client_reference_id": reference,
            "metadata": {"reference": reference},
            "success_url": success_url,
            "cancel_url": cancel_url,
            "locale": _language(locale),
            "expires_at": int(expires_at.timestamp()),
        }
        with self._asked():
            made = self._client.v1.checkout.sessions.create(
                cast(SessionCreateParams, params), {"idempotency_key": idempotency_key}
            )
            return _checkout(made.to_dict())

    def get_checkout(self, session_id: str) -> CheckoutSession:
        """The session as it is now."""
        with self._asked():
            return _checkout(self._client.v1.checkout.sessions.retrieve(session_id).to_dict())

    def expire_checkout(self, session_id: str) -> CheckoutSession:
        """Close an open session, so that it can no longer be paid. GatewayRefused when it is not open."""
        with self._asked():
            return _checkout(self._client.v1.checkout.sessions.expire(session_id).to_dict())

    def refund(
        self, *, payment_intent_id: str, amount_cents: int, idempotency_key: str, reference: str = ""
    ) -> RefundResult:
        """Give back `amount_cents` of a payment. GatewayRefused when that is more than is left of it.

        `reference` is opaque; the refund can be found by it for ever, by its key only for a day.
        """
        with self._asked():
            made = self._client.v1.refunds.create(
                {
                    "payment_intent": payment_intent_id,
                    "amount": amount_cents,
                    "metadata": {"reference": reference or idempotency_key},
                },
                {"idempotency_key": idempotency_key},
            )
            return _refund(made.to_dict())

    def list_refunds(self, payment_intent_id: str) -> list[RefundResult]:
        """Everything that was asked back of a payment, by whomever; at most PAGE."""
        with self._asked():
            page = self._client.v1.refunds.list({"payment_intent": payment_intent_id, "limit": PAGE})
            return [_refund(one.to_dict()) for one in page.data]

    def list_disputes(self, payment_intent_id: str) -> list[DisputeResult]:
        """What banks asked about a payment; at most PAGE."""
        with self._asked():
            page = self._client.v1.disputes.list({"payment_intent": payment_intent_id, "limit": PAGE})
            return [DisputeResult(one.id, one.status, one.amount) for one in page.data]

    def get_payment_intent(self, payment_intent_id: str) -> PaymentIntent:
        """The payment behind a session, as it is now."""
        with self._asked():
            found = self._client.v1.payment_intents.retrieve(payment_intent_id, {"expand": ["latest_charge"]})
            return _intent(found.to_dict())

    def list_events(self, *, since: datetime, types: Sequence[str], after: str | None = None) -> Iterator[Event]:
        """Events created at or after `since`, oldest first; with `after` only those later than that event.

        At most 20 `types`; Stripe keeps events for 30 days. Without `after` all of them are fetched before the
        first is given, since Stripe lists the newest first. An error may come between two events.
        """
        if after is None:
            yield from reversed(self._backward(since, types))
        else:
            yield from self._forward(since, types, after)

    def _forward(self, since: datetime, types: Sequence[str], after: str) -> Iterator[Event]:
        more = True
        while more:
            page, more = self._events(since, types, {"ending_before": after})
            yield from reversed(page)
            if page:
                after = page[0].id

    def _backward(self, since: datetime, types: Sequence[str]) -> list[Event]:
        events, more = self._events(since, types, {})
        while more:
            page, more = self._events(since, types, {"starting_after": events[-1].id})
            events += page
        return events

    def _events(self, since: datetime, types: Sequence[str], cursor: dict[str, str]) -> tuple[list[Event], bool]:
        params: dict[str, Any] = {
            "created": {"gte": int(since.timestamp())},
            "types": list(types),
            "limit": PAGE,
            **cursor,
        }
        with self._asked():
            page = self._client.v1.events.list(cast(EventListParams, params))
            return [as_event(event.to_dict(for_json=True)) for event in page.data], page.has_more


def as_event(values: dict[str, Any]) -> Event:
    """An event from Stripe's own form of it, listed or delivered. KeyError or TypeError when it is none."""
    return Event(
        id=str(values["id"]),
        type=str(values["type"]),
        created=_instant(values["created"]),
        livemode=bool(values["livemode"]),
        object=dict(values["data"]["object"]),
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as problem:
        if problem.http_status not in _FINAL:
            raise GatewayUnavailable(_told(problem)) from problem
        kind = problem.error.type if problem.error is not None else None
        raise GatewayRefused(problem.code or kind or type(problem).__name__, _told(problem)) from problem


def _told(problem: stripe.StripeError) -> str:
    return problem.user_message or type(problem).__name__


def _language(locale: str) -> Any:
    """Stripe's name of the reader's language; its own choice by the browser for one that we do not offer."""
    language = locale.replace("-", "_").partition("_")[0].lower()
    return language if language in ("en", "es") else "auto"


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _checkout(values: dict[str, Any]) -> CheckoutSession:
    return CheckoutSession(
        id=values["id"],
        url=values["url"],
        status=values["status"],
        payment_status=values["payment_status"],
        amount_total_cents=values["amount_total"],
        currency=values["currency"],
        livemode=values["livemode"],
        payment_intent_id=_id(values["payment_intent"]),
        expires_at=_instant(values["expires_at"]),
    )


def _intent(values: dict[str, Any]) -> PaymentIntent:
    charge = values["latest_charge"] if isinstance(values["latest_charge"], dict) else {}
    return PaymentIntent(
        id=values["id"],
        status=values["status"],
        amount_cents=values["amount"],
        amount_received_cents=values["amount_received"],
        currency=values["currency"],
        livemode=values["livemode"],
        latest_charge_id=_id(values["latest_charge"]),
        refunded_cents=charge.get("amount_refunded") or 0,
        disputed=bool(charge.get("disputed")),
    )


def _refund(values: dict[str, Any]) -> RefundResult:
    return RefundResult(
        id=values["id"],
        status=values["status"],
        amount_cents=values["amount"],
        currency=values["currency"],
        payment_intent_id=_id(values["payment_intent"]),
        charge_id=_id(values["charge"]),
        reference=str((values.get("metadata") or {}).get("reference") or ""),
    )


def _id(value: Any) -> str | None:
    """Stripe gives an id, or the whole object where that was expanded."""
    found = value["id"] if isinstance(value, dict) else value
    return None if found is None else str(found)
