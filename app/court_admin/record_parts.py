"""What an administrator is asked about the end of a record: sealing, expunging, how long things are kept."""

from __future__ import annotations

from app.core.i18n import lazy_gettext as _
from app.core.i18n import ngettext
from app.court_admin.program_parts import days
from app.court_admin.questions import Kind, Part, Question


def years(number: int) -> str:
    return str(ngettext("%(num)d year", "%(num)d years", number))


_ENDS = (
    ("nothing", _("Keep it")),
    ("seal", _("Seal it: kept, and shown only under an order of the court")),
    ("destroy", _("Destroy it: gone for good")),
)
SEALING = Part(
    "sealing",
    _("Sealing and expunging"),
    _("What happens to the record of a case after an order or a decision of the court, and when."),
    (
        Question(
            ("sealing", "order_days"),
            _("Days after an order to seal or expunge"),
            Kind.NUMBER,
            _("Usual: 0, as soon as it is confirmed."),
            said=days,
        ),
        Question(
            ("sealing", "expunged"),
            _("What an order to expunge does to the record here"),
            Kind.CHOICE,
            _("Follow your state's law."),
            choices=_ENDS[1:],
        ),
        Question(
            ("sealing", "dismissed"),
            _("The record after the charge was dismissed"),
            Kind.CHOICE,
            _("Follow your state's law."),
            choices=_ENDS,
        ),
        Question(
            ("sealing", "dismissed_days"),
            _("Days after the dismissal"),
            Kind.NUMBER,
            _("Follow your state's law."),
            said=days,
        ),
        Question(
            ("sealing", "completed"),
            _("The record after the program was completed"),
            Kind.CHOICE,
            _("Follow your state's law."),
            choices=_ENDS,
        ),
        Question(
            ("sealing", "completed_days"),
            _("Days after the completion"),
            Kind.NUMBER,
            _("Follow your state's law."),
            said=days,
        ),
        Question(
            ("sealing", "second_person"),
            _("Somebody else confirms"),
            Kind.YES_NO,
            _("Nothing is sealed or destroyed on the word of one person."),
        ),
        Question(
            ("sealing", "survives"),
            _("Documents that stay all the same"),
            Kind.CHOICES,
            _("They keep the name of the person. Whoever checks one is still told that it is unknown."),
            optional=True,
            choices=(
                ("signed_order", _("The signed order")),
                ("certificate", _("The certificate of completion")),
                ("final", _("The final report")),
                ("non_compliance", _("The report of non-compliance")),
            ),
        ),
    ),
)

RETENTION = Part(
    "retention",
    _("Keeping records"),
    _("How long the record of a finished case stays."),
    (
        Question(
            ("retention", "keep_years"),
            _("Years after the end of a case"),
            Kind.NUMBER,
            _("Follow your state's schedule for court records. Usual: 3 to 10."),
            said=years,
            later=True,
        ),
    ),
)
