"""Checkout Sessions: made, attempted, settled, expired. Each function is called inside a transaction."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from app.local.stripe import objects
from app.local.stripe.account import Account
from app.local.stripe.problems import StripeProblem, refused
from app.local.stripe.store import Object

SHORTEST, LONGEST = 30 * 60, 24 * 3600
CLOCK_SKEW = 5  # seconds between the caller's reading of the clock and ours
SMALLEST, LARGEST = 50, 99_999_999  # cents


def create(account: Account, params: dict[str, Any]) -> Object:
    """An open session. StripeProblem 400 where Stripe would refuse the parameters."""
    _check(params)
    now = account.now()
    expires_at = params.get("expires_at", now + LONGEST)
    if not now + SHORTEST - CLOCK_SKEW <= expires_at <= now + LONGEST + CLOCK_SKEW:
        raise StripeProblem(
            400,
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session "
            "creation.",
            param="expires_at",
        )
    session = objects.checkout_session(params, now=now, expires_at=expires_at, url_base=account.url_base)
    account.store.remember(
        f"session:{session['id']}",
        {
            "intent": params.get("payment_intent_data", {}),
            "names": [item["price_data"]["product_data"]["name"] for item in params["line_items"]],
        },
    )
    return account.store.put(session, due=expires_at)


def _check(params: dict[str, Any]) -> None:
    if params.get("mode") != "payment":
        raise StripeProblem(400, "The stand-in only knows `mode` payment.", param="mode")
    if not params.get("line_items"):
        raise _lacking("line_items")
    for at, item in enumerate(params["line_items"]):
        _check_item(item, f"line_items[{at}]")
    if len({item["price_data"]["currency"].lower() for item in params["line_items"]}) != 1:
        raise StripeProblem(400, "All line items must have one currency.", param="line_items")
    if "success_url" not in params:
        raise _lacking("success_url")
    for name in ("success_url", "cancel_url"):
        if name in params and not _is_address(params[name]):
            raise StripeProblem(400, "Not a valid URL", code="url_invalid", param=name)
    if len(params.get("client_reference_id", "")) > 200:
        raise StripeProblem(400, "client_reference_id is over 200 characters", param="client_reference_id")
    suffix = params.get("payment_intent_data", {}).get("statement_descriptor_suffix")
    if suffix is not None and not _is_suffix(suffix):
        raise StripeProblem(
            400,
            "The statement descriptor suffix must have 1 to 22 characters, at least one letter, and none of "
            "< > \\ ' \" *",
            param="payment_intent_data[statement_descriptor_suffix]",
        )


def _check_item(item: dict[str, Any], name: str) -> None:
    for wanted, inside in (("price_data", item), ("quantity", item)):
        if wanted not in inside:
            raise _lacking(f"{name}[{wanted}]")
    price = item["price_data"]
    for wanted in ("currency", "unit_amount", "product_data"):
        if wanted not in price:
            raise _lacking(f"{name}[price_data][{wanted}]")
    if not price["product_data"].get("name"):
        raise _lacking(f"{name}[price_data][product_data][name]")
    if not re.fullmatch(r"[A-Za-z]{3}", price["currency"]):
        raise StripeProblem(400, f"Invalid currency: {price['currency']}", param=f"{name}[price_data][currency]")
    if item["quantity"] < 1:
        raise StripeProblem(400, "Quantity must be at least 1.", param=f"{name}[quantity]")
    if price["unit_amount"] * item["quantity"] < SMALLEST:
        raise StripeProblem(
            400, "The total must be at least $0.50 usd", code="amount_too_small", param=f"{name}[price_data]"
        )
    if price["unit_amount"] * item["quantity"] > LARGEST:
        raise StripeProblem(
            400, "Amount must be no more than $999,999.99", code="amount_too_large", param=f"{name}[price_data]"
        )


def _lacking(name: str) -> StripeProblem:
    return StripeProblem(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _is_suffix(text: str) -> bool:
    return 1 <= len(text) <= 22 and bool(re.search(r"[A-Za-z]", text)) and not re.search(r"[<>\\'\"*]", text)


def expire(account: Account, session: Object) -> Object:
    """open -> expired, with its event. StripeProblem 400 from any other state."""
    if session["status"] != "open":
        raise refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status '
            f"of `{session['status']}`."
        )
    session |= {"status": "expired", "url": None}
    account.store.put(session)
    account.emit("checkout.session.expired", session)
    return session


def sweep(account: Account) -> None:
    """Expire every open session whose time is over."""
    for session in account.store.due_before(account.now()):
        expire(account, session)


def ask_for(account: Account, session: Object, amount: object) -> Object:
    """The open page asks for another `amount` in cents than it was made with, as somebody at Stripe could have it."""
    if session["status"] != "open":
        raise refused("Only an open Checkout Session can be changed.")
    if not isinstance(amount, int) or not SMALLEST <= amount <= LARGEST:
        raise StripeProblem(400, "amount is a number of cents", param="amount")
    changed = session | {"amount_subtotal": amount, "amount_total": amount}
    return account.store.put(changed, due=session["expires_at"])


def attempt(account: Account, session: Object, method: str) -> Object:
    """One click on the hosted page: method card, declined or bank. Does nothing more to a complete session."""
    if session["status"] == "complete":
        return session
    if session["status"] != "open":
        raise refused("This Checkout Session has expired.")
    intent = _intent_of(account, session)
    if method == "declined":
        return _decline(account, session, intent)
    pending = method == "bank"
    intent["payment_method"] = objects.new_id("pm")
    charge = objects.charge(intent, method=method, status="pending" if pending else "succeeded", now=account.now())
    intent |= {"latest_charge": charge["id"], "last_payment_error": None}
    intent["status"] = "processing" if pending else "succeeded"
    if pending:
        account.store.put(charge)
        account.store.put(intent)
        account.emit("charge.pending", charge)
        account.emit("payment_intent.processing", intent)
    else:
        _receive(account, intent, charge, kind="charge", fee=round(charge["amount"] * 0.029) + 30)
    session |= {"status": "complete", "url": None, "payment_status": "unpaid" if pending else "paid"}
    session["customer_details"] = _payer()
    account.store.put(session)
    account.emit("checkout.session.completed", session)
    return session


def _payer() -> dict[str, Any]:
    address = dict.fromkeys(("city", "line1", "line2", "postal_code", "state"))
    return {
        "address": {**address, "country": "US"},
        "business_name": None,
        "email": objects.PAYER_EMAIL,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _intent_of(account: Account, session: Object) -> Object:
    if session["payment_intent"] is not None:
        return account.find(session["payment_intent"], "payment_intent")
    wanted = account.store.setting(f"session:{session['id']}", {})["intent"]
    intent = account.store.put(objects.payment_intent(session, wanted, now=account.now()))
    session["payment_intent"] = intent["id"]
    account.store.put(session, due=session["expires_at"])
    account.emit("payment_intent.created", intent)
    return intent


def _receive(account: Account, intent: Object, charge: Object, *, kind: str, fee: int) -> None:
    charge |= {"status": "succeeded", "paid": True, "captured": True}
    charge["balance_transaction"] = account.book(kind, charge["amount"], fee, charge)["id"]
    account.store.put(charge)
    intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    account.store.put(intent)
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)


def _fail(account: Account, intent: Object, charge: Object, error: dict[str, Any]) -> None:
    charge |= {"status": "failed", "paid": False, "captured": False, "amount_captured": 0}
    charge |= {"failure_code": error["code"], "failure_message": error["message"]}
    account.store.put(charge)
    intent |= {"status": "requires_payment_method", "latest_charge": charge["id"], "payment_method": None}
    intent["last_payment_error"] = {**error, "charge": charge["id"]}
    account.store.put(intent)
    account.emit("charge.failed", charge)
    account.emit("payment_intent.payment_failed", intent)


def _decline(account: Account, session: Object, intent: Object) -> Object:
    charge = objects.charge(intent, method="card", status="failed", now=account.now())
    error = {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "generic_decline",
        "message": "Your card was declined.",
    }
    _fail(account, intent, charge, error)
    return session


def settle(account: Account, session: Object, outcome: str) -> Object:
    """The bank's answer, days later: outcome succeeded or failed. StripeProblem 400 unless it is awaited."""
    intent = account.store.get(session["payment_intent"] or "", "payment_intent")
    if intent is None or intent["status"] != "processing":
        raise refused("No bank payment of this Checkout Session is awaiting an answer.")
    charge = account.find(intent["latest_charge"], "charge")
    if outcome == "succeeded":
        _receive(account, intent, charge, kind="payment", fee=min(500, round(charge["amount"] * 0.008)))
        session["payment_status"] = "paid"
    else:
        error = {"type": "invalid_request_error", "code": "insufficient_funds", "message": "The payment failed."}
        _fail(account, intent, charge, error)
    account.store.put(session)
    account.emit(f"checkout.session.async_payment_{outcome}", session)
    return session
