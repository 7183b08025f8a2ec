"""What happens around every request: the court's state, who may pass, CSRF, and the headers of the answer."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

from app.core import maintenance
from app.permissions.identity import Role
from app.permissions.permissions import GRANTS, may
from app.web import errors, kept, typed
from app.web.cookies import REVIEWERS, at_the_reviewers, request_court
from app.web.i18n import chosen_language, switch_language
from app.web.identity import current_identity
from app.web.routing import Access, access_of
from config import Settings
from tenants.models import CourtState
from tenants.resolve import DATABASE_AWAY, ResolvedCourt

log = logging.getLogger(__name__)
csrf = CSRFProtect()

LONGEST_NAME = 100  # characters of a field's name


def install(app: Flask, settings: Settings) -> None:
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # `guard` checks, so that a stale form keeps what was typed
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    app.url_value_preprocessor(_take_court_slug)
    app.url_defaults(_give_court_slug)
    app.before_request(_addressed)
    app.before_request(_at_work)
    app.before_request(_readable)
    app.before_request(_court_open)
    app.before_request(_may_pass)
    app.before_request(_csrf)
    app.before_request(_switch_language)
    app.after_request(Headers(settings))


def _take_court_slug(_endpoint: str | None, values: dict[str, object] | None) -> None:
    if values is not None:
        values.pop("court_slug", None)


def _give_court_slug(endpoint: str, values: dict[str, object]) -> None:
    court = request_court()
    expected = current_app.url_map.is_endpoint_expecting(endpoint, "court_slug")
    if court is not None and expected:
        values.setdefault("court_slug", court.slug)


def _addressed() -> ResponseReturnValue | None:
    """400 in plain words for an address of which no page can be built, not even an error's."""
    if isinstance(request.routing_exception, SecurityError):  # not our host
        raise request.routing_exception
    if "\x00" in request.path:  # the page would repeat it
        return Response("This is not an address of the portal.\n", 400, mimetype="text/plain")
    return None


def _at_work() -> ResponseReturnValue | None:
    """503 with the words of the maintenance mode, on every page but those that monitors ask.

    Webhooks too: Stripe sends them again for three days, and nothing of them is lost.
    """
    access = access_of(request.endpoint or "")
    if access is not None and access.in_maintenance:
        return None
    notice = maintenance.current()
    return errors.away(notice) if notice is not None else None


def _readable() -> ResponseReturnValue | None:
    """503 while nobody can tell whose court this is; 400 for a NUL, which no text of PostgreSQL can hold.

    Also 400 for a field's name that no form of ours has: WTForms would stumble over the numbers in it.
    """
    if DATABASE_AWAY in request.environ:
        return errors.page(503)
    if request.endpoint == kept.WEBHOOK:  # its raw bytes are signed: nobody may parse them first
        return None
    brought = (value for values in (request.args, request.form) for pair in values.items(multi=True) for value in pair)
    names = (*request.form, *request.files)
    if any("\x00" in value for value in brought) or any(len(n) > LONGEST_NAME or not n.isascii() for n in names):
        return errors.page(400)
    return None


def _court_open() -> ResponseReturnValue | None:
    """404 for an unknown court, the new address for a renamed one, its message for a suspended one."""
    if request.url_rule is None or "court_slug" not in request.url_rule.arguments:
        return None
    court = request_court()
    if court is None:
        abort(404)
    if court.moved:
        return _renamed(court)
    access = access_of(request.endpoint or "")
    if court.state == CourtState.ACTIVE or (access is not None and access.closed_court):
        return None
    if court.state == CourtState.CLOSED:
        abort(404)
    message = court.state_messages.get(chosen_language(), court.state_message)
    return errors.page(503, message=message)


def _renamed(court: ResolvedCourt) -> ResponseReturnValue:
    rest = request.full_path.rstrip("?").lstrip("/").partition("/")[2]
    return redirect(f"/{court.slug}/{rest}", code=308)


def _may_pass() -> ResponseReturnValue | None:
    if request.url_rule is None:
        return None
    access = access_of(request.endpoint or "")
    if access is None:
        log.error("endpoint %s declares no permission", request.endpoint)
        abort(404)
    if access.public:
        return None
    identity = current_identity()
    if identity.id is None:
        sent = kept.fields() if request.method == "POST" and not request.files else []
        if any(value.strip() for name, value in sent if name not in kept.OUR_FIELDS):
            return _signed_out(access, sent)
        return redirect(url_for(_door(access), next=_way_back()))
    if not identity.fully_signed_in:
        factor = "reviewers.second_factor" if at_the_reviewers() else "accounts.second_factor"
        return None if access.before_second_factor else redirect(url_for(factor))
    if access.permission is None or not may(identity, access.permission):
        abort(404)
    return None


def _door(access: Access) -> str:
    """The sign-in page of the people whose page this is: participants', or the staff's where no participant may go."""
    if at_the_reviewers():
        return "reviewers.sign_in"
    theirs = access.permission is None or access.permission in GRANTS[Role.LEARNER]
    return "accounts.sign_in" if theirs else "accounts.staff_sign_in"


def _way_back() -> str | None:
    return request.path if request.method == "GET" else None


def safe_next(target: str | None) -> str | None:
    """A redirect target within this court's own pages (or the reviewers'), or None."""
    if not target or "\\" in target or any(c.isspace() or not c.isprintable() for c in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    court = request_court()
    prefix = f"{REVIEWERS}/" if at_the_reviewers() else f"/{court.slug}/" if court else "/"
    ours = not parts.scheme and not parts.netloc and parts.path.startswith(prefix) and not target.startswith("//")
    return target if ours else None


def _csrf() -> ResponseReturnValue | None:
    """A form that another site sent is refused outright, one that has grown too old is handed back."""
    if request.method not in ("POST", "PUT", "PATCH", "DELETE") or request.endpoint == kept.WEBHOOK:
        return None
    if request.url_rule is None:  # no page of ours: nothing is handed back to an address that somebody made up
        return None
    return _not_from_our_page()


def _not_from_our_page() -> ResponseReturnValue | None:
    if not kept.own_origin():
        return errors.page(400)
    try:
        csrf.protect()
    except CSRFError:
        return _stale_form()
    return None


def _switch_language() -> ResponseReturnValue | None:
    """A press on the language switch above a form: show the page that was asked from again, with what was typed.

    From here on the request is a GET: nothing that was typed is acted upon.
    """
    switch = request.form.get(typed.SWITCH) if request.method == "POST" and request.endpoint != kept.WEBHOOK else None
    if switch is None:
        return None
    if isinstance(request.routing_exception, MethodNotAllowed) and (refused := _not_from_our_page()):
        return refused
    if not switch_language(typed.take(switch, request.form)):
        return errors.page(400)
    adapter = current_app.create_url_adapter(request)
    try:
        rule, values = adapter.match(method="GET", return_rule=True) if adapter else (None, None)
    except HTTPException:  # shown in answer to a form alone: it can be sent again
        rule = values = None
    if rule is None:
        return render_template("errors/in_other_language.html", **_handed_back(kept.fields()))
    request.method, request.url_rule, request.routing_exception = "GET", rule, None
    request.view_args = {name: value for name, value in (values or {}).items() if name != "court_slug"}
    return _court_open() or _may_pass()


def _handed_back(sent: list[tuple[str, str]]) -> dict[str, object]:
    """What errors/stale_form.html and its like show: all for sending again, and long texts for reading."""
    return {"retry_fields": sent, "retry_action": request.path, "kept": kept.shown(sent)}


def _signed_out(access: Access, sent: list[tuple[str, str]]) -> Response:
    """A form of somebody whose sign-in has ended meanwhile: it can be sent again after signing in, nothing is lost."""
    sign_in = url_for(_door(access), next=request.path)
    return make_response(render_template("errors/signed_out.html", sign_in=sign_in, **_handed_back(sent)), 401)


def _stale_form() -> Response:
    """The form is too old, or the browser sent no cookie: say so, and offer everything typed for sending again."""
    shown = _handed_back(kept.fields())
    if not kept.whole():
        shown["retry_fields"] = []
    return make_response(render_template("errors/stale_form.html", **shown), 400)


class Headers:
    """Security headers on every answer, and no copy of a signed-in page in any cache."""

    def __init__(self, settings: Settings) -> None:
        checkout = settings.stripe_api_base or "https://checkout.stripe.com"
        self.policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
            "media-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {checkout}"
        )
        self.https = settings.public_url.startswith("https://")

    def __call__(self, response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = self.policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if self.https:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if not response.cache_control.public:  # a download's own "no-cache" would still be kept on the disk
            headers["Cache-Control"] = "no-store"
        return response
