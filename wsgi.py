"""What gunicorn and `flask --app wsgi` import."""

from __future__ import annotations

import gc

from app.cli import process_name, register
from app.core import logs
from app.factory import create_app
from config import Settings

settings = Settings.of(process_name())
if settings.process == "web":
    logs.configure(settings)
app = create_app(settings)
register(app)

# What the program is made of stays for the life of the process: the collector need not look at it with every request.
gc.collect()
gc.freeze()
