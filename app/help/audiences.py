"""For whom help is written, and which topics each gets: those of the places that the role may open."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.help.topic import Topic
from app.help.topics import FOR_ALL, SIGNING_IN, STAFF_SIGNING_IN, topics_by_place
from app.permissions.identity import Role
from app.permissions.permissions import GRANTS
from app.web.navigation import NAVIGATION


@dataclass(frozen=True)
class Audience:
    """`key` stands in the address of the page."""

    key: str
    role: Role
    label: LazyString


AUDIENCES = (
    Audience("participant", Role.LEARNER, _("Participants")),
    Audience("counsel", Role.COUNSEL, _("Defense lawyers")),
    Audience("officer", Role.OFFICER, _("Probation officers")),
    Audience("supervisor", Role.SUPERVISOR, _("Supervisors")),
    Audience("clerk", Role.CLERK, _("Clerks")),
    Audience("administrator", Role.ADMINISTRATOR, _("Court administrators")),
    Audience("judge", Role.JUDGE, _("Judges")),
    Audience("diversion-unit", Role.PROSECUTOR, _("Diversion units")),
    Audience("facilitator", Role.FACILITATOR, _("Facilitators")),
)
OF_ROLE: dict[str, Audience] = {audience.role: audience for audience in AUDIENCES}
BY_KEY = {audience.key: audience for audience in AUDIENCES}


def topics_of(audience: Audience) -> list[Topic]:
    """In the order of the role's menu, after how one gets in."""
    known = topics_by_place()
    granted = GRANTS[audience.role]
    menu = [item.endpoint for item in NAVIGATION if item.permission is not None and item.permission in granted]
    found = [known[place] for place in menu if place in known]
    learner = audience.role is Role.LEARNER
    if learner:  # no item of the menu, but a thing that participants look for
        found.insert(1, known["lawyer"])
    return [SIGNING_IN if learner else STAFF_SIGNING_IN, *found]


def unexplained() -> list[str]:
    """Items of the menu without a topic. Must be empty."""
    known = {place for topic in (*topics_by_place().values(), *FOR_ALL) for place in topic.places}
    return [item.endpoint for item in NAVIGATION if item.endpoint not in known]
