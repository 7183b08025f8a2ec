"""The two sets of addresses of this package: below a court, and the portal's own way in."""

from __future__ import annotations

from app.core.errors import NotFound
from app.web.cookies import request_court
from app.web.routing import Pages
from tenants.resolve import ResolvedCourt

pages = Pages("cases", __name__)
front_pages = Pages("enroll", __name__, court=False)


def the_court() -> ResolvedCourt:
    """The court of the address: the pages below a court have one. Raises NotFound elsewhere."""
    court = request_court()
    if court is None:
        raise NotFound
    return court
