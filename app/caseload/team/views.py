"""The supervisor's page: the court's officers and its program in numbers, and each table for a spreadsheet."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.caseload.team.forms import AskForm
from app.caseload.team.lookups import Asked, member_asked, named, officers
from app.caseload.team.tables import Team
from app.core import clock
from app.core.csv_files import CSV_TYPE, csv_file
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import court_time_zone

pages = Pages("team", __name__)


def _form() -> tuple[AskForm, dict[UUID, str], UUID | str | None]:
    """What the address asks for, who can have cases, and whose cases are asked for. Raises NotFound for strangers."""
    staff = officers()
    form = AskForm(request.args)
    form.offer(staff)
    return form, staff, member_asked(form.officer.data or "", staff)


def _whose(officer: UUID | str | None, staff: dict[UUID, str]) -> str:
    if officer is None:
        return ""
    return named(staff, [officer])[officer] if isinstance(officer, UUID) else str(_("No officer"))


@pages.get("/team", permission=Permission.TEAM_READ)
def team() -> ResponseReturnValue:
    zone = court_time_zone()
    form, staff, officer = _form()
    if not form.validate():
        return render_template("caseload/team.html", form=form, tables=[]), 422
    period = form.period(clock.today(zone))
    tables = Team(current_identity(), Asked(period, zone, officer), staff).tables()
    return render_template(
        "caseload/team.html",
        form=form,
        tables=tables,
        period=period,
        whose=_whose(officer, staff),
        csv_urls={one.key: url_for("team.table_csv", team_table=one.key, **form.asked()) for one in tables},
    )


@pages.get("/team/<team_table>.csv", permission=Permission.TEAM_READ)
def table_csv(team_table: str) -> ResponseReturnValue:
    """One table of the page. It names members of the staff and counts the rest: nothing of a participant is in it."""
    zone = court_time_zone()
    form, staff, officer = _form()
    if not form.validate():
        raise NotFound
    period = form.period(clock.today(zone))
    found = Team(current_identity(), Asked(period, zone, officer), staff).table(team_table)
    if found is None:
        raise NotFound
    answer = Response(csv_file([found.columns, *found.rows]), content_type=CSV_TYPE)
    name = f"{found.key}-{period.first}-{period.last}.csv"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
