"""Pages of curriculum."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("curriculum", __name__)
