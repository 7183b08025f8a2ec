"""A learner's own devices: the list, and signing one out."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.devices import lookups, services
from app.accounts.devices.rules import words_of
from app.accounts.pages import pages
from app.core.i18n import gettext as _
from app.permissions.permissions import Permission
from app.web import identity
from app.web.forms import PortalForm


@pages.get("/account/devices", permission=Permission.OWN_PROGRAM)
def devices() -> ResponseReturnValue:
    return render_template(
        "accounts/devices.html",
        devices=lookups.devices_for(identity.current_identity()),
        words=words_of,
        new_form=PortalForm,
    )


@pages.post("/account/devices/<uuid:device_id>/sign-out", permission=Permission.OWN_PROGRAM)
def sign_out_device(device_id: UUID) -> ResponseReturnValue:
    """Sent twice it has one effect: what is ended stays ended."""
    if services.sign_out_device(device_id, actor=identity.current_identity()):
        identity.end()
        flash(_("You are signed out on this device."), "success")
        return redirect(url_for("accounts.sign_in"))
    flash(_("That device is signed out. If you do not know it, change your password now."), "success")
    return redirect(url_for("accounts.devices"))
