"""Links to pages by name: of packages further up, and those that stand on every page."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import current_app, request, url_for

from app.web.cookies import request_court

ANY_ID = UUID(int=0)


def link(endpoint: str, **values: Any) -> str | None:
    """The address of a page, or None in a portal that has no such page."""
    if endpoint not in current_app.view_functions:
        return None
    if len(values) == 1:
        ((name, value),) = values.items()
        if isinstance(value, UUID):
            return about(endpoint, name).replace(str(ANY_ID), str(value))
    return url_for(endpoint, **values)


def about(endpoint: str, name: str) -> str:
    """The address of a page about one record, with ANY_ID in the record's place. Worked out once: lists have many."""
    court = request_court()
    return _about(current_app.import_name, request.script_root, court.slug if court else "", endpoint, name)


@lru_cache(maxsize=4096)
def _about(_app: str, _root: str, _court: str, endpoint: str, name: str) -> str:
    value: dict[str, Any] = {name: ANY_ID}
    return url_for(endpoint, **value)  # the rest of the key is what it depends on


def address(endpoint: str) -> str:
    """The address of a page that needs no values but its court. Worked out once: the frame of each page has a dozen."""
    court = request_court()
    return _address(current_app.import_name, request.script_root, court.slug if court else "", endpoint)


@lru_cache(maxsize=4096)
def _address(_app: str, _root: str, _court: str, endpoint: str) -> str:
    return url_for(endpoint)  # the rest of the key is what it depends on
