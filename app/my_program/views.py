"""The learner's first page."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("my_program", __name__)
