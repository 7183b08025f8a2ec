"""What an administrator is asked about the program: people, lessons, codes, fee and waivers."""

from __future__ import annotations

from app.core.i18n import gettext, ngettext
from app.core.i18n import lazy_gettext as _
from app.court_admin.questions import Kind, Part, Question
from tenants.program import Decider, Proof, Referrer, Supervisor

DECIDERS = ((Decider.CLERK.value, _("A clerk or administrator")), (Decider.JUDGE.value, _("Only a judge")))
NOT_TAKEN, REQUIRED, OPTIONAL = "no", "required", "optional"


def days(number: int) -> str:
    return str(ngettext("%(num)d day", "%(num)d days", number))


def months(number: int) -> str:
    return str(ngettext("%(num)d month", "%(num)d months", number))


def tries(number: int) -> str:
    return str(ngettext("%(num)d try", "%(num)d tries", number))


def hours(number: int) -> str:
    return str(ngettext("%(num)d hour", "%(num)d hours", number)) if number else gettext("no wait")


def minutes(number: int) -> str:
    return str(ngettext("%(num)d minute", "%(num)d minutes", number))


def percent(number: int) -> str:
    return f"{number}%"


def term(number: int) -> str:
    return months(number) if number else gettext("no limit")


PEOPLE = Part(
    "people",
    _("Who does what"),
    _("Who sends people to the program, who watches over them, and who decides when it does not go well."),
    (
        Question(
            ("people", "refers"),
            _("Who refers people"),
            Kind.CHOICES,
            _("Who may enter a referral. Most courts name the clerk; diversion programs name the prosecutor."),
            choices=(
                (Referrer.CLERK.value, _("Clerk's office")),
                (Referrer.PROSECUTOR.value, _("Prosecutor's unit")),
            ),
        ),
        Question(
            ("people", "supervises"),
            _("Who supervises"),
            Kind.CHOICE,
            _("Cases are assigned to these people, and they see first who needs attention. Usual: probation."),
            choices=(
                (Supervisor.PROBATION.value, _("Probation")),
                (Supervisor.PROSECUTOR.value, _("Prosecutor's unit")),
                (Supervisor.CLERK.value, _("Clerk's office")),
                (Supervisor.NOBODY.value, _("Nobody")),
            ),
        ),
        Question(
            ("people", "decides_termination"),
            _("Who decides that somebody can not finish"),
            Kind.CHOICE,
            _("Ending somebody's program has consequences, so most courts leave it to a judge."),
            choices=DECIDERS,
        ),
        Question(
            ("people", "unit_sees_fee"),
            _("The prosecutor's unit sees whether a fee is paid, waived or owed"),
            Kind.YES_NO,
            _("Never how much, and never why. Usual: no."),
        ),
        Question(
            ("termination", "days_to_respond"),
            _("Days to answer before a program is ended"),
            Kind.NUMBER,
            _("From the day on which the person is told. At least 7. Usual: 14."),
            said=days,
        ),
        Question(
            ("termination", "supervisor_approves"),
            _("A supervisor approves a proposal to end a program, before the person is told"),
            Kind.YES_NO,
            _("A second pair of eyes before a letter goes out. Usual: yes, where there is a supervisor."),
        ),
        Question(
            ("disputes", "days_to_answer"),
            _("Days to answer when a participant says that the record is not right"),
            Kind.NUMBER,
            _("An officer or a clerk looks at it. What is not answered by then is shown as late. Usual: 10."),
            said=days,
        ),
        Question(
            ("term", "longest_months"),
            _("Longest term of a case, in months from the order"),
            Kind.NUMBER,
            _(
                "If the lessons and the check-ins can not end within it, the clerk is told at the referral. "
                "Write 0 if nothing limits it."
            ),
            said=term,
        ),
    ),
)

COURSE = Part(
    "course",
    _("Lessons"),
    _("Which modules people take, how a quiz is passed, and by when the lessons are done."),
    (
        Question(
            ("coursework", "modules"),
            _("Modules"),
            Kind.TABLE,
            _("People take them in the order of the numbers. At least one must be required."),
            row_name=_("Module %(number)s"),
            columns=(
                Question(("slug",), _("Module"), Kind.HIDDEN),
                Question(
                    ("use",),
                    _("Is it part of the program?"),
                    Kind.CHOICE,
                    choices=((REQUIRED, _("Required")), (OPTIONAL, _("Optional")), (NOT_TAKEN, _("Not used"))),
                ),
                Question(("position",), _("Place in the order"), Kind.NUMBER, optional=True),
                Question(
                    ("minimum_minutes",),
                    _("Least minutes in it"),
                    Kind.NUMBER,
                    _("0: what the lessons themselves ask for. Usual: 0."),
                    said=minutes,
                ),
            ),
            spare=0,
            most=60,
        ),
        Question(
            ("coursework", "pass_percent"),
            _("Score to pass a quiz, in percent"),
            Kind.NUMBER,
            _("A higher score asks for closer reading. Usual: 75 to 80."),
            said=percent,
        ),
        Question(
            ("coursework", "quiz_attempts"),
            _("Tries at a quiz"),
            Kind.NUMBER,
            _("After the last one a facilitator talks with the person and opens the quiz again. Usual: 3."),
            said=tries,
        ),
        Question(
            ("coursework", "quiz_wait_hours"),
            _("Hours between two tries"),
            Kind.NUMBER,
            _("A wait gives time to read again. 0: none. Usual: 0 to 24."),
            said=hours,
        ),
        Question(
            ("coursework", "reflection_needs_acceptance"),
            _("A facilitator must accept each written reflection before the module counts as passed"),
            Kind.YES_NO,
            _("With it, somebody has read every answer; without it, people go on faster. Usual: yes."),
        ),
        Question(
            ("coursework", "deadline_days"),
            _("Days to finish the lessons"),
            Kind.NUMBER,
            _("The referral form suggests a deadline so many days after the order. Usual: 90."),
            said=days,
        ),
        Question(
            ("coursework", "deadline_opens_violation"),
            _("Lessons that are not done by the deadline are a possible violation"),
            Kind.YES_NO,
            _(
                "A person decides about it. Never for somebody whose lessons are still closed because of the fee. "
                "Usual: no; the caseload shows the deadline anyway."
            ),
        ),
    ),
)

CODES = Part(
    "codes",
    _("Enrollment codes"),
    _("The code on the slip that lets somebody enroll."),
    (
        Question(
            ("codes", "valid_days"),
            _("Days that a code is good for"),
            Kind.NUMBER,
            _("After that the clerk issues a new one. Short is safer, long is kinder. Usual: 30 to 90."),
            said=days,
        ),
        Question(
            ("codes", "ask_case_number"),
            _("Ask for the case number too, where one is known"),
            Kind.YES_NO,
            _("The birth date is always asked. One more fact makes a lost slip useless to a stranger. Usual: no."),
        ),
    ),
)

FEES = Part(
    "fees",
    _("Enrollment fee"),
    _("The fee is made of parts, so that everybody sees what goes to whom. A court without a fee has no parts."),
    (
        Question(
            ("fees", "components"),
            _("Parts of the fee"),
            Kind.TABLE,
            _(
                "Give each part an amount, or a percentage of another part. Usual: 100 to 400 dollars in all. "
                "After each time that you save there is room for one more part."
            ),
            row_name=_("Part %(number)s of the fee"),
            columns=(
                Question(("key",), _("Part"), Kind.HIDDEN),
                Question(("label",), _("Name of this part"), Kind.LINE, _("For example: Program fee")),
                Question(("payee",), _("Who gets it"), Kind.LINE, _("For example: Court")),
                Question(
                    ("legal_basis",),
                    _("Law or order behind it"),
                    Kind.LINE,
                    _("An auditor asks for it."),
                    optional=True,
                ),
                Question(("amount_cents",), _("Amount in dollars"), Kind.DOLLARS, optional=True),
                Question(("percent",), _("Or: percent of another part"), Kind.NUMBER, optional=True),
                Question(("percent_of",), _("Of which part"), Kind.CHOICE, optional=True),
                Question(("waivable",), _("The court may waive this part"), Kind.YES_NO),
                Question(("refundable",), _("The court may pay this part back"), Kind.YES_NO),
            ),
            spare=1,
            most=20,
        ),
        Question(
            ("fees", "installments", "parts"),
            _("Payments that the fee may be split into"),
            Kind.NUMBER,
            _("1: everything at once. The first one opens the lessons. Usual: 1 to 4."),
        ),
        Question(
            ("fees", "installments", "days_apart"),
            _("Days from one payment to the next"),
            Kind.NUMBER,
            _("Usual: 30."),
            said=days,
        ),
        Question(
            ("fees", "adjustment_limit_cents"),
            _("Corrections of what somebody owes need a second person above, in dollars"),
            Kind.DOLLARS,
            _("One person asks, another one approves. 0: every correction needs two people. Usual: 50."),
        ),
        Question(
            ("fees", "dispute_pauses_access"),
            _("Lessons wait while somebody's bank looks at a card payment"),
            Kind.YES_NO,
            _("A bank may take a payment back for up to three months while it looks at it. Usual: no."),
        ),
    ),
)

WAIVERS = Part(
    "waivers",
    _("Fee waivers"),
    _("Who does not have to pay, or not all of it. Asking is always free, and only a person can say no."),
    (
        Question(
            ("waivers", "bands"),
            _("Income and what is waived"),
            Kind.TABLE,
            _(
                "The federal poverty guideline depends on the size of the household and the state. "
                "Usual: the whole fee up to 125 to 200 percent of it, then steps."
            ),
            row_name=_("Step %(number)s"),
            columns=(
                Question(("up_to_percent",), _("Household income up to this percent of the guideline"), Kind.NUMBER),
                Question(("waives_percent",), _("Percent of the fee that is waived"), Kind.NUMBER),
            ),
            most=10,
        ),
        Question(
            ("waivers", "presumptive_benefits"),
            _("Benefits that show that somebody can not pay"),
            Kind.LINES,
            _("One on each line. Usual: SNAP, Medicaid, SSI, TANF."),
            optional=True,
        ),
        Question(
            ("waivers", "grant_presumed"),
            _("Grant the waiver at once to people who get one of these benefits"),
            Kind.YES_NO,
            _("Without it, a person looks at every request. Nobody is ever denied without a person. Usual: no."),
        ),
        Question(
            ("waivers", "proof"),
            _("Proof of income or benefits"),
            Kind.CHOICE,
            _("The less is asked, the fewer people give up. Usual: only if asked."),
            choices=(
                (Proof.NOT_NEEDED.value, _("Not needed: a signed statement is enough")),
                (Proof.IF_ASKED.value, _("Only if whoever decides asks for it")),
                (Proof.ALWAYS.value, _("Always")),
            ),
        ),
        Question(
            ("waivers", "decides_full"),
            _("Who grants a full waiver"),
            Kind.CHOICE,
            _("In many states a clerk may do this. Ask your counsel what the law of your state says."),
            choices=DECIDERS,
        ),
        Question(
            ("waivers", "decides_partial"),
            _("Who grants a partial waiver"),
            Kind.CHOICE,
            _("In some states only a judge may set a partial fee."),
            choices=DECIDERS,
        ),
        Question(
            ("fees", "may_start_while_waiver_pending"),
            _("People may start the lessons while their request is decided"),
            Kind.YES_NO,
            _("Otherwise somebody who can not pay loses days that somebody with money does not. Usual: yes."),
        ),
        Question(
            ("waivers", "reconsideration_days"),
            _("Days to ask again after a decision"),
            Kind.NUMBER,
            _("Counted from the day of the decision. Usual: 14 to 30."),
            said=days,
        ),
        Question(
            ("waivers", "asks_expenses"),
            _("Ask what the household has to pay each month"),
            Kind.YES_NO,
            _("One more page for the person. It changes no number; whoever decides weighs it. Usual: no."),
        ),
        Question(
            ("waivers", "proof_kept_days"),
            _("Days until photos and PDFs of proof are deleted"),
            Kind.NUMBER,
            _("Counted from the last day to ask again after a decision. Usual: 30."),
            said=days,
        ),
    ),
)
