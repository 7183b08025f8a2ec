"""The console's own pages, beside Flask-Admin's lists."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("operator", __name__, url_prefix="/operator")
