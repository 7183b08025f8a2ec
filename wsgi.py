"""What gunicorn and `flask --app wsgi` import."""

from __future__ import annotations

import gc

from app.cli import process_name, register
from app.factory import create_app
from config import Settings

app = create_app(Settings.of(process_name()))
register(app)

# What the program is made of stays for the life of the process: the collector need not look at it with every request.
gc.collect()
gc.freeze()
