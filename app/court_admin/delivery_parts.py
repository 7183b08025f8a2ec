"""What an administrator is asked about the delivery of reports: by which ways each kind goes, and to whom."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from app.court_admin.questions import Kind, Part, Question
from tenants.report_delivery import Receiver, Way

WAYS = (
    (Way.INBOX.value, _("To the page Reports for you")),
    (Way.MAIL.value, _("By mail, with a link and never the file")),
    (Way.PRINT.value, _("On paper: the clerk prints it with a cover sheet")),
    (Way.FOLDER.value, _("Into the court's own folder, with a JSON file beside it")),
)
RECEIVERS = (
    (Receiver.OFFICER.value, _("The officer of the case, or the clerks where there is none")),
    (Receiver.JUDGES.value, _("Every judge")),
    (Receiver.CLERKS.value, _("Every clerk")),
    (Receiver.SUPERVISORS.value, _("Every supervisor")),
)
OF_MANY_RECEIVERS = (
    (Receiver.OFFICER.value, _("The officer whose people are in it, or the clerks for the whole court")),
    *RECEIVERS[1:],
)
# A label names the kind: two versions of the rules are compared by label.
KINDS: Mapping[str, tuple[LazyString, LazyString, LazyString]] = {
    "proof_of_enrollment": (
        _("Proof of enrollment"),
        _("Proof of enrollment: how it goes out"),
        _("Proof of enrollment: who gets it"),
    ),
    "progress": (_("Progress report"), _("Progress report: how it goes out"), _("Progress report: who gets it")),
    "bench_card": (_("Bench card"), _("Bench card: how it goes out"), _("Bench card: who gets it")),
    "non_compliance": (
        _("Non-compliance report"),
        _("Non-compliance report: how it goes out"),
        _("Non-compliance report: who gets it"),
    ),
    "final": (_("Final report"), _("Final report: how it goes out"), _("Final report: who gets it")),
    "certificate": (
        _("Certificate of completion"),
        _("Certificate of completion: how it goes out"),
        _("Certificate of completion: who gets it"),
    ),
    "caseload": (_("Caseload report"), _("Caseload report: how it goes out"), _("Caseload report: who gets it")),
    "calendar_packet": (_("Hearing packet"), _("Hearing packet: how it goes out"), _("Hearing packet: who gets it")),
}
OF_MANY = ("caseload", "calendar_packet")


def _of(kind: str) -> tuple[Question, Question]:
    heading, ways, to = KINDS[kind]
    here = ("reports", "delivery", kind)
    return (
        Question(
            (*here, "ways"),
            ways,
            Kind.CHOICES,
            _("With none of these it waits where it was asked for.")
            if kind in OF_MANY
            else _("With none of these it waits on the page of the case."),
            optional=True,
            choices=WAYS,
            heading=heading,
            name=f"{kind}_ways",
        ),
        Question(
            (*here, "to"),
            to,
            Kind.CHOICES,
            _("On the page and by mail, if they may see everybody who is in it.")
            if kind in OF_MANY
            else _("On the page and by mail. The person of the case always has it under Documents."),
            optional=True,
            choices=OF_MANY_RECEIVERS if kind in OF_MANY else RECEIVERS,
            name=f"{kind}_to",
        ),
    )


DELIVERY = Part(
    "delivery",
    _("Delivery of reports"),
    _("How each kind of report reaches the court's people. Whoever asked for a report has it at once anyway."),
    (
        *(question for kind in KINDS for question in _of(kind)),
        Question(
            ("reports", "delivery", "file_name"),
            _("Names of files in the court's folder"),
            Kind.LINE,
            _(
                "Made of letters, dashes and these fields: {number}, {kind}, {case_number}, {day}. It must hold "
                "{number}. Usual: {number}_{kind}."
            ),
            heading=_("The court's folder"),
        ),
    ),
)
