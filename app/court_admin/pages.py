"""The addresses of this package, below a court."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("court_admin", __name__)
