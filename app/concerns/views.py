"""Concerns at one court: raising one from a case, the list, and one of them."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import get_enrollment_for
from app.concerns.lookups import concerns_for, sees_all
from app.concerns.pages import concern_page, raise_page
from app.concerns.rules import Danger, Place, is_closed, is_seen
from app.concerns.words import DANGER_WORDS
from app.permissions.permissions import Permission
from app.web.identity import current_identity
from app.web.links import link
from app.web.routing import Pages

pages = Pages("concerns", __name__)


@pages.get("/concerns", permission=Permission.CONCERN_READ)
def listed() -> ResponseReturnValue:
    identity = current_identity()
    rows = [
        {
            "id": concern.id,
            "kind": DANGER_WORDS[Danger(concern.kind)],
            "at": concern.raised_at,
            "closed": is_closed(steps),
            "seen": is_seen(steps),
        }
        for concern, steps in concerns_for(identity)
    ]
    return render_template("concerns/concerns.html", rows=rows, all=sees_all(identity))


@pages.route("/concerns/<uuid:concern_id>", methods=["GET", "POST"], permission=Permission.CONCERN_READ)
def concern(concern_id: UUID) -> ResponseReturnValue:
    here = url_for("concerns.concern", concern_id=concern_id)
    return concern_page(current_identity(), concern_id, back=url_for("concerns.listed"), here=here)


@pages.route("/cases/<uuid:enrollment_id>/concern", methods=["GET", "POST"], permission=Permission.CASE_READ)
def raise_about_case(enrollment_id: UUID) -> ResponseReturnValue:
    identity = current_identity()
    enrollment = get_enrollment_for(identity, enrollment_id)
    return raise_page(
        identity,
        enrollment.id,
        who=enrollment.referral.person.full_name,
        place=Place.CASE,
        back=link("caseload.case", enrollment_id=enrollment_id) or url_for("front.court_home"),
        answer=lambda made: url_for("concerns.concern", concern_id=made),
    )
