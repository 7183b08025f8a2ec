"""From the first segment of an address to the court, before anything else happens in a request."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from tenants import scope
from tenants.database import Ready, adopt_told_court, discard_session, session, telling
from tenants.models import Court, CourtFormerSlug

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ENVIRON_KEY = "portal.court"
DATABASE_AWAY = "portal.database_away"  # set when nobody can tell which court the address names
SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")

log = logging.getLogger(__name__)

# First segments that are no court's, now or later.
RESERVED = frozenset(
    # A list of words, one paragraph: read more easily than forty strings.
    """
    about admin api assets console court courts counsel demo docs enroll facilitator faq favicon.ico health help
    language legal livez login logout metrics new operator privacy readyz review robots.txt schemas security sign-in
    sign-out staff static status support terms verify webhooks well-known
    """.split()  # noqa: SIM905 - see above
)


@dataclass(frozen=True)
class ResolvedCourt:
    """What every page needs to know of its court, read once a request."""

    id: UUID
    slug: str
    name: str
    county: str
    region: str
    code_prefix: str
    time_zone: str
    languages: tuple[str, ...]
    state: str
    state_message: str
    state_messages: dict[str, str] = field(hash=False)
    moved: bool = False  # the address named a former slug


_FIELDS = tuple(name for name in ResolvedCourt.__dataclass_fields__ if name != "moved")
_SLUG = sa.bindparam("slug", type_=sa.Text())
_NAMED = (
    sa.select(*(Court.__table__.c[name] for name in _FIELDS))
    .where(
        sa.or_(
            Court.slug == _SLUG,
            Court.id == sa.select(CourtFormerSlug.court_id).where(CourtFormerSlug.slug == _SLUG).scalar_subquery(),
        )
    )
    .order_by(Court.slug != _SLUG)
    .limit(1)  # a former slug may be another court's now: only the court that is chosen may be told
)
_FOUND = Ready(_NAMED)
# Asked at every request, so it is made once.
_THE_ONE = _NAMED.subquery("named")
_OPENED = Ready(sa.select(_THE_ONE, telling(_THE_ONE.c.id)))


def find_court(engine: Engine, slug: str) -> ResolvedCourt | None:
    """The court that `slug` names, now or formerly. One statement; none for what can not be a slug."""
    if not SLUG.fullmatch(slug):
        return None
    with engine.connect() as connection:
        row = _FOUND.on(connection, slug=slug).first()
    return _resolved(slug, row) if row is not None else None


def open_court(engine: Engine, slug: str) -> ResolvedCourt | None:
    """Find the court and begin to work for it, in one statement: the first of the transaction that the session of the
    scope at hand then goes on with. The scope stays without a court if there is none of the name.

    Raises ScopeError in a scope that has a court, before anything is told.
    """
    current = scope.current_scope()
    if current is None or current.court_id is not None:
        raise scope.ScopeError("only a scope without a court can open one")
    if not SLUG.fullmatch(slug):
        return None
    connection = session().connection(bind_arguments={"bind": engine})
    row = _OPENED.on(connection, slug=slug).first()
    if row is None:
        return None
    court = _resolved(slug, row[:-1])
    adopt_told_court(court.id, told=row[-1])
    return court


def _resolved(slug: str, row: Iterable[Any]) -> ResolvedCourt:
    values = dict(zip(_FIELDS, row, strict=True))
    return ResolvedCourt(**values | {"languages": tuple(values["languages"])}, moved=values["slug"] != slug)


class CourtMiddleware:
    """Runs every request in a scope of its own: that of its court, or of none for the portal's own addresses.

    Flask opens the session before it matches the address, so the court has to be known out here. An unknown first
    segment gets a scope without a court and ends as a 404 like any other.
    """

    def __init__(self, app: WSGIApplication, engine: Engine) -> None:
        self.app, self.engine = app, engine

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        first = environ.get("PATH_INFO", "").lstrip("/").partition("/")[0]
        environ[ENVIRON_KEY] = None
        token = scope.enter(None)
        try:
            if first and first not in RESERVED:
                self._open(first, environ)
            return self.app(environ, start_response)
        finally:
            discard_session()
            scope.leave(token)

    def _open(self, slug: str, environ: WSGIEnvironment) -> None:
        try:
            environ[ENVIRON_KEY] = open_court(self.engine, slug)
        except DBAPIError as error:
            # The app answers with its own page and headers (app/web/hooks.py); out here there are none.
            log.error("database away: %s", type(error.orig).__name__)
            discard_session()
            environ[DATABASE_AWAY] = True
