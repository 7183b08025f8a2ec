"""The hearings of a day, and their packet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.lookups import Reach, reach_of
from app.core import clock
from app.core.errors import NotFound
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.lists.lookups import ISSUED, OPEN, newest_packet, parts_of
from app.reports.lists.models import ListReport
from app.reports.packets.forms import MakePacketForm
from app.reports.packets.lookups import Seat, calendar_of, hearing_days
from app.reports.packets.services import request_packet
from app.reports.pages import pages
from app.reports.words import FAILURE_WORDS, KIND_WORDS, STATE_TONES, STATE_WORDS
from app.web.identity import current_identity
from app.web.links import link
from app.web.templating import court_time_zone
from tenants.database import transaction

AHEAD = timedelta(days=31)
WORDS = {"kind_words": KIND_WORDS, "state_words": STATE_WORDS, "state_tones": STATE_TONES}


@pages.get("/hearings", permission=Permission.CASELOAD_READ)
def hearings() -> ResponseReturnValue:
    """Who is heard on a day (?day=2027-02-10, without it today), and the packet with their reports."""
    identity = current_identity()
    whose, today = _whose(identity), clock.today(court_time_zone())
    day = _day(request.args.get("day", ""), today)
    seats = calendar_of(day, reach_of(identity), identity.id)
    packet = newest_packet(day, whose)
    return render_template(
        "reports_pages/hearings.html",
        day=day,
        today=today,
        tomorrow=today + timedelta(days=1),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        ahead=[one for one in hearing_days(today, today + AHEAD) if whose is None],
        seats=seats,
        case_url=lambda seat: link("caseload.case", enrollment_id=seat.enrollment_id),
        packet=packet,
        failure=FAILURE_WORDS.get(packet.error, FAILURE_WORDS["unknown"]) if packet else "",
        being_made=packet is not None and packet.state in OPEN,
        changed=packet is not None and packet.state in ISSUED and _changed(packet, seats),
        parts=_parts(packet),
        form=MakePacketForm(formdata=None, day=day.isoformat())
        if seats and may(identity, Permission.REPORT_REQUEST)
        else None,
        **WORDS,
    )


@pages.post("/hearings", permission=Permission.REPORT_REQUEST)
def make_packet() -> ResponseReturnValue:
    """Have the packet of a day made of what is true now."""
    identity = current_identity()
    whose, form = _whose(identity), MakePacketForm()
    wanted = _day(form.day.data or "", clock.today(court_time_zone()))
    if form.validate_on_submit():
        with transaction():
            claim = form.claim("reports.make_packet")
            if claim.first:
                claim.finish(request_packet(wanted, whose, actor=identity).id)
        return redirect(url_for("reports.list_report", list_id=claim.result_id))
    return redirect(url_for("reports.hearings", day=wanted.isoformat()))


def _whose(identity: Identity) -> UUID | None:
    """Whose packet somebody works with: an officer's own, everybody else's is the court's. Raises NotFound."""
    reach = reach_of(identity)
    if reach not in (Reach.WHOLE_COURT, Reach.CASELOAD):
        raise NotFound
    return identity.id if reach is Reach.CASELOAD else None


def _day(text: str, otherwise: date) -> date:
    """The day that was asked for, as 2027-02-10."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def _changed(packet: ListReport, seats: Sequence[Seat]) -> bool:
    """Whether others are heard by now, or in another order."""
    return [person.enrollment_id for person, _part in parts_of(packet.id)] != [one.enrollment_id for one in seats]


def _parts(packet: ListReport | None) -> dict[UUID, object]:
    """The report of each person in the packet."""
    return {person.enrollment_id: part for person, part in parts_of(packet.id)} if packet is not None else {}
