"""Pages of payments."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("payments", __name__)
portal_pages = Pages("stripe", __name__, court=False)
