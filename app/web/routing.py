"""Routes. A view can not register without saying who may call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Flask, current_app
from flask.blueprints import BlueprintSetupState
from flask.sansio.app import App
from flask.typing import RouteCallable

from app.permissions.permissions import Permission

COURT_PREFIX = "/<court_slug>"
REGISTRY = "portal_access"

View = TypeVar("View", bound=RouteCallable)


@dataclass(frozen=True)
class Access:
    """Who may call an endpoint: those with `permission`, or everybody for the stated reason.

    `before_second_factor`: also those who have given their password and not yet the second factor.
    `closed_court`: answers even when the court is closed or suspended.
    `in_maintenance`: answers while the portal is being worked on.
    """

    permission: Permission | None = None
    public: str = ""
    before_second_factor: bool = False
    closed_court: bool = False
    in_maintenance: bool = False


class Undeclared(TypeError):
    """A route without a permission and without a reason to be public."""


class Pages(Blueprint):
    """A package's pages. Below a court (`/<court>/...`) unless `court=False`."""

    def __init__(self, name: str, import_name: str, *, court: bool = True) -> None:
        super().__init__(name, import_name, url_prefix=COURT_PREFIX if court else None)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """As Flask's, plus `permission=` or `public=` (a reason), and the flags of Access. Raises Undeclared."""
        access = Access(
            permission=options.pop("permission", None),
            public=options.pop("public", ""),
            before_second_factor=options.pop("before_second_factor", False),
            closed_court=options.pop("closed_court", False),
            in_maintenance=options.pop("in_maintenance", False),
        )
        if (access.permission is None) == (not access.public):
            raise Undeclared(f"{self.name}: {rule} needs either a permission or a reason to be public")

        def decorator(view: View) -> View:
            endpoint = options.pop("endpoint", None) or view.__name__

            def declare(state: BlueprintSetupState) -> None:
                declare_access(state.app, f"{self.name}.{endpoint}", access)

            self.record(declare)
            self.add_url_rule(rule, endpoint, view, **options)
            return view

        return decorator


def declare_access(app: App, endpoint: str, access: Access) -> None:
    """Enter an endpoint into the app's list. Raises ValueError when two routes of one endpoint disagree."""
    known: dict[str, Access] = app.extensions.setdefault(REGISTRY, {})
    if known.setdefault(endpoint, access) != access:
        raise ValueError(f"{endpoint} is declared twice, differently")


def access_of(endpoint: str) -> Access | None:
    """What an endpoint declared; None for one that slipped past `Pages` (refused by the hooks, found by the tests)."""
    known: dict[str, Access] = current_app.extensions.get(REGISTRY, {})
    return known.get(endpoint)


def undeclared_endpoints(app: Flask) -> list[str]:
    """Endpoints that anybody could reach because nobody said who may. Must be empty."""
    known: dict[str, Access] = app.extensions.get(REGISTRY, {})
    return sorted({rule.endpoint for rule in app.url_map.iter_rules()} - set(known))
