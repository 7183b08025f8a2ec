"""What every template may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
from app.web.navigation import ShownItem, grouped, help_anchor, nav_items, section_above
from tenants.care import AdaContact
from tenants.letterhead import Letterhead
from tenants.models import CourtState
from tenants.resolve import DATABASE_AWAY, ResolvedCourt
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
    """The court as the layout shows it; how to reach it comes from the rules in force."""

    name: str
    slug: str
    state: str
    time_zone: str
    contact_phone: str = ""
    contact_address: tuple[str, ...] = ()
    contact_email: str = ""
    office_hours: Mapping[str, str] = field(default_factory=dict)  # by language
    ada_contact: AdaContact | None = None
    emblem_url: str | None = None

    @property
    def hours(self) -> str:
        """In the reader's language, or in another."""
        return self.hours_in(current_language())

    def hours_in(self, language: str) -> str:
        return self.office_hours.get(language) or next(iter(self.office_hours.values()), "")


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
    app.jinja_env.globals.update(role_words=role_words, format_cents=format_cents, section_above=section_above)
    typed.install(app)
    if assets is not None:
        app.jinja_env.globals.update(asset_url=assets.url, help_picture=lambda name: assets.picture(f"help/{name}.png"))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def common() -> dict[str, Any]:
        identity = current_identity() if has_request_context() else None
        court = request_court() if has_request_context() else None
        named = court or (_court_that_was_there() if has_request_context() else None)
        reviewers = has_request_context() and at_the_reviewers()
        inside = court is not None and identity is not None and identity.fully_signed_in
        items = nav_items() if identity and identity.fully_signed_in else []
        return {
            "current_court": shown_court(named) if named else None,
            "identity": ShownIdentity(
                kind=str(identity.kind) if identity else "anonymous",
                role_label=str(role_words(identity.role)) if identity else "",
                display_name=identity.display_name if identity else "",
                signed_in=bool(identity and identity.id),
            ),
            "may": lambda permission: identity is not None and may(identity, Permission(permission)),
            "nav_items": items,
            "help_url": _help_url(items) if has_request_context() else None,
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


def _help_url(items: list[ShownItem]) -> str | None:
    """The part of help that is about the page at work; None in a portal without help."""
    court = request_court()
    if at_the_reviewers():
        page = link("help_anywhere.page", audience="facilitator")
    else:
        page = link("help.home" if court is not None else "help_anywhere.home")
    blueprint, _dot, _view = (request.endpoint or "").partition(".")
    if page is None or blueprint.startswith("help") or g.get("of_no_section"):
        return page
    section = next((item.endpoint for item in items if item.current), blueprint)
    return f"{page}#{help_anchor(section)}" if section else page


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


@dataclass(frozen=True)
class _Reached:
    """How a court is reached, and its emblem."""

    letterhead: Letterhead = field(default_factory=Letterhead)
    ada_contact: AdaContact = field(default_factory=AdaContact)
    hours: Mapping[str, str] = field(default_factory=dict)


# It changes a few times a year; a minute's delay on the foot of a page is nothing.
_reached: dict[UUID, tuple[datetime, _Reached]] = {}
REACHED_FOR = timedelta(minutes=1)
# The courts that this process has shown, for the one page that can not ask which court an address names.
_shown: dict[str, ResolvedCourt] = {}


def shown_court(court: ResolvedCourt) -> ShownCourt:
    reached = _reached_at(court)
    letterhead = reached.letterhead
    return ShownCourt(
        name=court.name,
        slug=court.slug,
        state=court.region,
        time_zone=court.time_zone,
        contact_phone=letterhead.phone,
        contact_address=letterhead.lines,
        contact_email=letterhead.email,
        office_hours=reached.hours,
        ada_contact=reached.ada_contact,
        emblem_url=url_for("court_admin.emblem", court_slug=court.slug, v=letterhead.emblem[:8])
        if letterhead.emblem
        else None,
    )


def _reached_at(court: ResolvedCourt) -> _Reached:
    """How the court is reached; what was known last while the database is away, so that an error page can say it."""
    known = _reached.get(court.id)
    if known is not None and (DATABASE_AWAY in request.environ or clock.now() - known[0] < REACHED_FOR):
        return known[1]
    try:
        document = rules_in_force()[1]
    except NoRules:
        return _Reached()
    except DBAPIError:
        return known[1] if known is not None else _Reached()
    found = _Reached(
        document.reports.letterhead,
        document.ada_contact,
        {str(key): words for key, words in document.contact.hours.items()},
    )
    _reached[court.id], _shown[court.slug] = (clock.now(), found), court
    return found


def _court_that_was_there() -> ResolvedCourt | None:
    """While the database is away: the court that the address named when it last answered."""
    return _shown.get(request.path.lstrip("/").partition("/")[0]) if DATABASE_AWAY in request.environ else None


def _demo_banner() -> str | None:
    if runtime().settings.environment != "demo":
        return None
    day = babel_date(clock.today(court_time_zone()), "long")
    return str(_("Demonstration: no real people. Today is %(day)s here.", day=day))
