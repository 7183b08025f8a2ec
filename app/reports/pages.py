"""The blueprint of reports; the modules with views hang their pages on it."""

from __future__ import annotations

from flask import Response

from app.web.routing import Pages

pages = Pages("reports", __name__)


def pdf_answer(content: bytes, name: str) -> Response:
    """A PDF to keep."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
