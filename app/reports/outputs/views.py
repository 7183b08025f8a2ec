"""Downloads of a report in its other forms, and the schema of its data."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from flask import Response, current_app
from flask.typing import ResponseReturnValue

from app.core.audit import audit
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.permissions import Permission
from app.reports import lookups
from app.reports.outputs.files import make_output
from app.reports.outputs.published import SCHEMA_PATH, schema_file
from app.reports.pages import pages
from app.reports.render import RenderFailed
from app.reports.renderer import shared_renderer
from app.reports.snapshot import Snapshot
from app.web import errors
from app.web.identity import current_identity
from app.web.routing import Pages
from config import ROOT

schemas = Pages("schemas", __name__, court=False)


@pages.get("/reports/<uuid:report_id>/files/<form>", permission=Permission.REPORT_READ)
def report_output(report_id: UUID, form: str) -> ResponseReturnValue:
    """An issued report as a web page, table, data or courtesy copy, where the court's format has it."""
    identity = current_identity()
    row, enrollment = lookups.get_report_for(identity, report_id)
    if row.state in lookups.OPEN:
        raise NotFound
    snapshot = Snapshot.model_validate(row.snapshot)
    try:
        with in_language(row.language):
            made = make_output(
                snapshot,
                form,
                lambda text: str(_(text)),
                public_url=runtime().settings.public_url,
                renderer=shared_renderer,
                kept_copy=lambda: lookups.kept_copy(row),
            )
    except KeyError:
        raise NotFound from None
    except Missing:
        return errors.page(503, message=_("The file is not where it was put. Please tell the court's administrator."))
    except RenderFailed as failed:
        current_app.logger.error("a courtesy copy was not drawn: %s", failed.reason)
        return errors.page(503, message=_("The copy can not be made now. Please try again."))
    audit(
        "reports.read_file",
        actor=identity,
        subject=("report", row.id),
        case_id=enrollment.referral_id,
        new={"form": form},
    )
    answer = Response(made.content, content_type=made.content_type)
    answer.headers.set("Content-Disposition", "attachment", filename=made.name)
    return answer


@schemas.get(SCHEMA_PATH, public="what the data of reports means is no secret")
def report_schema() -> ResponseReturnValue:
    """The JSON Schema of the data of reports."""
    return Response(_schema(), content_type="application/schema+json")


@schemas.get("/schemas/report-1.json", public="what the data of reports means is no secret")
def earlier_report_schema() -> ResponseReturnValue:
    """The schema of files that were downloaded before disputes stood in them."""
    return Response(_earlier_schema(), content_type="application/schema+json")


@cache
def _earlier_schema() -> bytes:
    return (ROOT / "docs" / "schemas" / "report-1.json").read_bytes()


@cache
def _schema() -> bytes:
    return schema_file()
