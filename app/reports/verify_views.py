"""Verifying a document: public, for whoever holds the paper or the file, also when the court is closed.

Nothing is counted on a GET: a token has 256 random bits, which nobody guesses. Numbers follow each other, so asking by
number is counted, and tells nothing of a person; files are counted for the work that they cause.
"""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import limits
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.limits import Limit
from app.reports import lookups
from app.reports.check_code import is_code_of
from app.reports.forms import VerifyFileForm, VerifyForm
from app.reports.lists.models import ListReport
from app.reports.models import Report
from app.reports.pages import pages
from app.reports.verifying import FileVerdict, Standing, facts_of, standing_of, verify_file
from app.reports.words import KIND_WORDS, SEAL_WORDS
from app.web.cookies import request_court
from app.web.identity import current_identity
from tenants.resolve import ResolvedCourt

WHY = "whoever holds a document may ask the court whether it is genuine"
NUMBERS = Limit("verify-number", tries=30, window=timedelta(minutes=15))
FILES = Limit("verify-file", tries=20, window=timedelta(minutes=15))
SAMPLE = "sample"  # stands for the token on papers about nobody


@pages.get("/verify", public=WHY, closed_court=True)
def verify_start() -> ResponseReturnValue:
    return render_template("reports_pages/verify.html", form=VerifyForm(), file_form=VerifyFileForm())


@pages.post("/verify", public=WHY, closed_court=True)
def verify_typed() -> ResponseReturnValue:
    """A number or an address, typed from the paper. The number stays out of the page's address."""
    form = VerifyForm()
    if not form.validate_on_submit():
        return render_template("reports_pages/verify.html", form=form, file_form=VerifyFileForm(formdata=None)), 422
    typed = form.reference.data.strip().rstrip("/").rpartition("/")[2]
    if lookups.TOKEN.fullmatch(typed):
        return redirect(url_for("reports.verify", token=typed))
    if typed.lower() == SAMPLE:
        return redirect(url_for("reports.verify_sample"))
    address = limits.place_of(current_identity().address)
    limits.check(NUMBERS, address)
    limits.count(NUMBERS, address)
    number = typed.upper()
    found = lookups.find_by_number(number) if lookups.NUMBER.fullmatch(number) else None
    code = form.code.data or ""
    if code and (found is None or not is_code_of(code, found.snapshot["verify_url"])):
        # Which of the two was wrong is not said: whoever guesses codes learns nothing of the number.
        form.code.errors = [_("No document of this court has this number and this code. Check each character.")]
        return render_template("reports_pages/verify.html", form=form, file_form=VerifyFileForm(formdata=None)), 422
    return _answer(found, with_person=bool(code))


@pages.post("/verify/file", public=WHY, closed_court=True)
def verify_any_file() -> ResponseReturnValue:
    """A file alone: its digest finds the document."""
    form = VerifyFileForm()
    verdict = _verdict(form)
    if verdict is None:
        return render_template("reports_pages/verify.html", form=VerifyForm(formdata=None), file_form=form), 422
    return _answer(verdict.report, with_person=True, verdict=verdict)


@pages.get(f"/verify/{SAMPLE}", public=WHY, closed_court=True)
def verify_sample() -> ResponseReturnValue:
    """Where the code on a sample of the court's documents leads."""
    return render_template("reports_pages/sample.html", court=_court())


@pages.route("/verify/<token>", methods=["GET", "POST"], public=WHY, closed_court=True)
def verify(token: str) -> ResponseReturnValue:
    """The page behind the QR code. A file sent here is compared with this one document."""
    found = lookups.find_by_token(token)
    form = VerifyFileForm()
    if not form.is_submitted():
        return _answer(found, with_person=True)
    verdict = _verdict(form)
    if verdict is None:
        return _answer(found, with_person=True, file_form=form)
    if verdict.exact and (found is None or verdict.report is None or verdict.report.id != found.id):
        return _answer(found, with_person=True, verdict=verdict, other=True)
    return _answer(found, with_person=True, verdict=verdict)


def _verdict(form: VerifyFileForm) -> FileVerdict | None:
    """What is known of the sent file; None, with the reason at the field, when there is none."""
    form.validate_on_submit()
    content = form.content()
    if not content:
        return None
    address = limits.place_of(current_identity().address)
    limits.check(FILES, address)
    limits.count(FILES, address)
    return verify_file(content)


def _answer(
    report: Report | ListReport | None,
    *,
    with_person: bool,
    verdict: FileVerdict | None = None,
    other: bool = False,
    file_form: VerifyFileForm | None = None,
) -> ResponseReturnValue:
    """One page for every answer. `other`: the file is a genuine one, of another document."""
    standing = standing_of(report)
    page = render_template(
        "reports_pages/verified.html",
        standing=standing,
        facts=facts_of(report, with_person=with_person) if report is not None else None,
        ended_on=report.ended_at if isinstance(report, Report) else None,
        corrected=isinstance(report, Report) and lookups.was_corrected(report),
        verdict=verdict,
        other=other,
        seal_words=SEAL_WORDS,
        kind_words=KIND_WORDS,
        court=_court(),
        # A file sent from a document's own page is compared with that document.
        compare=report is not None and with_person and request.endpoint == "reports.verify",
        file_form=file_form or VerifyFileForm(formdata=None),
    )
    return page, (404 if standing is Standing.UNKNOWN else 422 if file_form is not None else 200)


def _court() -> ResolvedCourt:
    court = request_court()
    if court is None:
        raise NotFound
    return court
