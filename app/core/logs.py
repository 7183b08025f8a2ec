"""Log lines of every process: one JSON object each in production, plain words elsewhere, and nothing about a person.

What a line may hold: ids, kinds, states, counts, the address's rule (never the address), the kind of an error and where
it happened. An error's own words stay out: PostgreSQL quotes the row, parsers quote what was typed.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import g, has_request_context, request

from config import Settings
from tenants.scope import current_scope

PLAIN_ID = re.compile(r"[0-9a-f-]{8,64}")
QUIET = ("rq.worker", "rq.scheduler", "werkzeug")  # one line a job of their own: ours says more


def safe_traceback(error: BaseException) -> str:
    """Where it happened and what kind of error it was, through all its causes, without any of their words."""
    lines = []
    link: BaseException | None = error
    while link is not None:
        code = getattr(getattr(link, "orig", None), "sqlstate", None)
        lines += [*traceback.format_tb(link.__traceback__), f"{type(link).__name__} {code or ''}\n"]
        link = link.__cause__
    return "".join(lines)


def request_id() -> str:
    """The one of the request at hand: the proxy's (X-Request-ID) where it is a plain one, else made here."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if PLAIN_ID.fullmatch(given) else uuid4().hex
    return str(g.request_id)


def facts_of(record: logging.LogRecord, process: str) -> dict[str, Any]:
    """What a line says."""
    facts: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "process": process,
        "pid": record.process,
        "logger": record.name,
        "message": record.getMessage(),
    }
    scope = current_scope()
    if scope is not None and scope.court_id is not None:
        facts["court"] = str(scope.court_id)
    if has_request_context():
        rule = request.url_rule.rule if request.url_rule is not None else "-"
        facts |= {"request": request_id(), "method": request.method, "rule": rule}
    if record.exc_info is not None and record.exc_info[1] is not None:
        facts["error"] = safe_traceback(record.exc_info[1])
    return facts


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(facts_of(record, self.process), default=str)


class PlainLines(logging.Formatter):
    """The message alone, for a person beside the demo; an error without its words, here too."""

    def format(self, record: logging.LogRecord) -> str:
        facts = facts_of(record, "")
        return f"{facts['message']}\n{facts['error']}".rstrip() if "error" in facts else str(facts["message"])


def configure(settings: Settings) -> None:
    """Send what this process says to its error output, which whoever runs it keeps."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(settings.process) if settings.production else PlainLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
