"""What every template may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, g, has_request_context, request, url_for
from flask_babel import format_date as babel_date
from flask_babel import format_time
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.i18n import LANGUAGES, current_language
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import format_cents
from app.core.runtime import runtime
from app.permissions.identity import Identity, Role
from app.permissions.permissions import Permission, may
from app.web import typed
from app.web.assets import Assets
from app.web.cookies import REVIEWERS, at_the_reviewers, request_court
from app.web.i18n import offered_languages
from app.web.identity import current_identity
from app.web.links import address, link
from app.web.navigation import grouped, nav_items
from tenants.letterhead import Letterhead
from tenants.models import CourtState
from tenants.resolve import ResolvedCourt
from tenants.rules import NoRules, rules_in_force

BREAK_PAGE = "learning.take_a_break"


@dataclass(frozen=True)
class ShownIdentity:
    """The signed-in person as the layout shows them."""

    kind: str
    role_label: str
    display_name: str
    signed_in: bool


@dataclass(frozen=True)
class ShownCourt:
    """The court as the layout shows it; address and phone come from the rules in force."""

    name: str
    slug: str
    state: str
    time_zone: str
    contact_phone: str = ""
    contact_address: tuple[str, ...] = ()
    emblem_url: str | None = None


ROLE_WORDS = {
    Role.ADMINISTRATOR: _l("Court administrator"),
    Role.CLERK: _l("Clerk"),
    Role.JUDGE: _l("Judge"),
    Role.PROSECUTOR: _l("Prosecutor's unit"),
    Role.OFFICER: _l("Probation officer"),
    Role.SUPERVISOR: _l("Supervisor"),
    Role.FACILITATOR: _l("Facilitator"),
    Role.COUNSEL: _l("Defense counsel"),
    Role.LEARNER: _l("Participant"),
    Role.OPERATOR: _l("Operator"),
}


def role_words(role: str) -> str:
    """A role in the reader's language."""
    return str(ROLE_WORDS.get(Role(role) if role else Role.NOBODY, ""))


def court_time_zone() -> str:
    if has_request_context() and "time_zone" in g:  # a reviewer looks at a court's item from no court's address
        return str(g.time_zone)
    court = request_court() if has_request_context() else None
    return court.time_zone if court else "UTC"


def show_date(value: date | datetime | None) -> str:
    """A date in words; an instant becomes the court-local date."""
    if value is None:
        return ""
    day = clock.local(value, court_time_zone()).date() if isinstance(value, datetime) else value
    return str(babel_date(day, "long"))


def show_instant(value: datetime | None) -> str:
    """Court-local date and time of day in words."""
    if value is None:
        return ""
    local = clock.local(value, court_time_zone())
    return f"{babel_date(local.date(), 'long')}, {format_time(local.time(), 'short', rebase=False)}"


def show_time(value: time | None) -> str:
    """A time of day, as people in the United States write it in the reader's language."""
    return str(format_time(value, "short", rebase=False)).replace("\u202f", " ") if value else ""


def install(app: Flask, assets: Assets | None) -> None:
    app.jinja_env.filters.update(
        date=show_date, instant=show_instant, clock_time=show_time, cents=format_cents, grouped=grouped
    )
    app.jinja_env.globals.update(role_words=role_words, format_cents=format_cents)
    typed.install(app)
    if assets is not None:
        app.jinja_env.globals["asset_url"] = assets.url
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def common() -> dict[str, Any]:
        identity = current_identity() if has_request_context() else None
        court = request_court() if has_request_context() else None
        reviewers = has_request_context() and at_the_reviewers()
        inside = court is not None and identity is not None and identity.fully_signed_in
        return {
            "current_court": shown_court(court) if court else None,
            "identity": ShownIdentity(
                kind=str(identity.kind) if identity else "anonymous",
                role_label=str(role_words(identity.role)) if identity else "",
                display_name=identity.display_name if identity else "",
                signed_in=bool(identity and identity.id),
            ),
            "may": lambda permission: identity is not None and may(identity, Permission(permission)),
            "nav_items": nav_items() if identity and identity.fully_signed_in else [],
            "languages": [(code, LANGUAGES[code]) for code in offered_languages()],
            "locale": current_language(),
            "page_address": request.full_path.rstrip("?") if has_request_context() else "/",
            "large_print": identity is not None and identity.large_print,
            "demo_banner": _demo_banner(),
            "home_url": address("front.court_home") if court else REVIEWERS + "/" if reviewers else "/",
            "account_url": address("accounts.account") if inside else None,
            **_sign_in_at_work(identity if inside else None),
            "sign_in_url": address("accounts.sign_in") if court and court.state != CourtState.CLOSED else None,
            "sign_out_url": address("accounts.sign_out")
            if court
            else address("reviewers.sign_out")
            if reviewers
            else None,
            "language_url": address("front.set_court_language")
            if court
            else address("portal.set_reviewers_language" if reviewers else "portal.set_language"),
        }


def _sign_in_at_work(identity: Identity | None) -> dict[str, Any]:
    """When the sign-in ends and how it goes on, and a learner's way to a break and back."""
    if identity is None or identity.ends_at is None:
        return {}
    found: dict[str, Any] = {}
    on_error = bool(g.get("of_no_section"))
    if not on_error:  # an error's page is the same for everybody and at any time: nobody learns anything from it
        found["stay_url"] = address("accounts.stay")
        found["session_idle"] = identity.idle_seconds
        found["session_ends"] = int((identity.ends_at - clock.now()).total_seconds())
    if identity.as_role is Role.LEARNER and request.endpoint != BREAK_PAGE:
        back = request.path if request.method == "GET" and not on_error else None
        found["break_url"] = link(BREAK_PAGE, back=back)
    return found


# The letterhead changes a few times a year; a minute's delay on the foot of a page is nothing.
_letterheads: dict[UUID, tuple[datetime, Letterhead]] = {}
LETTERHEAD_FOR = timedelta(minutes=1)


def shown_court(court: ResolvedCourt) -> ShownCourt:
    letterhead = _letterhead(court)
    return ShownCourt(
        name=court.name,
        slug=court.slug,
        state=court.region,
        time_zone=court.time_zone,
        contact_phone=letterhead.phone,
        contact_address=letterhead.lines,
        emblem_url=url_for("court_admin.emblem", court_slug=court.slug, v=letterhead.emblem[:8])
        if letterhead.emblem
        else None,
    )


def _letterhead(court: ResolvedCourt) -> Letterhead:
    """The court's letterhead; an empty one while the database is away, so that an error page can still be shown."""
    known = _letterheads.get(court.id)
    if known is not None and clock.now() - known[0] < LETTERHEAD_FOR:
        return known[1]
    try:
        letterhead = rules_in_force()[1].reports.letterhead
    except (NoRules, DBAPIError):
        return Letterhead()
    _letterheads[court.id] = (clock.now(), letterhead)
    return letterhead


def _demo_banner() -> str | None:
    if runtime().settings.environment != "demo":
        return None
    day = babel_date(clock.today(court_time_zone()), "long")
    return str(_("Demonstration: no real people. Today is %(day)s here.", day=day))
