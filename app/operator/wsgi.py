"""What gunicorn imports for the operator console: `app.operator.wsgi:app`."""

from __future__ import annotations

from app.core import logs
from app.operator.factory import create_console
from config import Settings

settings = Settings.of("console")
logs.configure(settings)
app = create_console(settings)
