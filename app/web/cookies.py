"""The signed cookie: a CSRF secret, the language and, after sign-in, a token. Named and scoped by court."""

from __future__ import annotations

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

from tenants.resolve import ENVIRON_KEY, ResolvedCourt


def request_court() -> ResolvedCourt | None:
    """The court of the request's address, or None on the portal's own pages."""
    court: ResolvedCourt | None = request.environ.get(ENVIRON_KEY)
    return court


REVIEWERS = "/review"  # where facilitators sign in once for all their courts (app/reviews)


def at_the_reviewers() -> bool:
    """Whether the request is for the facilitators' own pages: a door and a cookie of their own, and no court."""
    return request.path == REVIEWERS or request.path.startswith(f"{REVIEWERS}/")


class CourtCookies(SecureCookieSessionInterface):
    """One cookie for each court, sent to that court's addresses only; one for the reviewers' pages; one for the rest of
    the portal's own pages."""

    def get_cookie_name(self, app: Flask) -> str:
        if at_the_reviewers():
            return "portal-review"
        court = request_court()
        return f"portal-{court.slug}" if court else str(app.config["SESSION_COOKIE_NAME"])

    def get_cookie_path(self, app: Flask) -> str:
        if at_the_reviewers():
            return REVIEWERS
        court = request_court()
        return f"/{court.slug}" if court else str(app.config["SESSION_COOKIE_PATH"] or "/")
