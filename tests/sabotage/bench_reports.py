"""Sabotages of reports for the bench: who may write one, what it may say (CD), how its file verifies."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

BENCH = "tests/functional/test_reports_for_the_bench.py"
SERVICES = "app/reports/court_kinds/services.py"

SABOTAGES = (
    Sabotage(
        "CD-7",
        "a report quotes what somebody wrote who was told that it would not",
        (Edit("app/reports/court_kinds/facts.py", "words=words if quotable else None", "words=words"),),
        (f"{BENCH}::test_their_words_are_in_it_only_where_they_were_told_so_before",),
    ),
    Sabotage(
        "CD-7",
        "every answer may be quoted, whatever the rules say",
        (
            Edit(
                "app/accountability/violations/deciding.py",
                "row.quotable = accountability_rules(enrollment).quote_own_side",
                "row.quotable = True",
            ),
        ),
        (f"{BENCH}::test_their_words_are_in_it_only_where_they_were_told_so_before",),
    ),
    Sabotage(
        "CD-4",
        "a non-compliance report is a kind like others, which rules and commands may ask for",
        (
            Edit(
                "app/reports/services.py",
                "    ReportKind.BENCH_CARD,\n",
                "    ReportKind.BENCH_CARD,\n    ReportKind.NON_COMPLIANCE,\n",
            ),
        ),
        (f"{BENCH}::test_nothing_makes_one_but_a_person_who_may",),
    ),
    Sabotage(
        "AC-2",
        "anybody of the court writes a non-compliance report",
        (Edit(SERVICES, "    if not may_tell(actor):\n        raise NotFound\n", ""),),
        (f"{BENCH}::test_nothing_makes_one_but_a_person_who_may",),
    ),
    Sabotage(
        "CD-4",
        "what was excused is reported",
        (Edit(SERVICES, 'if one.state != "excused"', "if one.state"),),
        (f"{BENCH}::test_what_was_excused_is_never_reported",),
    ),
    Sabotage(
        "AC-2",
        "a report links records for people who may not open them",
        (
            Edit("app/reports/tracing.py", "if may(self.identity, permission) else None", "if permission else None"),
            Edit(
                "app/reports/tracing.py", "if not may(identity, Permission.CASE_READ) or report.kind", "if report.kind"
            ),
        ),
        ("tests/functional/test_reports_traced.py::test_only_those_see_a_link_who_may_open_it",),
    ),
    Sabotage(
        "CD-9",
        "the seal describes the document anew, in one of two places",
        (Edit("app/reports/sign.py", "sealer.sign_pdf(_Appending(", "sealer.sign_pdf(IncrementalPdfFileWriter("),),
        ("tests/functional/test_report_archival.py::test_another_projects_checker_finds_every_kind_archival",),
    ),
    Sabotage(
        "CD-9",
        "a new key forgets the certificates of the earlier ones",
        (Edit("app/reports/rotating.py", 'new_certs.rstrip() + b"\\n" + earlier', "new_certs"),),
        (
            "tests/functional/test_report_key_rotation.py::test_what_was_sealed_before_still_verifies_and_new_ones_do_too",
        ),
    ),
)
