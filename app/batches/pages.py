"""The blueprint of batches; the modules with views hang their pages on it."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("batches", __name__)
