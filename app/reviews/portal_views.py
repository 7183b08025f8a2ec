"""The facilitators' one queue over all their courts, and its sign-in. No court is at work until an item is opened."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.accounts.forms import CodeForm, StaffSignInForm
from app.concerns.pages import concern_page
from app.core import clock
from app.core.errors import NotFound, Refused, TooMany
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.permissions.identity import Identity
from app.permissions.permissions import Permission
from app.reviews import doors, services
from app.reviews.doors import Grant
from app.reviews.flag_pages import OwnRow, lead_page, own_rows
from app.reviews.limits import read_today
from app.reviews.models import ReviewItem
from app.reviews.pages import (
    ShownRow,
    Way,
    concern_page_of,
    filter_words,
    flag_page,
    item_page,
    next_url,
    participant,
    taken_words,
    wanted_from_address,
)
from app.reviews.queue import PAGE, Place, Wanted, narrowed
from app.reviews.rules import Kind
from app.reviews.words import kind_words, language_words, wait_words
from app.web import identity
from app.web.forms import PortalForm
from app.web.hooks import safe_next
from app.web.routing import Pages
from tenants.database import acting_as, as_reviewer

pages = Pages("reviewers", __name__, court=False)

WAY_IN = "the facilitators' way in"
KINDS = [kind for kind in Kind if kind is not Kind.FLAG]


@dataclass(frozen=True)
class Found:
    """An item that the reviewer may open, and the grant by which."""

    item: ReviewItem
    grant: Grant


# --- signing in ----------------------------------------------------------------------------------------------------


@pages.route("/review/sign-in", methods=["GET", "POST"], public=WAY_IN)
def sign_in() -> ResponseReturnValue:
    if request.method == "GET" and identity.current_identity().fully_signed_in:
        return redirect(url_for("reviewers.queue"))
    form = StaffSignInForm()
    form.next.data = form.next.data or request.args.get("next")
    if form.validate_on_submit():
        address = request.remote_addr or ""
        try:
            token = doors.sign_in(email=form.email.data, password=form.password.data, address=address)
        except TooMany as error:
            return _slowed(form, error, "reviewers/sign_in.html")
        if token is not None:
            _enter(token)
            return redirect(url_for("reviewers.second_factor", next=safe_next(form.next.data)))
        form.form_errors.append(_("The email address or the password is not right. Check both and try again."))
    return render_template("reviewers/sign_in.html", form=form), (422 if form.errors else 200)


@pages.route(
    "/review/second-factor", methods=["GET", "POST"], permission=Permission.SIGNED_IN, before_second_factor=True
)
def second_factor() -> ResponseReturnValue:
    if request.method == "GET" and identity.current_identity().fully_signed_in:
        return redirect(url_for("reviewers.queue"))
    token, form = identity.current_token(), CodeForm()
    if doors.needs_set_up(token):
        return render_template("reviewers/no_second_factor.html", grants=doors.grants(token))
    form.next.data = form.next.data or request.args.get("next")
    if form.validate_on_submit():
        try:
            fresh = doors.give_second_factor(token, code=form.code.data, address=request.remote_addr or "")
        except TooMany as error:
            return _slowed(form, error, "reviewers/second_factor.html")
        except Refused as refused:
            form.show(refused)
        else:
            _enter(fresh)
            return redirect(safe_next(form.next.data) or url_for("reviewers.queue"))
    return render_template("reviewers/second_factor.html", form=form), (422 if form.errors else 200)


@pages.post("/review/sign-out", permission=Permission.SIGNED_IN, before_second_factor=True)
def sign_out() -> ResponseReturnValue:
    doors.end(identity.current_token())
    identity.end()
    return redirect(url_for("reviewers.sign_in"))


def _enter(token: str) -> None:
    """Make `token` this browser's sign-in; whatever it had before is over, on the server too."""
    if before := identity.current_token():
        doors.end(before)
    found = doors.load_identity(token)
    if found is not None:
        identity.begin(token, found)


def _slowed(form: PortalForm, error: TooMany, template: str) -> Response:
    minutes = max(1, math.ceil(error.retry_after / 60))
    form.form_errors.append(
        ngettext(
            "There were many tries in a short time, so we are slowing things down. Try again in %(num)s minute.",
            "There were many tries in a short time, so we are slowing things down. Try again in %(num)s minutes.",
            minutes,
        )
    )
    response = make_response(render_template(template, form=form), 429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


# --- the queue -------------------------------------------------------------------------------------------------------


@pages.get("/review/", permission=Permission.REFLECTION_REVIEW)
def queue() -> ResponseReturnValue:
    token = identity.current_token()
    places = {grant.court_id: grant for grant in doors.grants(token)}
    wanted = wanted_from_address(KINDS)
    rows, after = _listed(token, wanted)
    now = clock.now()
    shown = [
        ShownRow(
            who=participant(item.pseudonym),
            url=url_for("reviewers.item", item_id=item.id),
            kind=kind_words(item.kind),
            language=language_words(item.language),
            wait=wait_words(item.waiting_since, now),
            taken=taken_words(item, places[item.court_id].membership_id, "", places[item.court_id].time_zone),
            court=places[item.court_id].name,
        )
        for item in rows
        if item.court_id in places
    ]
    return render_template(
        "reviewers/queue.html",
        rows=shown,
        courts=list(places.values()),
        next_url=next_url(url_for("reviewers.queue"), wanted, after),
        take_form=PortalForm(),
        take_url=url_for("reviewers.take_next"),
        base_url=url_for("reviewers.queue"),
        leads=any(one.lead for one in places.values()),
        **filter_words(KINDS, wanted),
    )


# --- what was flagged ------------------------------------------------------------------------------------------------


@pages.get("/review/flagged", permission=Permission.REFLECTION_REVIEW)
def flagged() -> ResponseReturnValue:
    """For a lead facilitator: what others flagged at the courts that the lead looks after."""
    token = identity.current_token()
    places = {grant.court_id: grant for grant in doors.grants(token) if grant.lead}
    if not places:
        raise NotFound
    wanted = replace(wanted_from_address(()), kind=Kind.FLAG)
    rows, after = _listed(token, wanted)
    now = clock.now()
    shown = [
        ShownRow(
            who=participant(item.pseudonym),
            url=url_for("reviewers.lead_flag", item_id=item.id),
            kind=kind_words(item.kind),
            language=language_words(item.language),
            wait=wait_words(item.waiting_since, now),
            taken="",
            court=places[item.court_id].name,
        )
        for item in rows
        if item.court_id in places
    ]
    more = next_url(url_for("reviewers.flagged"), replace(wanted, kind=None), after)
    return render_template("reviewers/flagged.html", rows=shown, next_url=more)


@pages.route("/review/flagged/<uuid:item_id>", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW)
def lead_flag(item_id: UUID) -> ResponseReturnValue:
    """One flag: the lead answers whoever raised it, or passes it on to the court."""
    found = _found(item_id, flags=True)
    with _at(found.grant) as me:
        return lead_page(me, found.item.subject_id, back=url_for("reviewers.flagged"))


@pages.get("/review/my-flags", permission=Permission.REFLECTION_REVIEW)
def my_flags() -> ResponseReturnValue:
    """What the reviewer flagged, court by court, and what was answered."""
    rows: list[OwnRow] = []
    for grant in doors.grants(identity.current_token()):
        with _at(grant) as me:
            rows += own_rows(me, grant.name)
    return render_template("reviews/my_flags.html", rows=rows, queue=url_for("reviewers.queue"))


def _listed(token: str, wanted: Wanted) -> tuple[list[ReviewItem], Place | None]:
    """A page of what waits over the reviewer's courts: the database shows those of the grants and no others."""
    with as_reviewer(doors.digest(token)) as current:
        found = list(current.scalars(narrowed(select(ReviewItem), wanted).limit(PAGE + 1)))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], Place(last.waiting_since, last.id) if last is not None else None


@pages.post("/review/next", permission=Permission.REFLECTION_REVIEW)
def take_next() -> ResponseReturnValue:
    """Take the item that has waited longest of those that nobody has, at whichever court."""
    token, after = identity.current_token(), None
    if not PortalForm().validate_on_submit():
        return redirect(url_for("reviewers.queue"), 303)
    places = {grant.court_id: grant for grant in doors.grants(token)}
    for _page in range(20):
        rows, after = _listed(token, Wanted(after=after))
        for item in (one for one in rows if one.court_id in places):
            with _at(places[item.court_id]) as me:
                try:
                    taken = services.take(Kind(item.kind), item.subject_id, actor=me)
                except NotFound:  # decided meanwhile
                    continue
            if taken:
                return redirect(url_for("reviewers.item", item_id=item.id), 303)
        if after is None:
            break
    flash(_("Nothing is free just now."), "info")
    return redirect(url_for("reviewers.queue"), 303)


@pages.route("/review/item/<uuid:item_id>", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW)
def item(item_id: UUID) -> ResponseReturnValue:
    found = _found(item_id)
    elsewhere = _read_elsewhere(found.grant)
    with _at(found.grant) as me:
        kind, subject = Kind(found.item.kind), found.item.subject_id
        return item_page(me, kind, subject, _way(item_id), zone=found.grant.time_zone, elsewhere=elsewhere)


@pages.route("/review/item/<uuid:item_id>/flag", methods=["GET", "POST"], permission=Permission.REFLECTION_REVIEW)
def flag(item_id: UUID) -> ResponseReturnValue:
    found = _found(item_id)
    with _at(found.grant) as me:
        return flag_page(me, Kind(found.item.kind), found.item.subject_id, _way(item_id))


@pages.route("/review/item/<uuid:item_id>/concern", methods=["GET", "POST"], permission=Permission.CONCERN_RAISE)
def raise_concern(item_id: UUID) -> ResponseReturnValue:
    found = _found(item_id)

    def answer(concern_id: UUID) -> str:
        return url_for("reviewers.concern", court_id=found.grant.court_id, concern_id=concern_id)

    with _at(found.grant) as me:
        kind, subject = Kind(found.item.kind), found.item.subject_id
        return concern_page_of(me, kind, subject, _way(item_id), answer=answer)


@pages.route(
    "/review/court/<uuid:court_id>/concern/<uuid:concern_id>",
    methods=["GET", "POST"],
    permission=Permission.CONCERN_READ,
)
def concern(court_id: UUID, concern_id: UUID) -> ResponseReturnValue:
    """A concern that the reviewer raised, also when the item waits no more."""
    grant = next((one for one in doors.grants(identity.current_token()) if one.court_id == court_id), None)
    if grant is None:
        raise NotFound
    with _at(grant) as me:
        here = url_for("reviewers.concern", court_id=court_id, concern_id=concern_id)
        return concern_page(me, concern_id, back=url_for("reviewers.queue"), here=here)


def _way(item_id: UUID) -> Way:
    return Way(
        queue=url_for("reviewers.queue"),
        item=url_for("reviewers.item", item_id=item_id),
        flag=url_for("reviewers.flag", item_id=item_id),
        concern=url_for("reviewers.raise_concern", item_id=item_id),
    )


def _found(item_id: UUID, *, flags: bool = False) -> Found:
    """One item that a grant of the reviewer shows: a flag, or anything else. Raises NotFound."""
    token = identity.current_token()
    with as_reviewer(doors.digest(token)) as current:
        row = current.scalar(select(ReviewItem).where(ReviewItem.id == item_id))
    grant = next((one for one in doors.grants(token) if row is not None and one.court_id == row.court_id), None)
    if row is None or grant is None or (row.kind == Kind.FLAG) is not flags:
        raise NotFound
    return Found(row, grant)


@contextmanager
def _at(grant: Grant) -> Iterator[Identity]:
    """Work at one court as the member of its staff that the reviewer is there; times are that court's."""
    g.time_zone = grant.time_zone
    with acting_as(grant.court_id):
        yield doors.identity_at(grant, address=request.remote_addr or "")


def _read_elsewhere(but: Grant) -> int:
    """How many texts the reviewer has opened today at the other courts."""
    total = 0
    for grant in doors.grants(identity.current_token()):
        if grant.court_id != but.court_id:
            with acting_as(grant.court_id):
                total += read_today(grant.membership_id)
    return total
