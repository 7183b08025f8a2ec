"""What gunicorn imports for the operator console: `app.operator.wsgi:app`."""

from __future__ import annotations

from app.operator.factory import create_console
from config import Settings

app = create_console(Settings.of("console"))
