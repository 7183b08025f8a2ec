"""The wizard that opens a court: three short pages, then all answers at once. Nothing is kept before the last button.

The answers travel with the form from page to page; each page is checked when it is left, all of them at the end.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Refused
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.court_admin.onboarding import (
    PRESETS,
    NewCourt,
    cleaned,
    faults,
    preset_title,
    suggested_prefix,
    suggested_slug,
)
from app.operator import guard
from app.operator.forms import OpenCourtForm
from app.operator.opening import open_from_console
from app.operator.pages import pages
from tenants.program import preset_names

STEPS: dict[str, tuple[LazyString, tuple[str, ...]]] = {
    "court": (_l("The court"), ("name", "court_type", "county", "region", "time_zone", "languages")),
    "rules": (_l("Address and starting rules"), ("slug", "code_prefix", "preset")),
    "administrator": (_l("First administrator"), ("administrator_name", "administrator_email")),
}
ORDER = (*STEPS, "check")
COUNTRY = ("America/", "Pacific/")
# Where nearly every court is: these stand first.
USUAL_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Pacific/Guam",
)


@cache
def _zones() -> list[str]:
    others = (zone for zone in available_timezones() if zone.startswith(COUNTRY) and zone not in USUAL_ZONES)
    return [*USUAL_ZONES, *sorted(others)]


@pages.route("/open-court", methods=["GET", "POST"])
def open_court() -> ResponseReturnValue:
    form = OpenCourtForm()
    form.time_zone.choices = [("", _("Choose")), *((zone, zone.replace("_", " ")) for zone in _zones())]
    form.preset.choices = [(name, preset_title(name)) for name in preset_names()]
    if request.method == "GET":
        return _page(form, "court")
    step = request.form.get("step", "")
    step = step if step in ORDER else "court"
    back = request.form.get("go", "")
    if back in STEPS:
        return _page(form, back)
    _suggest(form)
    return _finish(form) if step == "check" else _leave(form, step)


def _leave(form: OpenCourtForm, step: str) -> ResponseReturnValue:
    """On to the next page, unless something on this one is wrong."""
    if _mark(form, STEPS[step][1]):
        return _page(form, step, 422)
    return _page(form, ORDER[ORDER.index(step) + 1])


def _finish(form: OpenCourtForm) -> ResponseReturnValue:
    for step, (_title, fields) in STEPS.items():
        if _mark(form, fields):
            return _page(form, step, 422)
    try:
        court_id = open_from_console(_new(form), actor=guard.current_actor())
    except Refused as refused:
        form.show(refused)
        wrong = [step for step, (_title, fields) in STEPS.items() if refused.field in fields]
        return _page(form, wrong[0] if wrong else "check", 422)
    flash(_("The court is open. Its first administrator gets the invitation by mail in a moment."), "success")
    return redirect(url_for("operator.court", court_id=court_id), 303)


def _mark(form: OpenCourtForm, fields: tuple[str, ...]) -> bool:
    """Put what is wrong at its field; whether anything is."""
    found = {name: words for name, words in faults(_new(form)).items() if name in fields}
    for name, words in found.items():
        form.show(Refused(words, name))
    return bool(found)


def _new(form: OpenCourtForm) -> NewCourt:
    names = [name for _title, fields in STEPS.values() for name in fields]
    values: dict[str, Any] = {name: form[name].data or "" for name in names}
    return cleaned(**{**values, "languages": tuple(form.languages.data or ())})


def _suggest(form: OpenCourtForm) -> None:
    """An address and a prefix made from the name, where none was typed yet and the page with them is still to come."""
    if request.form.get("step") != "court":
        return
    name = form.name.data or ""
    if not form.slug.data:
        form.slug.data = suggested_slug(name)
    if not form.code_prefix.data:
        form.code_prefix.data = suggested_prefix(name)


def _page(form: OpenCourtForm, step: str, status: int = 200) -> ResponseReturnValue:
    shown = STEPS[step][1] if step in STEPS else ()
    page = render_template(
        "operator/open_court.html",
        form=form,
        step=step,
        number=ORDER.index(step) + 1,
        count=len(ORDER),
        steps=STEPS,
        shown=shown,
        presets=PRESETS,
    )
    return page, status
