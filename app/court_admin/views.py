"""Pages of court_admin."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("court_admin", __name__)
