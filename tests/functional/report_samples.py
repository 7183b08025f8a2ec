"""Snapshots as a court would freeze them, and a Spanish translation of a few of the report's words."""

import base64
import io
from datetime import UTC, date, datetime

from PIL import Image, ImageDraw

from app.reports.court_kinds.frozen import CaseStep, Ending, Event, NonCompliance, OwnSide
from app.reports.fee_snapshot import (
    FeeEntry,
    FeePart,
    FeeStatement,
    LetterLine,
    PlannedPart,
    Receipt,
    WaiverCopy,
    WaiverLetter,
)
from app.reports.snapshot import (
    Agreement,
    Case,
    CheckIn,
    Court,
    Module,
    Money,
    MoneyLine,
    Person,
    PossibleViolation,
    Program,
    ReportKind,
    Slip,
    Snapshot,
)

VERIFY = "https://portal.example.gov/riverside/verify/9mWm6yQX3nB7sJ2kTq4vHd8LzRf5cPa1"
ENROLL = "https://portal.example.gov/enroll"


def plain(text: str) -> str:
    """The English original."""
    return text


SPANISH = {
    "Progress report": "Informe de progreso",
    "Certificate of completion": "Certificado de finalización",
    "Proof of enrollment": "Comprobante de inscripción",
    "Final report": "Informe final",
    "How to enroll": "Cómo inscribirse",
    "Court program": "Programa del tribunal",
    "Facts of the case": "Datos del caso",
    "Issued": "Fecha de emisión",
    "Supervising officer": "Oficial de supervisión a cargo",
    "Required modules": "Módulos obligatorios",
    "Check-ins": "Informes de seguimiento",
    "Waiting for review": "En espera de revisión",
    "Returned to add one thing": "Devuelto para agregar un dato",
    "Required": "Obligatorio",
    "Passed": "Aprobado",
    "Check that this document is genuine": "Compruebe que este documento es auténtico",
    "This certifies that": "Se certifica que",
    "%(done)s of %(total)s": "%(done)s de %(total)s",
}


def spanish(text: str) -> str:
    """A stand-in for the Spanish catalog: longer words, accents."""
    return SPANISH.get(text, text)


def emblem() -> str:
    """A small seal as base64 of a PNG."""
    picture = Image.new("RGB", (240, 240), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((6, 6, 234, 234), outline="#14304f", width=8)
    pen.ellipse((30, 30, 210, 210), outline="#14304f", width=3)
    pen.polygon([(120, 50), (190, 100), (50, 100)], fill="#14304f")
    for left in (66, 100, 134, 162):
        pen.rectangle((left, 108, left + 14, 168), fill="#14304f")
    pen.rectangle((54, 172, 188, 184), fill="#14304f")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


COURT = Court(
    name="Superior Court of Riverside",
    county="Riverside County",
    state="California",
    letterhead=("Collaborative Programs Division", "4100 Main Street, Room 210", "Riverside, CA 92501"),
    phone="(951) 555-0142",
    emblem_png=emblem(),
    signatory_name="Hon. Patricia L. Moreno",
    signatory_title="Judge of the Superior Court",
)

MODULES = (
    Module(
        title="How this program works",
        required=True,
        state="passed",
        passed_on=date(2026, 2, 9),
        score_percent=100,
        counted_minutes=22,
    ),
    Module(
        title="What the law says, and why",
        required=True,
        state="passed",
        passed_on=date(2026, 2, 20),
        score_percent=90,
        counted_minutes=41,
    ),
    Module(
        title="Harm, seen from the other side",
        required=True,
        state="passed",
        passed_on=date(2026, 3, 6),
        score_percent=85,
        counted_minutes=64,
    ),
    Module(
        title="Money, force and control",
        required=True,
        state="passed",
        passed_on=date(2026, 3, 21),
        score_percent=80,
        counted_minutes=58,
    ),
    Module(title="Health: yours and theirs", required=True, state="exempted"),
    Module(title="Relationships and respect", required=True, state="in_progress", counted_minutes=18),
    Module(title="A plan for the next six months", required=True, state="locked"),
    Module(title="Support that is free and close to you", required=False, state="available"),
)

CHECK_INS = (
    CheckIn(due=date(2026, 4, 15), state="accepted", submitted_on=date(2026, 4, 13)),
    CheckIn(due=date(2026, 5, 15), state="accepted", submitted_on=date(2026, 5, 15)),
    CheckIn(due=date(2026, 6, 15), state="missed"),
    CheckIn(due=date(2026, 7, 15), state="submitted", submitted_on=date(2026, 7, 14)),
    CheckIn(due=date(2026, 8, 17), state="scheduled"),
    CheckIn(due=date(2026, 9, 15), state="scheduled"),
)

MONEY = Money(
    lines=(
        MoneyLine(label="Enrollment fee", cents=35000),
        MoneyLine(label="Fee waiver granted in part on March 2, 2026", cents=-17500),
        MoneyLine(label="Payment received on March 3, 2026", cents=-7500),
    ),
    balance_cents=10000,
    inability_note="A fee waiver request filed on July 10, 2026 is under review.",
)


TAKEN = {
    "number": "2026-000012",
    "received_on": date(2026, 7, 20),
    "recorded_on": "July 20, 2026, 10:05 AM PDT",
    "method": "Money order",
    "reference": "MO 20-4471",
    "cents": 12_500,
    "taken_by": "Casey Lindqvist-Ramírez",
}
VOIDED = {
    "voided_on": "July 21, 2026, 9:12 AM PDT",
    "voided_by": "Casey Lindqvist-Ramírez",
    "void_reason": "The money order came back.",
}
FEE_PAPER_PARTS: dict[ReportKind, dict[str, object]] = {
    ReportKind.RECEIPT: {"receipt": Receipt(**TAKEN, owed_cents=22_500)},
    ReportKind.RECEIPT_VOID: {"receipt": Receipt(**TAKEN, owed_cents=35_000, **VOIDED)},
    ReportKind.FEE_STATEMENT: {
        "fee_statement": FeeStatement(
            entries=(
                FeeEntry(on=date(2026, 2, 2), words="Fee: Course", cents=30_000, owed_after_cents=30_000),
                FeeEntry(on=date(2026, 2, 2), words="Fee: Restitution fund", cents=5_000, owed_after_cents=35_000),
                FeeEntry(on=date(2026, 3, 3), words="Waived: Course", cents=-15_000, owed_after_cents=20_000),
                FeeEntry(
                    on=date(2026, 7, 20),
                    words="Paid at the counter: Cash",
                    note="Receipt 2026-000012",
                    cents=-12_500,
                    owed_after_cents=7_500,
                ),
            ),
            parts=(
                FeePart(label="Course", payee="JaneSchool", due_cents=15_000, paid_cents=9_375),
                FeePart(label="Restitution fund", payee="County victim fund", due_cents=5_000, paid_cents=3_125),
            ),
            plan=(
                PlannedPart(number=1, due_on=date(2026, 7, 20), cents=10_000, left_cents=0),
                PlannedPart(number=2, due_on=date(2026, 8, 20), cents=10_000, left_cents=7_500),
            ),
            balance_cents=7_500,
        )
    },
    ReportKind.WAIVER_LETTER: {
        "waiver_letter": WaiverLetter(
            sent_on=date(2026, 7, 10),
            decided_on=date(2026, 7, 20),
            decided_by="Casey Lindqvist-Ramírez",
            headline="The court waived a part of your fee.",
            reason="Your income is above the court's limit for a full waiver.",
            explanation="We looked at the pay stubs.\nThe rest can be paid in parts.",
            amounts=("The court waived $150.00.", "After this, $200.00 is left to pay."),
            numbers=("Your income is 180% of the guideline.",),
            lines=(
                LetterLine(label="Course", fee_cents=30_000, waived_cents=15_000),
                LetterLine(label="Restitution fund", fee_cents=5_000, waived_cents=0),
            ),
            next_steps=("If you do not agree, you can ask the court to look again until August 20, 2026.",),
        )
    },
    ReportKind.WAIVER_COPY: {
        "waiver_copy": WaiverCopy(
            sent_on="July 10, 2026, 8:15 PM PDT",
            rows=(("People in the household", "3"), ("In your own words", "My hours were cut in May. " * 12)),
            numbers=("Income in a year: $24,000.00.",),
            declaration="What I say in this request is true and complete, as far as I know.",
            signed_name="Jordan A. Avery-Núñez",
            fingerprint="a3" * 32,
        )
    },
}


VIOLATIONS = (
    PossibleViolation(
        what="More check-ins missed than allowed",
        event_on=date(2026, 6, 15),
        outcome="A step was agreed",
        decided_on=date(2026, 6, 22),
    ),
    PossibleViolation(
        what="Did not come to an appointment, or could not be reached",
        event_on=date(2026, 7, 9),
        outcome="To be decided",
    ),
)
STEPS = (
    CaseStep(on=date(2026, 3, 2), what="On hold", by="Dana Whitfield"),
    CaseStep(on=date(2026, 3, 16), what="The program goes on", by="Dana Whitfield"),
    CaseStep(on=date(2026, 6, 22), what="1 check-in added", by="Dana Whitfield"),
)
NON_COMPLIANCE = NonCompliance(
    events=(
        Event(
            what="More check-ins missed than allowed",
            happened_on=date(2026, 6, 15),
            noted_on=date(2026, 6, 19),
            told_on=date(2026, 6, 19),
            own_side=OwnSide(on=date(2026, 6, 20)),
            state="A step was agreed",
            decided_on=date(2026, 6, 22),
            decided_by="Dana Whitfield",
            reason="A make-up check-in by July 6, and a call each Monday.",
            due_on=date(2026, 7, 6),
        ),
        Event(
            what="Did not come to an appointment, or could not be reached",
            happened_on=date(2026, 7, 9),
            noted_on=date(2026, 7, 9),
            facts="Did not come at 10:00. Two calls, at 10:20 and 15:00, were not answered.",
            told_on=date(2026, 7, 9),
            own_side=OwnSide(on=date(2026, 7, 11), words="My shift was moved and I had no signal at work."),
            state="Returned to the court",
            decided_on=date(2026, 7, 14),
            decided_by="Dana Whitfield",
            reason="The agreed step was not kept.",
            court_told_on=date(2026, 7, 14),
        ),
    ),
    returned=CaseStep(
        on=date(2026, 7, 14), what="Returned to court", by="Dana Whitfield", note="The agreed step was not kept."
    ),
    ending=Ending(
        proposed_on=date(2026, 7, 15),
        proposed_by="Dana Whitfield",
        reasons="Two check-ins and one appointment were missed since June. Four calls were not answered.",
        told_on=date(2026, 7, 15),
        respond_by=date(2026, 7, 29),
        state="Told, waits for the decision",
    ),
    tried=(
        "The portal sent the participant 14 messages and reminders, the latest on July 9, 2026.",
        "1 check-in was excused.",
        "A make-up check-in was added for July 6, 2026.",
    ),
    tried_besides="Called on July 10, 13 and 15, at different times of the day.\nA letter went out on July 13.",
    asked="Decide how the case goes on",
    asked_besides="I ask for a hearing at which the participant can say what would help to finish the program.",
    asked_by="Dana Whitfield",
)


def sample(kind: ReportKind | str, **changes: object) -> Snapshot:
    """A snapshot of that kind for one person mid-program (final and certificate: finished)."""
    kind = ReportKind(kind)
    done = kind in (ReportKind.FINAL, ReportKind.CERTIFICATE)
    slip = kind is ReportKind.ENROLLMENT_SLIP
    fields: dict[str, object] = {
        "kind": kind,
        "number": "RIV-2026-000123",
        "generated_at": datetime(2026, 7, 20, 17, 5, tzinfo=UTC),
        "as_of": date(2026, 7, 20),
        "generated_on": "July 20, 2026, 10:05 AM PDT",
        "court": COURT,
        "person": Person(name="Jordan A. Avery-Núñez", birth_date="03/14/1989"),
        "case": Case(
            numbers=("RIF-2026-001873", "RIF-2026-001902"),
            ordered_on=date(2026, 1, 26),
            deadline=date(2026, 11, 30),
            officer="Dana Whitfield",
            next_hearing=date(2026, 8, 4),
        ),
        "program": Program(
            title="Court program",
            stage="Completed" if done else "Accountability: month 4 of 6",
            provider="JaneSchool",
            provider_phone="(800) 555-0119",
            enrolled_on=date(2026, 2, 2),
            completed_on=date(2026, 10, 1) if done else None,
            accountability_months=6,
        ),
        "modules": MODULES,
        "check_ins": CHECK_INS,
        "money": MONEY,
        "agreement": Agreement(version="2026-1", signed_on=date(2026, 2, 2)),
        "verify_url": None if slip else VERIFY,
    }
    if kind is ReportKind.NON_COMPLIANCE:
        fields["non_compliance"] = NON_COMPLIANCE
    if kind is ReportKind.BENCH_CARD:
        fields |= {"violations": VIOLATIONS, "steps": STEPS}
    if slip:
        fields["slip"] = Slip(
            code_groups=("RIV", "7KQM", "X2WP", "94TD", "H"),
            enroll_url=ENROLL,
            expires_on=date(2026, 8, 19),
            court_address=("4100 Main Street, Room 210", "Riverside, CA 92501", "Monday to Friday, 8 AM to 4 PM"),
        )
    if done:
        fields["modules"] = tuple(
            m
            if m.state in ("passed", "exempted")
            else m.model_copy(
                update={"state": "passed", "passed_on": date(2026, 4, 2), "score_percent": 95, "counted_minutes": 55}
            )
            for m in MODULES
        )
        fields["check_ins"] = tuple(
            c.model_copy(update={"state": "accepted", "submitted_on": c.due}) for c in CHECK_INS
        )
        fields["money"] = Money(
            lines=(
                MoneyLine(label="Enrollment fee", cents=35000),
                MoneyLine(label="Fee waiver granted in full", cents=-35000),
            ),
            balance_cents=0,
        )
    return Snapshot.model_validate(fields | FEE_PAPER_PARTS.get(kind, {}) | changes)


def two_pages() -> Snapshot:
    """A progress report that fills two pages: the one that the bench times."""
    return sample(ReportKind.PROGRESS)
