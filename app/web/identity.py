"""Who is behind the request: Flask-Login over the session rows that app/accounts keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Flask, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user

from app.permissions.identity import NOBODY, Identity

LoadIdentity = Callable[[str], Identity | None]


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """Flask-Login's user: its id is the session token, never a person's id. Knows the request's network address."""

    def __init__(self, token: str, identity: Identity) -> None:
        self.token, self.identity = token, replace(identity, address=request.remote_addr or "")

    def get_id(self) -> str:
        return self.token


def install(app: Flask, load: LoadIdentity) -> None:
    """Look people up with `load` (token -> identity, or None when the session has ended)."""
    manager = LoginManager()
    manager.session_protection = None  # the token is 256 random bits and revocable; addresses change on phones

    @manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types
    def load_user(token: str) -> SignedIn | None:
        identity = load(token)
        return SignedIn(token, identity) if identity else None

    manager.init_app(app)


def current_identity() -> Identity:
    """The signed-in person, with the request's network address; NOBODY's when nobody is signed in."""
    # Looked up once here: a page asks dozens of times, and each look through Flask-Login's proxy finds its way anew.
    user = current_user._get_current_object()
    return (
        user.identity if isinstance(user, SignedIn) else Identity(kind=NOBODY.kind, address=request.remote_addr or "")
    )


def current_token() -> str:
    """The token of the sign-in behind the request; empty when nobody is signed in."""
    return current_user.get_id() if current_user.is_authenticated else ""


def begin(token: str, identity: Identity) -> None:
    """Put a fresh session's token into a fresh cookie; only the chosen language is taken along."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    login_user(SignedIn(token, identity))


def forget() -> None:
    """Treat the rest of this request as nobody's: an error page asks the database for nothing."""
    g._login_user = AnonymousUserMixin()


def end() -> None:
    logout_user()
    session.clear()
