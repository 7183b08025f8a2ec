"""Pages of accountability."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("accountability", __name__)
