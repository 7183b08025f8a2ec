"""Pages of reports."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("reports", __name__)
