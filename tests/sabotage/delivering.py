"""Sabotages of correcting, taking back and delivering reports (CD, FA, AC)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

SERVICES = "app/reports/delivering/services.py"
INBOX = "app/reports/delivering/inbox.py"
CORRECTING = "tests/functional/test_reports_correcting.py"
DELIVERING = "tests/functional/test_reports_delivering.py"
DISPATCH = "tests/functional/test_reports_dispatch.py"

SABOTAGES = (
    Sabotage(
        "CD-9",
        "a report can have two corrections at once",
        (
            Edit(
                "app/reports/correcting/services.py",
                "        if correction_of(report_id) is not None:\n",
                "        if False:\n",
            ),
            Edit(
                "migrations/versions/0039_reports_corrected_and_delivered.py",
                '        unique=True,\n        postgresql_where=sa.text("replaces_id',
                '        unique=False,\n        postgresql_where=sa.text("replaces_id',
            ),
        ),
        (f"{CORRECTING}::test_one_correction_at_a_time_however_many_ask_at_once",),
    ),
    Sabotage(
        "CD-9",
        "the check of a paper does not say that it was taken back",
        (Edit("app/reports/verifying.py", '"revoked": Standing.REVOKED', '"gone": Standing.REVOKED'),),
        (f"{CORRECTING}::test_what_is_taken_back_says_so_to_everybody",),
    ),
    Sabotage(
        "CD-9",
        "a paper that was stopped before it was made is verified",
        (Edit("app/reports/lookups.py", " or report.file_id is None else report", " else report"),),
        (f"{CORRECTING}::test_a_report_that_was_stopped_before_it_was_made_offers_no_file_and_is_unknown",),
    ),
    Sabotage(
        "CD-9",
        "any check code opens what the paper shows",
        (
            Edit(
                "app/reports/verify_views.py",
                'if code and (found is None or not is_code_of(code, found.snapshot["verify_url"])):',
                "if code and found is None:",
            ),
        ),
        (f"{CORRECTING}::test_number_and_code_of_the_paper_show_what_the_square_code_shows",),
    ),
    Sabotage(
        "AC-2",
        "officers take reports back",
        (
            Edit(
                "app/permissions/permissions.py",
                "    P.REPORT_RECEIVE,\n    P.CHECK_IN_REVIEW,",
                "    P.REPORT_RECEIVE,\n    P.REPORT_REVOKE,\n    P.CHECK_IN_REVIEW,",
            ),
        ),
        (f"{CORRECTING}::test_who_may_take_a_report_back",),
    ),
    Sabotage(
        "AC-3",
        "somebody says of another one's report that it is here",
        (Edit(SERVICES, "        ReportDelivery.recipient_id == actor.id,\n", ""),),
        (f"{DELIVERING}::test_a_report_is_received_by_its_own_reader_only_and_once",),
    ),
    Sabotage(
        "AC-3",
        "an inbox shows a case that went to another officer",
        (
            Edit(
                INBOX,
                "        visible_enrollments(identity)\n        .join(Report",
                "        select(Enrollment)\n        .join(Report",
            ),
        ),
        (f"{DISPATCH}::test_an_inbox_shows_only_cases_that_its_reader_sees",),
    ),
    Sabotage(
        "FA-5",
        "a mail that came back is taken for delivered",
        (Edit("app/factory.py", "(delivering.mail_came_back,)", "()"),),
        (f"{DELIVERING}::test_a_mail_that_does_not_go_out_is_seen_and_tried_again",),
    ),
    Sabotage(
        "FA-1",
        "what was taken back is delivered all the same",
        (
            Edit("app/reports/correcting/services.py", "        stop([report_id])\n", ""),
            Edit(
                "app/reports/delivering/jobs.py",
                'if row.state not in ("waiting", "failed") or report.state not in ISSUED:',
                'if row.state not in ("waiting", "failed"):',
            ),
        ),
        (f"{DELIVERING}::test_what_is_taken_back_before_it_was_delivered_goes_nowhere",),
    ),
    Sabotage(
        "FA-1",
        "a delivery that is laid out twice goes out twice",
        (
            Edit(
                "migrations/versions/0045_reports_about_many_go_out.py",
                '["court_id", *columns], unique=True,',
                '["court_id", *columns], unique=False,',
            ),
        ),
        (f"{DELIVERING}::test_the_officer_and_the_judge_find_it_in_their_inbox_once",),
    ),
)
