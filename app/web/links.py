"""Links to pages by name: of packages further up, and those that stand on every page."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import current_app, request, url_for

from app.web.cookies import request_court


def link(endpoint: str, **values: Any) -> str | None:
    """The address of a page, or None in a portal that has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def address(endpoint: str) -> str:
    """The address of a page that needs no values but its court. Worked out once: the frame of each page has a dozen."""
    court = request_court()
    return _address(current_app.import_name, request.script_root, court.slug if court else "", endpoint)


@lru_cache(maxsize=4096)
def _address(_app: str, _root: str, _court: str, endpoint: str) -> str:
    return url_for(endpoint)  # the rest of the key is what it depends on
