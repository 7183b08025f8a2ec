"""Forms of the reconciliation."""

from __future__ import annotations

from app.web.forms import PortalForm


class LookAgainForm(PortalForm):
    """Only the button."""
