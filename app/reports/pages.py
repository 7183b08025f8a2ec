"""The blueprint of reports; the modules with views hang their pages on it."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("reports", __name__)
