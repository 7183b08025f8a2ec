"""Telling a genuine document from another one, and saying no more of a person than that takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.core.runtime import runtime
from app.reports.lists.models import ListReport
from app.reports.lists.snapshot import ListSnapshot
from app.reports.lookups import find_by_file
from app.reports.models import Report
from app.reports.seal_check import check_apart
from app.reports.sign import SignatureState
from app.reports.snapshot import FEE_PAPERS, Snapshot


class Standing(StrEnum):
    """What the court says of a document."""

    GENUINE = "genuine"
    SUPERSEDED = "superseded"  # genuine, and a newer one of its kind is out
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class IssuedFacts:
    """The least that proves a document: to be compared with the paper. Person's facts only for who holds the token.

    `issued` is court-local, in the document's own words; `birth_year` is None where the court shows none.
    """

    kind: str
    number: str
    issued: str
    court: str
    initials: str | None
    birth_year: str | None
    says_more: bool  # whether whoever has the paper in hand can see more than this


@dataclass(frozen=True)
class FileVerdict:
    """What is known of a file. `exact`: its SHA-256 is that of the issued file of `report`.

    `seal` is what the signature says; None for an exact file, which needs no other witness.
    """

    exact: bool
    report: Report | ListReport | None
    seal: SignatureState | None


def standing_of(report: Report | ListReport | None) -> Standing:
    """The standing of a report as `lookups.find_by_...` gave it."""
    if report is None:
        return Standing.UNKNOWN
    return {"superseded": Standing.SUPERSEDED, "revoked": Standing.REVOKED}.get(report.state, Standing.GENUINE)


def facts_of(report: Report | ListReport, *, with_person: bool) -> IssuedFacts:
    """What the verification page tells. `with_person` adds initials and birth year, for who has the paper in hand.

    Of a paper of the fee it never says whose it is: that somebody asked for help to pay is nobody's business. A list
    names nobody here, and not whose it is.
    """
    if isinstance(report, ListReport):
        listed = ListSnapshot.model_validate(report.snapshot)
        return IssuedFacts(
            kind=report.kind,
            number=report.number,
            issued=listed.generated_on,
            court=listed.court.name,
            initials=None,
            birth_year=None,
            says_more=False,
        )
    snapshot = Snapshot.model_validate(report.snapshot)
    with_person = with_person and snapshot.kind not in FEE_PAPERS
    born = snapshot.person.birth_date
    return IssuedFacts(
        kind=report.kind,
        number=report.number,
        issued=snapshot.generated_on,
        court=snapshot.court.name,
        initials=initials(snapshot.person.name) if with_person else None,
        birth_year=born[-4:] if with_person and born else None,
        says_more=not with_person and snapshot.kind not in FEE_PAPERS,
    )


def initials(name: str) -> str:
    """`Robin Sample-Lee` becomes `R. S.`."""
    return " ".join(f"{part[0].upper()}." for part in name.split())


def verify_file(content: bytes, *, cert_file: Path | None = None) -> FileVerdict:
    """Whether `content` is the exact file of a report of the court at work, and what its seal says otherwise.

    `cert_file` holds the trusted certificates as PEM; without it the portal's own. Never raises for any bytes.
    """
    report = find_by_file(hashlib.sha256(content).hexdigest())
    if report is not None:
        return FileVerdict(exact=True, report=report, seal=None)
    trusted = cert_file or runtime().settings.signing_cert_file
    return FileVerdict(exact=False, report=None, seal=check_apart(content, trusted))
