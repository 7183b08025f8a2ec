"""Published curriculum for the tests that need it."""

from __future__ import annotations

from flask import Flask

from app.curriculum.services import publish_all
from tenants.database import role_transaction


def publish(app: Flask) -> list[str]:
    """Publish the portal's own content; the slugs that were new. May be called again and again."""
    with app.app_context(), role_transaction("platform") as session:
        return publish_all(session)
