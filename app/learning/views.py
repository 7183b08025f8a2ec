"""Pages of learning."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("learning", __name__)
