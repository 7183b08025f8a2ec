"""The device's cookie: random, for this court's addresses only, out of reach of scripts. It opens nothing."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, after_this_request, current_app, request

from app.accounts.devices import services
from app.core.actor import ActorKind
from app.permissions.identity import Identity
from app.web.cookies import request_court

KEPT = timedelta(days=400)  # as long as browsers let a cookie live


def note(person: Identity) -> None:
    """Note the browser of the request as the device of a learner's fresh sign-in. Nothing is noted of staff."""
    court = request_court()
    if person.kind != ActorKind.LEARNER or court is None:
        return
    name = f"portal-{court.slug}-device"
    brought = request.cookies.get(name, "")
    token = services.note_device(token=brought, user_agent=request.headers.get("User-Agent", ""), actor=person)

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            name,
            token,
            max_age=KEPT,
            path=f"/{court.slug}",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
        return response
