"""Pages of caseload."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("caseload", __name__)
