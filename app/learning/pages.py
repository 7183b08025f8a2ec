"""The blueprint of the learning pages; views of several modules hang on it."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("learning", __name__)
