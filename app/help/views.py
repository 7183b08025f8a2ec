"""Help pages: for everybody, before the sign-in too, with the court's address and without."""

from __future__ import annotations

from flask import abort, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.help.audiences import BY_KEY, OF_ROLE, Audience, topics_of
from app.help.guides import GUIDES, make_guide
from app.permissions.identity import Role
from app.reports.archive import NotArchivableError
from app.reports.render import RenderFailed
from app.web import errors
from app.web.cookies import request_court
from app.web.identity import current_identity
from app.web.navigation import help_anchor, nav_items
from app.web.routing import Pages
from app.web.templating import shown_court

pages = Pages("help", __name__)
anywhere = Pages("help_anywhere", __name__, court=False)

EVERYBODY = "help is for everybody, and before the sign-in above all"


@pages.get("/help", public=EVERYBODY)
@anywhere.get("/help", public=EVERYBODY)
def home() -> ResponseReturnValue:
    """Help for the reader's own role; for participants where nobody is signed in."""
    return _shown(OF_ROLE.get(current_identity().role, OF_ROLE[Role.LEARNER]))


@pages.get("/help/<audience>", public=EVERYBODY)
@anywhere.get("/help/<audience>", public=EVERYBODY)
def page(audience: str) -> ResponseReturnValue:
    """Help for a role."""
    chosen = BY_KEY.get(audience)
    return abort(404) if chosen is None else _shown(chosen)


def _shown(audience: Audience) -> ResponseReturnValue:
    open_to_reader = {item.endpoint: item.url for item in nav_items()} if current_identity().fully_signed_in else {}
    here = "help" if request_court() is not None else "help_anywhere"
    return render_template(
        "help/help.html",
        audience=audience,
        topics=topics_of(audience),
        others=[(one.label, url_for(f"{here}.page", audience=one.key), one is audience) for one in BY_KEY.values()],
        urls=open_to_reader,
        anchor=help_anchor,
        guides=[(words, name) for name, (words, _roles) in GUIDES.items()] if request_court() is not None else [],
        languages_of_guides=[(code, LANGUAGES[code]) for code in LANGUAGES],
    )


@pages.get("/help/guide/<guide_name>/<language>.pdf", public=EVERYBODY)
def guide(guide_name: str, language: str) -> ResponseReturnValue:
    """A guide to print, with the court's own address on it."""
    court = request_court()
    if court is None or guide_name not in GUIDES or language not in LANGUAGES:
        return abort(404)
    try:
        pdf = make_guide(guide_name, shown_court(court), language)
    except (RenderFailed, NotArchivableError):
        return errors.page(503, message=_("The guide can not be made right now. Try again in a minute."))
    answer = make_response(pdf)
    answer.mimetype = "application/pdf"
    answer.headers.set("Content-Disposition", "inline", filename=f"guide-{guide_name}-{language}.pdf")
    return answer
