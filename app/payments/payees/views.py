"""The court's month by payee, as a page and for a spreadsheet."""

from __future__ import annotations

from datetime import date

from babel.dates import format_skeleton
from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from app.core import clock
from app.core.court_words import in_reader_language
from app.core.csv_files import CSV_TYPE, csv_file
from app.core.i18n import gettext as _
from app.core.money import plain_dollars
from app.payments.payees.lookups import Month, by_payee, month_of
from app.permissions.permissions import Permission
from app.web.routing import Pages
from app.web.templating import court_time_zone

pages = Pages("payees", __name__)


def _asked_month() -> Month:
    """The month of the address (`?month=2026-11`), else this one; nothing before 2000 or to come."""
    zone = court_time_zone()
    this = month_of(clock.today(zone), zone)
    try:
        asked = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return this
    return month_of(asked, zone) if date(2000, 1, 1) <= asked <= this.first_day else this


def _address(day: date) -> str:
    return url_for("payees.month", month=f"{day:%Y-%m}")


@pages.get("/money/payees", permission=Permission.MONEY_READ)
def month() -> ResponseReturnValue:
    """What came in and went back in a month, and whose it is."""
    found = _asked_month()
    lines = by_payee(found)
    is_last = found.following > clock.today(court_time_zone())
    return render_template(
        "payments/payees.html",
        title_month=format_skeleton("yMMMM", found.first_day, locale=get_locale() or "en"),
        lines=lines,
        name=in_reader_language,
        received=sum(line.received_cents for line in lines),
        given_back=sum(line.given_back_cents for line in lines),
        before_url=_address(found.before),
        next_url="" if is_last else _address(found.following),
        csv_url=url_for("payees.month_csv", month=f"{found.first_day:%Y-%m}"),
    )


@pages.get("/money/payees.csv", permission=Permission.MONEY_READ)
def month_csv() -> ResponseReturnValue:
    """The same for a spreadsheet; in dollars, each direction in a column of its own, so that no amount is negative."""
    found = _asked_month()
    heads = (
        _("Month"),
        _("Payee"),
        _("Part of the fee"),
        _("Received"),
        _("Voided beyond that"),
        _("Given back"),
        _("Came in again beyond that"),
        _("Moved to it"),
        _("Moved away"),
    )
    rows = [
        (
            f"{found.first_day:%Y-%m}",
            line.payee or _("Nobody yet"),
            line.label,
            plain_dollars(max(0, line.received_cents)),
            plain_dollars(max(0, -line.received_cents)),
            plain_dollars(max(0, line.given_back_cents)),
            plain_dollars(max(0, -line.given_back_cents)),
            plain_dollars(max(0, line.moved_cents)),
            plain_dollars(max(0, -line.moved_cents)),
        )
        for line in by_payee(found)
    ]
    answer = Response(csv_file([heads, *rows]), content_type=CSV_TYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename=payees-{found.first_day:%Y-%m}.csv"
    return answer
