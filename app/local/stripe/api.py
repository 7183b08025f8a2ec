"""The endpoints under /v1: who may call, what they take, idempotency, lists."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from app.local.stripe import checkout, forms, money_back, schemas
from app.local.stripe.account import Account
from app.local.stripe.forms import Schema
from app.local.stripe.objects import API_VERSION, new_id
from app.local.stripe.problems import StripeProblem, missing
from app.local.stripe.store import Object

KEY_LIFE = 24 * 3600  # seconds that Stripe promises to remember an idempotency key
EXPANDABLE = {"payment_intent", "latest_charge", "charge", "balance_transaction", "source"}


@dataclass(frozen=True)
class Call:
    """One request as it came in: parameters decoded, not yet checked."""

    method: str
    path: str
    params: dict[str, Any]
    headers: Message


@dataclass(frozen=True)
class Answer:
    """What goes back, before it is bytes."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Account, dict[str, Any], str], Object]


def _listing(kind: str) -> Handler:
    def run(account: Account, params: dict[str, Any], _: str) -> Object:
        return _list(account, kind, params)

    return run


def _one(kind: str) -> Handler:
    def run(account: Account, params: dict[str, Any], identifier: str) -> Object:
        return account.find(identifier, kind)

    return run


def _create_session(account: Account, params: dict[str, Any], _: str) -> Object:
    return checkout.create(account, params)


def _expire_session(account: Account, params: dict[str, Any], identifier: str) -> Object:
    return checkout.expire(account, account.find(identifier, "checkout.session"))


def _create_refund(account: Account, params: dict[str, Any], _: str) -> Object:
    return money_back.refund(account, params)


def _update_dispute(account: Account, params: dict[str, Any], identifier: str) -> Object:
    return money_back.update_dispute(account, account.find(identifier, "dispute"), params)


def _accept_dispute(account: Account, params: dict[str, Any], identifier: str) -> Object:
    return money_back.close_dispute(account, account.find(identifier, "dispute"), "lost")


_ONLY = schemas.EXPAND_ONLY
_NAMED: tuple[tuple[str, str, dict[str, Schema]], ...] = (
    ("checkout/sessions", "checkout.session", schemas.SESSION_LIST),
    ("payment_intents", "payment_intent", schemas.INTENT_LIST),
    ("charges", "charge", schemas.CHARGE_LIST),
    ("refunds", "refund", schemas.REFUND_LIST),
    ("disputes", "dispute", schemas.DISPUTE_LIST),
    ("events", "event", schemas.EVENT_LIST),
    ("balance_transactions", "balance_transaction", schemas.BALANCE_LIST),
)
ROUTES: tuple[tuple[str, str, dict[str, Schema], Handler], ...] = (
    ("POST", r"checkout/sessions", schemas.SESSION_CREATE, _create_session),
    ("POST", r"checkout/sessions/(\w+)/expire", _ONLY, _expire_session),
    ("POST", r"refunds", schemas.REFUND_CREATE, _create_refund),
    ("POST", r"disputes/(\w+)", schemas.DISPUTE_UPDATE, _update_dispute),
    ("POST", r"disputes/(\w+)/close", _ONLY, _accept_dispute),
    *(("GET", path, schema, _listing(kind)) for path, kind, schema in _NAMED),
    *(("GET", path + r"/(\w+)", _ONLY, _one(kind)) for path, kind, _schema in _NAMED),
)


def answer(account: Account, call: Call, secret_key: str | None) -> Answer:
    """Stripe's answer to one call; never raises StripeProblem."""
    request = new_id("req", 14)
    headers = {"Request-Id": request, "Stripe-Version": API_VERSION}
    key = call.headers.get("Idempotency-Key") if call.method == "POST" else None
    if key is not None:
        headers["Idempotency-Key"] = key
    try:
        _admit(call.headers, secret_key)
        with account.store.transaction():
            checkout.sweep(account)
        status, body, extra = _once(account, call, request, key)
    except StripeProblem as problem:
        status, body, extra = problem.status, problem.body(), {}
    return Answer(status, body, headers | extra)


def _admit(headers: Message, secret_key: str | None) -> None:
    kind, _, key = headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not key:
        raise StripeProblem(401, "You did not provide an API key.")
    fits = key == secret_key if secret_key else re.fullmatch(r"(sk|rk)_test_\w+", key)
    if not fits:
        raise StripeProblem(401, f"Invalid API Key provided: {key[:8]}****", code="api_key_invalid")
    version = headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise StripeProblem(400, f"The stand-in speaks {API_VERSION}, not {version}.")


def _once(account: Account, call: Call, request: str, key: str | None) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Run the call, or give back what the same key was given before."""
    text = json.dumps([call.method, call.path, call.params], sort_keys=True)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    with account.store.transaction():
        kept = _kept(account, key)
        if kept is not None:
            if kept["fingerprint"] != fingerprint:
                raise StripeProblem(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they were first used "
                    f"with. Try using a key other than '{key}' if you meant to execute a different request.",
                    kind="idempotency_error",
                )
            replayed = {"Idempotent-Replayed": "true", "Original-Request": kept["request"]}
            return kept["status"], json.loads(kept["body"]), replayed
        handler, params, identifier = _route(call)
        try:
            with account.store.undo_on_error():
                account.cause = (request, key)
                body = handler(account, params, identifier)
                body = _expanded(account, body, params.get("expand", []))
            status = 200
        except StripeProblem as problem:
            if not problem.executed:
                raise
            status, body = problem.status, problem.body()
        finally:
            account.cause = (None, None)
        if key is not None:
            _keep(account, key, fingerprint, request, status, body)
    return status, body, {}


def _kept(account: Account, key: str | None) -> dict[str, Any] | None:
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        raise StripeProblem(400, "Idempotency keys have 1 to 255 characters.", kind="idempotency_error")
    account.store.run("delete from answer where created < :old", {"old": account.now() - KEY_LIFE})
    rows = account.store.run("select * from answer where key = :key", {"key": key})
    return dict(rows[0]) if rows else None


def _keep(account: Account, key: str, fingerprint: str, request: str, status: int, body: dict[str, Any]) -> None:
    account.store.run(
        "insert into answer (key, fingerprint, created, request, status, body) "
        "values (:key, :fingerprint, :created, :request, :status, :body)",
        {
            "key": key,
            "fingerprint": fingerprint,
            "created": account.now(),
            "request": request,
            "status": status,
            "body": json.dumps(body),
        },
    )


def _route(call: Call) -> tuple[Handler, dict[str, Any], str]:
    for method, pattern, schema, handler in ROUTES:
        found = re.fullmatch("/v1/" + pattern, call.path)
        if found and method == call.method:
            return handler, forms.check(call.params, schema), found[1] if found.groups() else ""
    raise StripeProblem(404, f"Unrecognized request URL ({call.method}: {call.path}).")


def _list(account: Account, kind: str, params: dict[str, Any]) -> Object:
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise StripeProblem(400, "limit is 1 to 100", code="parameter_invalid_integer", param="limit")
    backwards = params.get("ending_before")
    if backwards and params.get("starting_after"):
        raise StripeProblem(400, "You may only specify one of: starting_after, ending_before.")
    for cursor in ("starting_after", "ending_before"):
        if cursor in params and account.store.get(params[cursor], kind) is None:
            raise missing(kind, params[cursor], cursor)
    types = _types(params)
    filters = {**params, **params.get("created", {}), "limit": limit + 1}
    rows = account.store.page(kind, filters, types)
    more = len(rows) > limit
    if more:
        rows = rows[1:] if backwards else rows[:limit]
    url = next(path for path, listed, _ in _NAMED if listed == kind)
    return {"object": "list", "data": rows, "has_more": more, "url": f"/v1/{url}"}


def _types(params: dict[str, Any]) -> list[str] | None:
    if "type" in params and "types" in params:
        raise StripeProblem(400, "You may only specify one of: type, types.")
    if len(params.get("types", [])) > 20:
        raise StripeProblem(400, "You may pass up to 20 types.", param="types")
    return [params["type"]] if "type" in params else params.get("types")


def _expanded(account: Account, thing: Object, paths: list[str]) -> Object:
    for path in paths:
        first, _, rest = path.partition(".")
        if first == "data" and thing.get("object") == "list":
            thing["data"] = [_expanded(account, inner, [rest]) for inner in thing["data"]]
            continue
        if first not in EXPANDABLE or first not in thing:
            raise StripeProblem(400, f"This property cannot be expanded ({first}).", param="expand")
        inner = account.store.get(thing[first]) if isinstance(thing[first], str) else thing[first]
        if inner is not None:
            thing[first] = _expanded(account, inner, [rest] if rest else [])
    return thing
