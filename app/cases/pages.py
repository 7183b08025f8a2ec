"""The two sets of addresses of this package: below a court, and the portal's own way in."""

from __future__ import annotations

from app.web.routing import Pages

pages = Pages("cases", __name__)
front_pages = Pages("enroll", __name__, court=False)
