"""What an administrator is asked beside the program: check-ins, court days, agreement, papers, reminders, records."""

from __future__ import annotations

from app.core.i18n import lazy_gettext as _
from app.court_admin.attention_parts import ATTENTION
from app.court_admin.contact_parts import HELP, HOURS
from app.court_admin.delivery_parts import DELIVERY
from app.court_admin.format_parts import FORMATS
from app.court_admin.program_parts import CODES, COURSE, FEES, PEOPLE, WAIVERS, days, months
from app.court_admin.questions import Kind, Part, Question
from app.court_admin.record_parts import RETENTION, SEALING
from app.court_admin.schedule_parts import SCHEDULES
from tenants.report_formats import BirthDateStyle

ACCOUNTABILITY = Part(
    "accountability",
    _("Check-ins"),
    _("The check-ins after the lessons: how long, how often, and what happens when one is missed."),
    (
        Question(
            ("accountability", "months"),
            _("Months of check-ins"),
            Kind.NUMBER,
            _("What people learned is kept better when somebody asks about it. Usual: 6."),
            said=months,
        ),
        Question(
            ("accountability", "cadence"),
            _("How often"),
            Kind.CHOICE,
            _("Usual: once a month."),
            choices=(
                ("monthly", _("Once a month")),
                ("every_two_weeks", _("Every two weeks")),
                ("weekly", _("Every week")),
            ),
        ),
        Question(
            ("accountability", "window_days"),
            _("Days to send a check-in"),
            Kind.NUMBER,
            _("It opens so many days before it is due. Usual: 7."),
            said=days,
        ),
        Question(
            ("accountability", "grace_days"),
            _("Extra days after that"),
            Kind.NUMBER,
            _("A check-in sent in these days still counts. Usual: 3."),
            said=days,
        ),
        Question(
            ("accountability", "misses_allowed"),
            _("Missed check-ins before the court is told"),
            Kind.NUMBER,
            _("One more than this, and a person looks at it. Usual: 1."),
        ),
        Question(
            ("accountability", "own_side_days"),
            _("Days to say one's own side before a case goes back to the court"),
            Kind.NUMBER,
            _(
                "When something may be a violation, the person can write how they see it. It can be excused at once; "
                "With 0 it can be returned to the court at once, too. Usual: 3 to 7."
            ),
            said=days,
        ),
        Question(
            ("accountability", "quote_own_side"),
            _("A non-compliance report may show what the participant answered"),
            Kind.YES_NO,
            _("They are told before they write. With no, the report says only that there is an answer. Usual: no."),
        ),
        Question(
            ("accountability", "officer_may_extend"),
            _("The officer may give more time, or add check-ins, without an order of the court"),
            Kind.YES_NO,
            _("Otherwise the day of the order and who gave it are asked for. Usual: no."),
        ),
        Question(
            ("accountability", "officer_questions"),
            _("The court's own questions in each check-in"),
            Kind.LINES,
            _("One on each line. Everybody of the court who may read the case reads the answers."),
            optional=True,
        ),
        Question(
            ("accountability", "statement_use", "en"),
            _("What the court may do with what people write, in English"),
            Kind.TEXT,
            _(
                "Shown above the boxes of a check-in. For example: nothing written here is used to prove a new charge. "
                "Ask the prosecutor and the defense before you promise it."
            ),
            optional=True,
            left_out_if_blank=True,
            name="statement_use_en",
        ),
        Question(
            ("accountability", "statement_use", "es"),
            _("What the court may do with what people write, in Spanish"),
            Kind.TEXT,
            optional=True,
            left_out_if_blank=True,
            name="statement_use_es",
        ),
        Question(
            ("accountability", "ask_police_contact"),
            _("A check-in asks about contact with the police"),
            Kind.YES_NO,
            _("Only together with the text above. Without it nobody should have to answer. Usual: no."),
        ),
        Question(
            ("reviewing", "daily_limit"),
            _("Texts that one reviewer reads in a day"),
            Kind.NUMBER,
            _("Reading these is hard work. A supervisor can lift it for a day. Usual: 40."),
        ),
    ),
)


CONCERNS = Part(
    "concerns",
    _("Concerns"),
    _(
        "When somebody who reads or meets participants fears for somebody: whom it reaches, and what they see at once. "
        "A concern stands in no report and on no list of cases."
    ),
    (
        Question(
            ("concerns", "on_call"),
            _("Who is on call"),
            Kind.TABLE,
            _("They are asked in this order. Without anybody, the court's administrators are asked."),
            row_name=_("Person %(number)s on call"),
            columns=(
                Question(("name",), _("Name"), Kind.LINE),
                Question(("email",), _("Email that they sign in with"), Kind.LINE),
                Question(("phone",), _("Phone"), Kind.LINE, optional=True),
            ),
            spare=1,
            most=10,
        ),
        Question(
            ("concerns", "seen_within_minutes"),
            _("Minutes until the others are asked too"),
            Kind.NUMBER,
            _("If nobody on call has seen it by then, everybody else on the list and the administrators are asked."),
        ),
        Question(
            ("concerns", "numbers"),
            _("Numbers to call"),
            Kind.TABLE,
            _("Shown at once to whoever raises a concern. Add your county's own crisis line."),
            row_name=_("Number %(number)s"),
            columns=(
                Question(("label",), _("Whom it reaches"), Kind.LINE),
                Question(("phone",), _("Phone"), Kind.LINE),
            ),
            spare=1,
            most=12,
        ),
        Question(
            ("concerns", "procedure", "en"),
            _("What to do, in English"),
            Kind.TEXT,
            _("The court's own procedure in short sentences. Without it a general one is shown."),
            optional=True,
            left_out_if_blank=True,
            name="procedure_en",
        ),
        Question(
            ("concerns", "procedure", "es"),
            _("What to do, in Spanish"),
            Kind.TEXT,
            optional=True,
            left_out_if_blank=True,
            name="procedure_es",
        ),
    ),
)

HOLIDAYS = Part(
    "holidays",
    _("Court days"),
    _("Days on which nothing falls due."),
    (
        Question(
            ("holidays", "state_holidays"),
            _("The public holidays of the court's state"),
            Kind.YES_NO,
            _("The portal knows them for every year. Usual: yes."),
        ),
        Question(
            ("holidays", "days"),
            _("Other days on which the court is closed"),
            Kind.DATES,
            _("One date on each line, such as 12/24/2026."),
            optional=True,
        ),
        Question(
            ("holidays", "working_days"),
            _("State holidays on which this court works"),
            Kind.DATES,
            _("One date on each line."),
            optional=True,
        ),
        Question(
            ("holidays", "roll_forward"),
            _("What falls on a weekend or a closed day is due on the next court day"),
            Kind.YES_NO,
            _("Otherwise people can be late on a day when nobody could help them. Usual: yes."),
        ),
    ),
)

AGREEMENT = Part(
    "agreement",
    _("Participation agreement"),
    _(
        "Everybody signs it on enrolling, and can read and print the signed text at any time. "
        "A new text is for people who enroll later: nobody is held to words that they did not sign."
    ),
    (
        Question(
            ("agreement", "text", "en"),
            _("Text in English"),
            Kind.TEXT,
            _("Short sentences and plain words. An empty line begins a new paragraph."),
            left_out_if_blank=True,
            name="text_en",
            language="en",
        ),
        Question(
            ("agreement", "text", "es"),
            _("Text in Spanish"),
            Kind.TEXT,
            _("People who use the portal in Spanish sign this one."),
            optional=True,
            left_out_if_blank=True,
            name="text_es",
            language="es",
        ),
    ),
)

PAPERS = Part(
    "papers",
    _("Reports and letterhead"),
    _("What stands on the court's papers: proofs, progress reports, final reports and certificates."),
    (
        Question(
            ("reports", "letterhead", "lines"),
            _("Address lines"),
            Kind.LINES,
            _("At the top of every paper. Up to 6 lines."),
            optional=True,
            name="letterhead_lines",
        ),
        Question(("reports", "letterhead", "phone"), _("Phone"), Kind.LINE, optional=True),
        Question(("reports", "letterhead", "email"), _("Email"), Kind.LINE, optional=True),
        *HOURS,
        Question(
            ("reports", "letterhead", "signatory_name"), _("Name of the person who signs"), Kind.LINE, optional=True
        ),
        Question(
            ("reports", "letterhead", "signatory_title"), _("Title of the person who signs"), Kind.LINE, optional=True
        ),
        Question(
            ("reports", "letterhead", "emblem"),
            _("Emblem"),
            Kind.PICTURE,
            _("It stands at the top of the court's pages and papers. PNG or JPEG, 2 MB at most."),
            optional=True,
        ),
        Question(
            ("reports", "birth_date"),
            _("Birth date on reports"),
            Kind.CHOICE,
            _("It tells two people of one name apart. The year is usually enough."),
            choices=(
                (BirthDateStyle.NONE.value, _("Not shown")),
                (BirthDateStyle.YEAR.value, _("The year only")),
                (BirthDateStyle.FULL.value, _("The whole date")),
            ),
        ),
        Question(
            ("reports", "certificate_on_completion"),
            _("Make a certificate as soon as somebody completes the program"),
            Kind.YES_NO,
            _("Usual: yes."),
        ),
    ),
)

REMINDERS = Part(
    "reminders",
    _("Reminders"),
    _("When people are reminded of what is due, and when they are left in peace."),
    (
        Question(
            ("reminders", "days_before"),
            _("Days before something is due"),
            Kind.NUMBERS,
            _("With commas between. 0: on the day itself. Usual: 7, 3, 1. For check-ins, lessons and parts of a fee."),
            optional=True,
        ),
        Question(
            ("reminders", "quiet_from"),
            _("No messages from"),
            Kind.TIME,
            _("Court-local time. Usual: 20:00."),
        ),
        Question(
            ("reminders", "quiet_until"),
            _("No messages until"),
            Kind.TIME,
            _("Court-local time. Usual: 09:00."),
        ),
        Question(
            ("reminders", "staff_after_days"),
            _("Days until staff are reminded of what waits for them"),
            Kind.NUMBER,
            _("Answers to read, requests and corrections to decide. One mail a morning, without names. Usual: 2."),
        ),
    ),
)

PARTS: tuple[Part, ...] = (
    PEOPLE,
    COURSE,
    CODES,
    FEES,
    WAIVERS,
    ACCOUNTABILITY,
    CONCERNS,
    HELP,
    HOLIDAYS,
    AGREEMENT,
    PAPERS,
    *FORMATS,
    SCHEDULES,
    DELIVERY,
    REMINDERS,
    ATTENTION,
    SEALING,
    RETENTION,
)
PART_BY_KEY = {part.key: part for part in PARTS}
