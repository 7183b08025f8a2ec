"""Every error becomes a page that says what to do next. Never a stack trace."""

from __future__ import annotations

import logging

from flask import Flask, Response, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.core.errors import Denied, IllegalMove, NotFound, PortalError, StaleForm, TooMany

log = logging.getLogger(__name__)

OWN_PAGES = (400, 403, 404, 409, 410, 413, 429, 500, 503)
RETRY_SECONDS = 15


def page(status: int, **context: object) -> Response:
    """The error page of a status. Statuses without a page of their own show the one of their hundred."""
    shown = status if status in OWN_PAGES else 500 if status >= 500 else 400
    response = make_response(render_template(f"errors/{shown}.html", **context), status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def install(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
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
        return page(503)

    @app.errorhandler(Exception)
    def anything(_error: Exception) -> Response:
        log.exception("unexpected error in %s", request.endpoint)
        return page(500)
