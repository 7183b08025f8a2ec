"""The package's pages, and what several of its views share."""

from __future__ import annotations

import math

import segno
from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.accounts import second_factor, sessions
from app.accounts.devices import cookie
from app.accounts.locks import Locked
from app.core.errors import TooMany
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.web import identity
from app.web.forms import PortalForm
from app.web.hooks import safe_next
from app.web.routing import Pages

pages = Pages("accounts", __name__)

WAY_IN = "the way in"


def enter(token: str) -> None:
    """Make `token` this browser's session; whatever session it had before is over, on the server too."""
    before = identity.current_identity()
    if before.session_id is not None:
        sessions.end(before.session_id)
    found = sessions.load_identity(token)
    if found is not None:
        identity.begin(token, found)
        cookie.note(found)


def take_on(token: str) -> None:
    """The same session under its new token: it must not be ended as `enter` ends the one before."""
    found = sessions.load_identity(token)
    if found is not None:
        identity.begin(token, found)


def go_on(target: str | None) -> ResponseReturnValue:
    """To where the person wanted to go, or to their first page."""
    return redirect(safe_next(target) or url_for("front.court_home"))


def app_picture(secret: str, address: str) -> dict[str, object]:
    """What a page shows for adding an account to an authenticator app: QR picture, secret for typing, link."""
    # Presentation attributes only: the page's policy allows no inline style. The markup is segno's own.
    image = Markup(segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff"))  # noqa: S704 - see above
    return {"image": image, "secret": second_factor.in_groups(secret), "address": address}


def slowed(form: PortalForm, error: TooMany, template: str, **context: object) -> Response:
    """The form again, saying when the next try counts, or who can release the lock."""
    if isinstance(error, Locked):
        form.form_errors.append(
            _(
                "This sign-in is locked after too many tries. Ask a court administrator to release it. "
                "If the court has no other administrator, ask JaneSchool's support."
            )
        )
        return make_response(render_template(template, form=form, **context), 429)
    minutes = max(1, math.ceil(error.retry_after / 60))
    form.form_errors.append(
        ngettext(
            "There were many tries in a short time, so we are slowing things down. Try again in %(num)s minute.",
            "There were many tries in a short time, so we are slowing things down. Try again in %(num)s minutes.",
            minutes,
        )
    )
    response = make_response(render_template(template, form=form, **context), 429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response
