"""Pages of who stands in for whom."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases.form_parts import given
from app.cases.lookups import who_can_supervise
from app.cases.moving import lookups, services
from app.cases.moving.forms import CoverForm
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity, Role
from app.permissions.permissions import Permission
from app.web.forms import PortalForm
from app.web.identity import current_identity
from app.web.routing import Pages
from app.web.templating import court_time_zone
from tenants.database import transaction

pages = Pages("moving", __name__)
P = Permission


@pages.get("/covers", permission=P.COVER_ARRANGE)
def covers() -> ResponseReturnValue:
    identity = current_identity()
    ahead, over = lookups.covers(identity)
    return render_template(
        "moving/covers.html",
        ahead=ahead,
        over=over,
        me=identity.id,
        form=PortalForm(),
    )


@pages.route("/covers/new", methods=["GET", "POST"], permission=P.COVER_ARRANGE)
def new_cover() -> ResponseReturnValue:
    identity = current_identity()
    form = CoverForm()
    form.offer(who_can_supervise(), _only(identity))
    if form.validate_on_submit():
        try:
            with transaction():
                claim = form.claim("cases.arrange_cover")
                if claim.first:
                    made = services.arrange_cover(
                        UUID(form.officer_id.data),
                        UUID(form.cover_id.data),
                        given(form.first_day),
                        given(form.last_day),
                        time_zone=court_time_zone(),
                        actor=identity,
                    )
                    claim.finish(made.id)
            flash(_("It is arranged. Both were told."), "success")
            return redirect(url_for("moving.covers"))
        except Refused as refused:
            form.show(refused)
    return render_template("moving/new_cover.html", form=form), (422 if form.errors else 200)


def _only(identity: Identity) -> UUID | None:
    return identity.id if identity.as_role is Role.OFFICER else None


@pages.post("/covers/<uuid:cover_id>/end", permission=P.COVER_ARRANGE)
def end_cover(cover_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    found = lookups.get_cover_for(identity, cover_id)
    form = PortalForm()
    if form.validate_on_submit():
        with transaction():
            if form.claim("cases.end_cover").first:
                services.end_cover(found.id, actor=identity)
        flash(_("It has ended. Both were told."), "success")
    return redirect(url_for("moving.covers"))
