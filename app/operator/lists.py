"""Flask-Admin's lists: shown, sorted, searched and paged by it, drawn by templates of our own.

Its own pages need inline scripts, which our policy does not allow (its question before a deletion vanishes and one
click deletes); so nothing is created, edited or deleted here, and no template of its own is used.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from sqlalchemy import func, select
from sqlalchemy.orm import Query

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.curriculum.lookups import signed_off
from app.curriculum.models import CurriculumModule, CurriculumVersion
from app.operator import guard
from app.operator.log_words import detail_words, log_words
from app.operator.models import Operator, PlatformAudit
from app.web.templating import show_instant
from tenants.database import db, session
from tenants.models import Court, CourtState


class FirstPage(AdminIndexView):  # type: ignore[misc]  # Flask-Admin's classes are not typed for subclassing
    """The console's first page."""

    @expose()  # type: ignore[untyped-decorator]  # as above
    def index(self) -> str:
        counts = session().execute(select(Court.state, func.count()).group_by(Court.state))
        page: str = self.render("operator/index.html", counts=dict(counts.all()))
        return page


class ShownList(ModelView):  # type: ignore[misc]  # as above
    """A list that can only be read. A subclass says in `visible` which rows it is about, for every way of asking."""

    can_create = can_edit = can_delete = can_export = can_view_details = False
    column_display_actions = False
    form_base_class = FlaskForm  # SecureForm beside the console's own check silently rejects every save
    list_template = "operator/list.html"
    simple_list_pager = True  # counting all rows costs six times the page
    page_size = 25
    can_set_page_size = False
    named_filter_urls = True

    lead: Any = ""
    links: tuple[tuple[Any, str], ...] = ()  # ways to pages that belong to the list: their words and endpoints
    action: tuple[Any, str] | None = None  # a button above the list: its words and its endpoint

    def visible(self, query: Query[Any]) -> Query[Any]:
        return query

    def get_query(self) -> Query[Any]:
        return self.visible(super().get_query())

    def get_count_query(self) -> Query[Any]:
        return self.visible(super().get_count_query())

    def get_one(self, id: Any) -> Any:
        """By id too, only what the list shows: scoping `get_query` alone leaves this door open."""
        keys = [column == value for column, value in zip(self.model.__mapper__.primary_key, [id], strict=True)]
        return self.visible(super().get_query()).filter(*keys).one_or_none()

    def is_accessible(self) -> bool:
        who = guard.signed_in()
        return who is not None and who.fully


def _instant(_view: Any, _context: Any, row: Any, name: str) -> str:
    return show_instant(getattr(row, name))


def _court_link(view: Any, _context: Any, row: Any, _name: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(view.get_url("operator.court", court_id=row.id), escape(row.name))


def _state(_view: Any, _context: Any, row: Any, _name: str) -> str:
    words = {CourtState.ACTIVE: _("open"), CourtState.SUSPENDED: _("suspended"), CourtState.CLOSED: _("closed")}
    return str(words[CourtState(row.state)])


def _names(column: Any, name: Any, ids: set[UUID | None]) -> dict[UUID, str]:
    rows = session().execute(select(column, name).where(column.in_(ids - {None})))
    return {row[0]: row[1] for row in rows}


class Courts(ShownList):
    lead = _l("Every court.")
    action = (_l("Open a court"), "operator.open_court")
    column_list = ("name", "slug", "code_prefix", "county", "region", "state", "created_at")
    column_labels = {  # noqa: RUF012 - Flask-Admin reads class attributes
        "name": _l("Court"),
        "slug": _l("Address"),
        "code_prefix": _l("Code prefix"),
        "county": _l("County"),
        "region": _l("State or territory"),
        "state": _l("Open?"),
        "created_at": _l("Since"),
    }
    column_default_sort = [("name", False), ("id", False)]  # noqa: RUF012 - as above
    column_searchable_list = ("name", "slug", "county")
    column_formatters = {"name": _court_link, "state": _state, "created_at": _instant}  # noqa: RUF012 - as above


def _module_link(view: Any, _context: Any, row: Any, _name: str) -> Markup:
    title = row.content.get("title", {}).get("en") or row.slug
    return Markup('<a href="{}">{}</a>').format(view.get_url("operator.module", slug=row.slug), escape(title))


def _module_status(_view: Any, _context: Any, row: Any, _name: str) -> str:
    whole = row.content.get("status") == "whole"
    return str(_("whole") if whole else _("outline: can not be required yet"))


class Curriculum(ShownList):
    lead = _l(
        "The module versions that people who begin today are given. Until its three approvers have signed a version "
        "off it is shown as demonstration content, and no court in production can require it."
    )
    action = (_l("Who signs off"), "operator.approvers")
    links = ((_l("Videos and recordings"), "operator.recordings"),)
    column_list = ("slug", "version", "status", "demonstration", "published_at")
    column_labels = {  # noqa: RUF012 - as above
        "slug": _l("Module"),
        "version": _l("Version"),
        "status": _l("State"),
        "demonstration": _l("Demonstration content"),
        "published_at": _l("Published"),
    }
    column_default_sort = [("slug", False), ("id", False)]  # noqa: RUF012 - as above
    column_sortable_list = ("slug", "version", "published_at")
    column_formatters = {  # noqa: RUF012 - as above
        "slug": _module_link,
        "status": _module_status,
        "demonstration": lambda _v, _c, row, _n: _("No") if row.id in g.signed_off else _("Yes"),
        "published_at": _instant,
    }

    def visible(self, query: Query[Any]) -> Query[Any]:
        current = select(CurriculumModule.current_version_id)
        return query.filter(CurriculumVersion.id.in_(current))

    def get_list(self, *args: Any, **options: Any) -> tuple[int | None, list[CurriculumVersion]]:
        """One page, with what is signed off of it at hand."""
        count, rows = super().get_list(*args, **options)
        g.signed_off = signed_off([row.id for row in rows])
        return count, rows


class Operators(ShownList):
    lead = _l("Who can sign in here. An operator is made from the command line: portal operator create.")
    column_list = ("display_name", "email", "created_at")
    column_labels = {  # noqa: RUF012 - as above
        "display_name": _l("Name"),
        "email": _l("Email"),
        "created_at": _l("Since"),
    }
    column_default_sort = [("email", False), ("id", False)]  # noqa: RUF012 - as above
    column_formatters = {"created_at": _instant}  # noqa: RUF012 - as above


class Log(ShownList):
    lead = _l("What operators did, newest first. What they did inside a court stands in that court's own audit too.")
    column_list = ("at", "action", "operator_id", "court_id", "detail")
    column_labels = {  # noqa: RUF012 - as above
        "at": _l("When"),
        "action": _l("What"),
        "operator_id": _l("Operator"),
        "court_id": _l("Court"),
        "detail": _l("Details"),
    }
    column_default_sort = [("at", True), ("id", True)]  # noqa: RUF012 - as above
    column_sortable_list = ("at",)
    column_formatters = {  # noqa: RUF012 - as above
        "at": _instant,
        "operator_id": lambda _v, _c, row, _n: g.operator_names.get(row.operator_id, ""),
        "court_id": lambda _v, _c, row, _n: g.court_names.get(row.court_id, ""),
        "action": lambda _v, _c, row, _n: log_words(row.action),
        "detail": lambda _v, _c, row, _n: detail_words(row.detail),
    }

    def get_list(self, *args: Any, **options: Any) -> tuple[int | None, list[PlatformAudit]]:
        """One page, with the names of its operators and courts at hand."""
        count, rows = super().get_list(*args, **options)
        g.operator_names = _names(Operator.id, Operator.display_name, {row.operator_id for row in rows})
        g.court_names = _names(Court.id, Court.name, {row.court_id for row in rows})
        return count, rows


def admin() -> Admin:
    """The lists, over the session of the process: in the console that is the platform role's."""
    found = Admin(name="Operator console", index_view=FirstPage(name=_l("First page"), url="/operator"))
    for view, model, name, title in (
        (Courts, Court, "courts", _l("Courts")),
        (Curriculum, CurriculumVersion, "curriculum", _l("Curriculum")),
        (Operators, Operator, "operators", _l("Operators")),
        (Log, PlatformAudit, "log", _l("Log")),
    ):
        found.add_view(view(model, db, name=title, endpoint=f"{guard.LISTS}{name}", url=f"/operator/{name}"))
    return found
