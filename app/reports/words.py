"""Reports in words: their kinds, their states, why one failed, what was found of a file."""

from __future__ import annotations

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.reports.lists.snapshot import ListKind
from app.reports.snapshot import ReportKind

KIND_WORDS: dict[str, LazyString] = {
    ReportKind.PROOF_OF_ENROLLMENT: _("Proof of enrollment"),
    ReportKind.PROGRESS: _("Progress report"),
    ReportKind.FINAL: _("Final report"),
    ReportKind.CERTIFICATE: _("Certificate of completion"),
    ReportKind.BENCH_CARD: _("Bench card"),
    ReportKind.NON_COMPLIANCE: _("Non-compliance report"),
    ReportKind.RECEIPT: _("Receipt"),
    ReportKind.RECEIPT_VOID: _("Voided receipt"),
    ReportKind.FEE_STATEMENT: _("Statement of the fee"),
    ReportKind.WAIVER_LETTER: _("Letter about the fee"),
    ReportKind.WAIVER_COPY: _("Copy of the request about the fee"),
    ListKind.CASELOAD: _("Caseload report"),
    ListKind.CALENDAR_PACKET: _("Hearing packet"),
}

STATE_WORDS: dict[str, LazyString] = {
    "requested": _("Waiting to be made"),
    "rendering": _("Being made"),
    "ready": _("Ready"),
    "delivered": _("Delivered"),
    "acknowledged": _("Received"),
    "failed": _("Could not be made"),
    "superseded": _("Replaced by a newer one"),
    "revoked": _("Taken back"),
}

STATE_TONES = {
    "requested": "info",
    "rendering": "info",
    "ready": "good",
    "delivered": "good",
    "acknowledged": "good",
    "failed": "problem",
    "superseded": "neutral",
    "revoked": "attention",
}

# By the code in `report.error`; see publishing.py.
FAILURE_WORDS: dict[str, LazyString] = {
    "too_slow": _("It took too long to make."),
    "not_drawn": _("The page could not be drawn."),
    "not_stored": _("The file could not be stored."),
    "not_sealed": _("The court's seal could not be put on it."),
    "interrupted": _("The computers that make it were interrupted several times."),
    "unknown": _("Something went wrong on our side."),
}

# By SignatureState.reason: what is said of a file that is not, byte for byte, the one that was issued.
SEAL_WORDS: dict[str, LazyString] = {
    "ok": _("It carries a whole seal of this portal, but its bytes are not those of the file that was issued here."),
    "unreadable": _("It is not a PDF that can be read. A scan or a photo carries no seal."),
    "unsigned": _("It carries no seal. A printed and scanned copy has none."),
    "several": _("It carries more than one seal. Documents of this portal carry exactly one."),
    "changed": _("It was changed after it was sealed."),
    "appended": _("Something was added after it was sealed."),
    "untrusted": _("Its seal is not this portal's."),
    "not_sealed": _("Its seal would allow changes. Documents of this portal do not."),
}

# By form of a report's further files.
FILE_WORDS: dict[str, LazyString] = {
    "html": _("Web page (HTML)"),
    "csv": _("Table (CSV)"),
    "json": _("Data (JSON)"),
    "courtesy": _("Courtesy copy (PDF)"),
}
