"""The console's app: a process of its own, connected as the platform role and as nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import clock
from app.core.i18n import lazy_gettext as _l
from app.core.keyring import Keyring
from app.core.money import format_cents
from app.core.runtime import Happening, Registry, Runtime
from app.core.storage import CurriculumFiles, NoFiles, open_storage
from app.operator import (
    court_views,
    facilitator_views,
    guard,
    guideline_views,
    health_views,
    metrics,
    opening_views,
    views,
)
from app.operator.curriculum import views as curriculum_views
from app.operator.curriculum.counting import views as counting_views
from app.operator.lists import admin
from app.operator.pages import pages
from app.permissions.identity import Role
from app.web import errors, hooks, typed
from app.web.assets import Assets
from app.web.navigation import NavItem, grouped, marked
from app.web.templating import ShownIdentity, role_words, show_date, show_instant, show_time
from config import ROOT, Settings
from tenants import rules
from tenants.database import connect

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)

# Each adds its pages when it is imported.
VIEWS = (
    *(views, court_views, health_views, opening_views, facilitator_views, guideline_views),
    *(curriculum_views, counting_views),
)


def create_console(settings: Settings) -> Flask:
    """The operator console at /operator/. Raises AssetsNotBuilt."""
    app = Flask("operator", root_path=str(ROOT / "app"), template_folder=str(ROOT / "templates"), static_folder=None)
    clock.follow(settings.clock_file)
    rules.follow(clock.now)
    connect(app, {"platform": settings.database_platform_url})
    app.extensions["portal"] = Runtime(
        settings=settings,
        keyring=Keyring.load(settings.keyring_file),
        # Without storage the console still shows the words of a video.
        storage=CurriculumFiles(open_storage(settings.storage_url)) if settings.storage_url else NoFiles(),
        registry=Registry(handlers=dict.fromkeys(Happening, ()), jobs={}, schedules={}),
    )
    https = settings.console_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        # While a key is changed: what the former one signed (cookies, forms that are open) is still taken.
        SECRET_KEY_FALLBACKS=list(settings.former_secret_keys),
        WTF_CSRF_SECRET_KEY=[*reversed(settings.former_secret_keys), settings.secret_key],
        SESSION_COOKIE_NAME="portal-operator",
        SESSION_COOKIE_PATH="/operator",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=https,
        TRUSTED_HOSTS=_hosts(settings),
        MAX_CONTENT_LENGTH=200 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_TRANSLATION_DIRECTORIES="web/translations",
    )
    # Flask-Admin asks Flask-Babel for words even where only English is offered; without it every page is an error.
    Babel(app, locale_selector=lambda: "en_US")
    errors.install(app)
    guard.install(app)
    CSRFProtect(app)
    headers = hooks.Headers(replace(settings, public_url=settings.console_url))
    headers.policy = POLICY
    app.after_request(headers)
    app.register_blueprint(pages)
    admin().init_app(app)
    assets = Assets(settings.assets_folder)
    _install_templates(app, assets)

    @app.get("/")
    def front() -> ResponseReturnValue:
        return redirect(url_for("admin.index"))

    @app.get("/livez")
    def livez() -> ResponseReturnValue:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/metrics")
    def numbers() -> ResponseReturnValue:
        """For a monitor inside: the proxy does not pass it on."""
        return Response(metrics.told(), content_type=CONTENT_TYPE_LATEST)

    wsgi: WSGIApplication = app.wsgi_app
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        wsgi = ProxyFix(wsgi, x_for=proxies, x_proto=proxies, x_host=proxies)
    app.wsgi_app = assets.wrap_wsgi(wsgi)  # type: ignore[method-assign, assignment]  # see app/factory.py
    return app


def _hosts(settings: Settings) -> list[str]:
    host = settings.console_url.partition("://")[2]
    return [host] if settings.production else [host.partition(":")[0], "localhost", "127.0.0.1"]


def _install_templates(app: Flask, assets: Assets) -> None:
    app.jinja_env.filters.update(
        date=show_date, instant=show_instant, clock_time=show_time, cents=format_cents, grouped=grouped
    )
    app.jinja_env.globals.update(asset_url=assets.url, role_words=role_words)
    typed.install(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def common() -> dict[str, Any]:
        who = guard.signed_in()
        fully = who is not None and who.fully
        return {
            "current_court": None,
            "identity": ShownIdentity(
                kind="operator",
                role_label=role_words(Role.OPERATOR),
                display_name=who.display_name if who else "",
                signed_in=who is not None,
            ),
            "may": lambda _permission: False,
            "nav_items": marked(NAVIGATION) if fully else [],
            "languages": [],
            "locale": "en",
            "demo_banner": None,
            "home_url": url_for("admin.index"),
            "sign_in_url": None,
            "sign_out_url": url_for("operator.sign_out"),
            "language_url": None,
        }


_COURT = ("court", "state", "rename_court", "look", "leave", "open_court")
_FACILITATORS = ("grant_facilitator", "revoke_facilitator", "invite_facilitator")
_CURRICULUM = (
    *("module", "preview", "preview_lesson", "changes", "publish_module"),
    *("sign_off", "take_back", "approvers", "recordings", "withdraw_recording"),
    *("questions", "who_is_on_it"),
)
NAVIGATION = (
    NavItem(_l("Courts"), f"{guard.LISTS}courts.index_view", also=tuple(f"operator.{page}" for page in _COURT)),
    NavItem(
        _l("Health"), "operator.health_page", also=("operator.failed_jobs", "operator.stripe_events_page"), alone=True
    ),
    NavItem(_l("Usage"), "operator.usage_page", alone=True),
    NavItem(
        _l("Facilitators"),
        "operator.facilitator_list",
        also=tuple(f"operator.{page}" for page in _FACILITATORS),
        alone=True,
    ),
    NavItem(_l("Poverty guidelines"), "operator.guideline_list", alone=True),
    NavItem(
        _l("Curriculum"),
        f"{guard.LISTS}curriculum.index_view",
        also=tuple(f"operator.{page}" for page in _CURRICULUM),
    ),
    NavItem(_l("Operators"), f"{guard.LISTS}operators.index_view"),
    NavItem(_l("Log"), f"{guard.LISTS}log.index_view"),
)
