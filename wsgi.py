"""What gunicorn and `flask --app wsgi` import."""

from __future__ import annotations

from app.cli import process_name, register
from app.factory import create_app
from config import Settings

app = create_app(Settings.from_env(process_name()))
register(app)
