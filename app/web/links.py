"""Links to pages of packages further up, by name."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for


def link(endpoint: str, **values: Any) -> str | None:
    """The address of a page, or None in a portal that has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
