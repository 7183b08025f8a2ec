"""Sabotages of the list of the day: whose cases it shows, what stays away, and what comes back (AC, CO)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

TODAY = "tests/functional/test_today.py"
LOOKUPS, SERVICES = "app/caseload/attention/lookups.py", "app/caseload/attention/services.py"
ALIEN = f"{TODAY}::test_nobody_handles_the_list_of_another_officer_or_court_and_a_mark_stays_with_its_case"
AWAY = f"{TODAY}::test_what_is_put_aside_stays_away_until_its_day_or_until_it_happens_anew"

ALIKE = f"{TODAY}::test_what_is_put_aside_is_aside_on_the_caseload_too"

SABOTAGES = (
    Sabotage(
        "IO-5",
        "the caseload goes on naming what was done on the list of the day",
        (
            Edit(
                "app/caseload/everyone/lookups.py",
                "aside = aside_among(list(found.values()), identity, day)",
                "aside = {}",
            ),
        ),
        (ALIKE,),
    ),
    Sabotage(
        "IO-5",
        "beside a hearing stands a report that was replaced",
        (
            Edit(
                "app/caseload/attention/hearings.py",
                "is_one_of(Report.state, ISSUED),\n        )\n        .order_by(Report.requested_at.desc(), ",
                "is_one_of(Report.state, (*ISSUED, 'superseded')),\n        )\n        .order_by(Report.requested_at, ",
            ),
        ),
        (
            "tests/functional/test_report_packets.py"
            "::test_beside_a_hearing_stands_the_newest_report_and_what_replaced_the_one_in_the_packet",
        ),
    ),
    Sabotage(
        "AC-3",
        "whoever has an officer's list sees everybody's",
        (
            Edit(
                LOOKUPS,
                "chosen(visible_to(reach, VIEWER, NOW), whose, own=own)",
                "chosen(visible_to(Reach.WHOLE_COURT, VIEWER, NOW), whose, own=own)",
            ),
        ),
        (ALIEN,),
    ),
    Sabotage(
        "AC-3",
        "what another officer put aside can be taken back",
        (
            Edit(
                LOOKUPS,
                "AttentionMark.id == mark_id, AttentionMark.enrollment_id.in_(mine)",
                "AttentionMark.id == mark_id",
            ),
        ),
        (ALIEN,),
    ),
    Sabotage(
        "AC-3",
        "another officer's reason can be put aside",
        (
            Edit(
                LOOKUPS,
                "    if session().scalar(visible.with_only_columns(Enrollment.id)) is None:\n        raise NotFound\n",
                "    del visible\n",
            ),
            Edit(
                SERVICES,
                "    get_enrollment_for(actor, enrollment_id)\n    with transaction() as current:\n"
                "        enrollment = the_enrollment(enrollment_id, lock=True)  # who",
                "    with transaction() as current:\n"
                "        enrollment = the_enrollment(enrollment_id, lock=True)  # who",
            ),
        ),
        (ALIEN,),
    ),
    Sabotage(
        "AC-3",
        "what was put aside stays away although it happened anew",
        (
            Edit(
                LOOKUPS,
                "return {(str(mark.enrollment_id), mark.kind, mark.occasion): mark for mark in marks}",
                'return {(str(mark.enrollment_id), mark.kind, ""): mark for mark in marks}',
            ),
            Edit(LOOKUPS, "(case[0], item.kind, item.occasion)", '(case[0], item.kind, "")'),
        ),
        (AWAY,),
    ),
    Sabotage(
        "AC-3",
        "what is to come back on a day comes back a day later",
        (Edit(LOOKUPS, "AttentionMark.until > today", "AttentionMark.until >= today"),),
        (AWAY,),
    ),
    Sabotage(
        "AC-3",
        "a case that has an officer can be given to another one at the counter",
        (
            Edit(
                SERVICES,
                "if enrollment.officer_id is not None or enrollment.state in FINAL_STATES:",
                "if enrollment.state in FINAL_STATES:",
            ),
        ),
        (f"{TODAY}::test_cases_without_an_officer_wait_at_the_court_and_are_assigned_in_place",),
    ),
)
