"""The form that asks for a packet."""

from __future__ import annotations

from wtforms import HiddenField

from app.web.forms import PortalForm


class MakePacketForm(PortalForm):
    """The button that has the packet of a day (as 2027-02-10) made, or made anew."""

    day = HiddenField()
