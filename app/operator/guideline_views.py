"""Pages about the federal poverty guidelines."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.court_admin.questions import printable
from app.operator import guard, guidelines
from app.operator.pages import pages
from app.payments.forms import DollarsField
from app.payments.waiving.computing import REGION_WORDS
from app.web.forms import DatePartsField, DateRequired, PortalForm

WHOLE_DOLLARS = _l("Enter whole dollars, as the notice states them.")


class WholeDollarsField(DollarsField):
    """An amount as the notice states it; one with cents is refused later (guidelines.add_year), in the same words."""

    fault = WHOLE_DOLLARS


def _amount(label: object) -> DollarsField:
    return WholeDollarsField(label, validators=[InputRequired(WHOLE_DOLLARS)])


class GuidelineForm(PortalForm):
    """One year's figures, as they stand in the notice."""

    effective = DatePartsField(_l("In force from"), validators=[DateRequired()])
    base_contiguous = _amount(_l("48 states and D.C.: one person"))
    person_contiguous = _amount(_l("48 states and D.C.: each further person"))
    base_alaska = _amount(_l("Alaska: one person"))
    person_alaska = _amount(_l("Alaska: each further person"))
    base_hawaii = _amount(_l("Hawaii: one person"))
    person_hawaii = _amount(_l("Hawaii: each further person"))
    source = StringField(
        _l("Number of the notice in the Federal Register"),
        filters=[printable],
        validators=[InputRequired(_l("Enter where the figures stand.")), Length(max=200)],
    )

    def amounts(self) -> dict[str, tuple[int, int]]:
        return {
            region: (self[f"base_{region}"].cents or 0, self[f"person_{region}"].cents or 0)
            for region in guidelines.REGIONS
        }


@pages.get("/guidelines")
def guideline_list() -> ResponseReturnValue:
    return render_template("operator/guidelines.html", rows=guidelines.known_rows(), region_words=REGION_WORDS)


@pages.route("/guidelines/add", methods=["GET", "POST"])
def add_guideline() -> ResponseReturnValue:
    form = GuidelineForm()
    if form.validate_on_submit() and form.effective.data is not None:
        try:
            guidelines.add_year(
                form.effective.data, form.amounts(), source=form.source.data, actor=guard.current_actor()
            )
        except Refused as refused:
            form.show(refused)
        else:
            flash(_("Added. Every court works with it within a minute, from that day on."), "success")
            return redirect(url_for("operator.guideline_list"), 303)
    return render_template("operator/add_guideline.html", form=form), 422 if form.errors else 200
