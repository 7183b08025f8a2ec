"""Who stands behind a request to the console, and who may not pass. Everything is closed that is not named here."""

from __future__ import annotations

from uuid import UUID

from flask import Flask, abort, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core.actor import Actor, ActorKind
from app.operator import sessions
from app.operator.sessions import SignedIn
from app.permissions.identity import Role

TOKEN = "token"  # noqa: S105 - the name of the cookie's field, no secret
WITHOUT_SIGN_IN = frozenset({"operator.sign_in", "livez", "numbers"})
BEFORE_SECOND_FACTOR = frozenset({"operator.second_factor", "operator.sign_out"})
LISTS = "list_"  # endpoints of Flask-Admin's lists begin with it: they only show


def install(app: Flask) -> None:
    app.before_request(_may_pass)


def _may_pass() -> ResponseReturnValue | None:
    if request.url_rule is None or request.endpoint in WITHOUT_SIGN_IN:
        return None
    who = signed_in()
    if who is None:
        return redirect(url_for("operator.sign_in"))
    if not who.fully and request.endpoint not in BEFORE_SECOND_FACTOR:
        return redirect(url_for("operator.second_factor"))
    if (request.endpoint or "").startswith(LISTS) and request.method not in ("GET", "HEAD"):
        abort(404)
    return None


def signed_in() -> SignedIn | None:
    """The operator behind the request, looked up once."""
    if "operator" not in g:
        g.operator = None  # also what an error page finds when the database is away
        token = cookie.get(TOKEN)
        if isinstance(token, str):
            g.operator = sessions.load(token)
    found: SignedIn | None = g.operator
    return found


def begin(token: str) -> None:
    """Put a fresh token into a fresh cookie."""
    cookie.clear()
    cookie[TOKEN] = token
    g.pop("operator", None)


def end() -> None:
    cookie.clear()
    g.pop("operator", None)


def current_session() -> UUID:
    """The sign-in behind the request. Only behind the guard."""
    who = signed_in()
    if who is None:
        abort(404)
    return who.session_id


def current_actor() -> Actor:
    """Who acts, for services. Only behind the guard."""
    who = signed_in()
    if who is None:
        abort(404)
    return Actor(ActorKind.OPERATOR, id=who.operator_id, role=Role.OPERATOR, address=request.remote_addr or "")
