"""Sabotages of the papers of the fee (CD-3, CD-4, AC-3, MO-7)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

PAPERS = "tests/functional/test_reports_fee_papers.py"
SERVICES = "app/reports/papers.py"
LOOKUPS = "app/reports/lookups.py"

SABOTAGES = (
    Sabotage(
        "AC-3",
        "who may not read requests reads the letters about them",
        (Edit(LOOKUPS, "allowed |= FEE_PAPERS - OF_REQUESTS", "allowed |= FEE_PAPERS"),),
        (f"{PAPERS}::test_who_may_read_which_paper",),
    ),
    Sabotage(
        "AC-3",
        "a paper is given to whoever sees the case",
        (Edit(LOOKUPS, "found is None or found[1].kind not in kinds_readable_by(identity)", "found is None"),),
        (f"{PAPERS}::test_who_may_read_which_paper",),
    ),
    Sabotage(
        "CD-3",
        "checking a copy of a request tells whose it is",
        (
            Edit(
                "app/reports/verifying.py",
                "with_person = with_person and snapshot.kind not in FEE_PAPERS",
                "with_person = with_person",
            ),
        ),
        (f"{PAPERS}::test_checking_a_paper_of_the_fee_tells_nothing_of_a_person",),
    ),
    Sabotage(
        "MO-7",
        "a receipt replaces those of other payments",
        (Edit("app/reports/publishing.py", "Report.subject_id.is_not_distinct_from(report.subject_id),", ""),),
        (f"{PAPERS}::test_each_payment_has_its_own_receipt_and_no_other_replaces_it",),
    ),
    Sabotage(
        "MO-7",
        "a voided receipt stays good",
        (
            Edit(
                "app/reports/publishing.py",
                "RECEIPTS if report.kind in RECEIPTS else (report.kind,)",
                "(report.kind,)",
            ),
        ),
        (f"{PAPERS}::test_a_receipt_says_what_was_taken_and_a_void_takes_its_place",),
    ),
    Sabotage(
        "CD-4",
        "papers of the fee are listed among the reports to the court",
        (
            Edit(
                "app/reports/views.py",
                "lookups.reports_of(enrollment_id, frozenset(ReportKind) - FEE_PAPERS)",
                "lookups.reports_of(enrollment_id)",
            ),
        ),
        (f"{PAPERS}::test_no_report_to_the_court_lists_a_paper_of_the_fee",),
    ),
)
