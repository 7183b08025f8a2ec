"""The modules that people of this court take: their versions, and how many are in the middle of which."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.court_admin.lookups import module_uses
from app.court_admin.pages import pages
from app.permissions.permissions import Permission
from tenants.rules import rules_in_force


@pages.get("/program-rules/modules", permission=Permission.RULES_READ)
def module_versions() -> ResponseReturnValue:
    """Every module that is written, or that the rules name."""
    _row, document = rules_in_force()
    asked = {module.slug: module.required for module in document.coursework.modules}
    shown = [one for one in module_uses() if one.module.ready or one.module.slug in asked]
    return render_template("court_admin/module_versions.html", modules=shown, asked=asked)
