"""What somebody had typed when a form could not be taken: shown again, and sent again where that is safe."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.web.identity import current_identity
from app.web.typed import SWITCH

SECRET_FIELDS = ("password", "code", "token")
OUR_FIELDS = ("submission_id", "row_version", "next", "language", "mark", SWITCH)  # nobody typed these
WEBHOOK = "stripe.webhook"  # comes from Stripe, with a signature in place of a CSRF token
LONG_TEXT = 80  # characters; shorter values are typed again in a moment
STILL_READ = 4  # times the largest request, of somebody signed in: beside a file that is too large may stand a text


def fields() -> list[tuple[str, str]]:
    """What the form at hand brought, but for tokens and secrets."""
    return [
        (name, value)
        for name, values in request.form.lists()
        if name not in ("csrf_token", SWITCH) and not any(secret in name for secret in SECRET_FIELDS)
        for value in values
    ]


def shown(typed: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The long ones of what was typed, each under a heading: here nobody knows what their boxes were called."""
    texts = [value for _name, value in typed if len(value) > LONG_TEXT]
    if len(texts) == 1:
        return [(_("Your text"), texts[0])]
    return [(_("Your text, %(number)s", number=number), text) for number, text in enumerate(texts, 1)]


def own_origin() -> bool:
    """False for a form that another site sent."""
    origin = request.headers.get("Origin")
    return origin is None or origin in (runtime().settings.public_url, request.host_url.rstrip("/"))


def whole() -> bool:
    """Whether `fields` is all that was sent: secrets and files are not kept, so such a form has to be opened again."""
    sent_files = any(file.filename for file in request.files.values())  # browsers send an empty part for no file
    names = [name for name in request.form if name != "csrf_token"]
    return not sent_files and not any(secret in name for secret in SECRET_FIELDS for name in names)


def of_request(*, again: bool) -> dict[str, Any]:
    """For a page that says why a form was not taken. `again`: the same form may do better later.

    Nothing of what another site sent, and nothing where there is no form or it can not be read.
    """
    if request.method != "POST" or request.url_rule is None or request.endpoint == WEBHOOK or not own_origin():
        return {}
    try:
        typed = fields()
        complete = whole()
    except RequestEntityTooLarge:
        return _beside_a_large_file()
    except HTTPException:
        return {}
    found: dict[str, Any] = {"kept": shown(typed)}
    if again and complete and any(value.strip() for name, value in typed if name not in OUR_FIELDS):
        found |= {"retry_fields": typed, "retry_action": request.path}
    return found


def _beside_a_large_file() -> dict[str, Any]:
    """The text that came with a file that is too large: read once more with a wider limit, the file thrown away."""
    largest = current_app.config["MAX_CONTENT_LENGTH"]
    signs_in = hasattr(current_app, "login_manager")  # the operator console knows its people another way
    if not signs_in or largest is None or current_identity().id is None:
        return {}
    request.max_content_length = STILL_READ * largest
    try:
        return {"kept": shown(fields())}
    except HTTPException:
        return {}
    finally:
        request.max_content_length = largest
