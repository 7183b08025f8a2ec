"""The addresses of this package, and the rows of its lists."""

from __future__ import annotations

from app.caseload.lookups import CourtDay, court_limits
from app.caseload.rows import RowMaker
from app.core import clock
from app.permissions.permissions import Permission, may
from app.web.identity import current_identity
from app.web.links import ANY_ID, about
from app.web.routing import Pages
from app.web.templating import court_time_zone

pages = Pages("caseload", __name__)


def row_maker() -> RowMaker:
    """Makes rows for the person who asks, as of today at the court."""
    zone = court_time_zone()
    cases = about("caseload.case", "enrollment_id").replace(str(ANY_ID), "{}")
    money = may(current_identity(), Permission.CASE_MONEY_READ)
    return RowMaker(CourtDay(clock.today(zone), zone, court_limits()), cases, money=money)
