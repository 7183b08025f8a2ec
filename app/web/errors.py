"""Every error becomes a page that says what to do next. Never a stack trace."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from app.core import clock
from app.core.errors import Denied, IllegalMove, NotFound, PortalError, StaleForm, TooMany
from app.core.logs import safe_traceback
from app.core.maintenance import Maintenance
from app.web import identity, kept
from app.web.i18n import chosen_language
from tenants.database import discard_session

log = logging.getLogger(__name__)

OWN_PAGES = (400, 403, 404, 409, 410, 413, 429, 500, 503)
RETRY_SECONDS = 15
# Where what was typed is shown again, and whether the same form may be sent again as it is. A page that one may not see
# shows nothing: it must look like one that does not exist.
KEEPING = {400: False, 409: False, 413: False, 429: True, 500: True, 503: True}


def page(status: int, **context: object) -> Response:
    """The error page of a status. Statuses without a page of their own show the one of their hundred."""
    shown = status if status in OWN_PAGES else 500 if status >= 500 else 400
    g.of_no_section = True  # a page that one may not see must look like one that does not exist, in the menu too
    if shown in KEEPING:
        context = kept.of_request(again=KEEPING[shown]) | context
    response = make_response(render_template(f"errors/{shown}.html", **context), status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def away(notice: Maintenance) -> Response:
    """The page of the maintenance mode. Asks the database for as little as it can: it may be what is worked on."""
    identity.forget()
    language = chosen_language()
    until = notice.until if notice.until is not None and notice.until > clock.now() else None
    answer = page(503, maintenance=True, words=notice.words.get(language, ""), until=until)
    answer.headers["Retry-After"] = str(notice.retry_seconds(clock.now()))
    return answer


def install(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
        if isinstance(error, SecurityError):  # not our host: no address of ours can be built for a page
            return Response("This is not an address of the portal.\n", 400, mimetype="text/plain")
        if error.code is None or error.code < 400:
            return error
        answer = page(error.code)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(PortalError)
    def portal(error: PortalError) -> Response:
        match error:
            case NotFound() | Denied():
                return page(404)
            case StaleForm() | IllegalMove():
                return page(409)
            case TooMany():
                answer = page(429)
                answer.headers["Retry-After"] = str(error.retry_after)
                return answer
        return page(400, message=str(error))

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> Response:
        return page(409)

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    def database_away(error: DBAPIError) -> Response:
        log.error("database away: %s", type(error.orig).__name__)
        _start_over()
        return page(503)

    @app.errorhandler(Exception)
    def anything(error: Exception) -> Response:
        log.error("unexpected error in %s: %s", request.endpoint, safe_traceback(error))
        _start_over()
        return page(500)


def _start_over() -> None:
    """An error page must not stumble over what the failed work left behind."""
    discard_session()
    identity.forget()
