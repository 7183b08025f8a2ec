"""Sabotages of what looking back relies on: the audit's kinds (AD-1), its check (AD-2), and exports (IO-1)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

KINDS = "tests/functional/test_audit_kinds.py::test_the_audit_says_who_what_when_from_where_and_what_came_of_it"
EXPORT = "tests/functional/test_court_admin_audit_export.py"

SABOTAGES = (
    Sabotage(
        "AD-1",
        "the audit forgets from where",
        (Edit("app/core/audit.py", '"address": actor.address}', '"address": ""}'),),
        (f"{KINDS}[issues_a_code]",),
    ),
    Sabotage(
        "AD-1",
        "a wrong password leaves no trace",
        (Edit("app/accounts/services.py", "        audit_refused(SIGN_IN, actor=actor", "        dict(actor=actor"),),
        (f"{KINDS}[fails_to_sign_in]",),
    ),
    Sabotage(
        "AD-1",
        "a new role is written down without the old one",
        (Edit("app/accounts/staffing.py", 'old={"role": old}, new={"role": role}', 'new={"role": role}'),),
        (f"{KINDS}[changes_a_role]",),
    ),
    Sabotage(
        "AD-1",
        "a refusal looks like a success",
        (Edit("app/core/audit.py", "new=new, outcome=Outcome.REFUSED)", "new=new)"),),
        (f"{KINDS}[fails_the_second_step]",),
    ),
    Sabotage(
        "AD-1",
        "reports are read unseen",
        (Edit("app/reports/views.py", '    audit("reports.read", actor=identity', "    dict(actor=identity"),),
        (f"{KINDS}[reads_a_report]",),
    ),
    Sabotage(
        "AD-1",
        "the audit is taken along unseen",
        (Edit("app/court_admin/audit_views.py", "    note_export(wanted, actor=identity)\n", ""),),
        (f"{EXPORT}::test_an_export_holds_what_the_filter_lets_through_and_is_on_the_trail_with_it",),
    ),
    Sabotage(
        "AD-2",
        "a check keeps the good news only",
        (
            Edit(
                "app/core/audit_checks.py",
                'check.state = "broken" if count else "whole"',
                'check.state = "whole"',
            ),
        ),
        (f"{EXPORT}::test_a_check_names_what_was_done_to_the_trail",),
    ),
    Sabotage(
        "IO-1",
        "cells of the export are sent as they were typed",
        (
            Edit(
                "app/core/csv_files.py",
                "csv.writer(out).writerow([neutralized(cell) for cell in row])",
                "csv.writer(out).writerow(row)",
            ),
        ),
        (f"{EXPORT}::test_no_cell_of_the_export_runs_as_a_formula",),
    ),
)
