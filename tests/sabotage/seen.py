"""Sabotages of what the court sees: who answers a dispute, what reports say of it, and whose lawyer reads what."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

DISPUTES = "tests/functional/test_disputes.py"
COUNSEL = "tests/functional/test_counsel.py"
LOOKUPS = "app/counsel/lookups.py"

SABOTAGES = (
    Sabotage(
        "AC-2",
        "a lawyer who was removed goes on reading",
        (
            Edit(
                LOOKUPS,
                "CounselAdmission.membership_id == identity.id, _OPEN,",
                "CounselAdmission.membership_id == identity.id,",
            ),
        ),
        (f"{COUNSEL}::test_admitted_by_the_client_reads_and_is_removed_at_once",),
    ),
    Sabotage(
        "SE-2",
        "a lawyer who was removed stays signed in",
        (
            Edit(
                "app/counsel/services.py",
                "        sessions.end_all(membership_id=row.membership_id)\n",
                "        pass\n",
            ),
        ),
        (f"{COUNSEL}::test_admitted_by_the_client_reads_and_is_removed_at_once",),
    ),
    Sabotage(
        "AC-2",
        "a lawyer reads the case of somebody else's client",
        (Edit(LOOKUPS, "CounselAdmission.membership_id == identity.id, _OPEN,", "_OPEN,"),),
        (f"{COUNSEL}::test_two_clients_one_sign_in_and_nobody_elses_case",),
    ),
    Sabotage(
        "AC-2",
        "a lawyer has another client's report by its id",
        (
            Edit(
                "app/my_program/lawyer/views.py",
                "row = _issued(enrollment.id, report_id)",
                "row = session().scalars(select(Report).where(Report.id == report_id)).one()",
            ),
            Edit(
                "app/my_program/lawyer/views.py",
                "from tenants.database import transaction",
                "from sqlalchemy import select\nfrom tenants.database import session, transaction",
            ),
        ),
        (f"{COUNSEL}::test_two_clients_one_sign_in_and_nobody_elses_case",),
    ),
    Sabotage(
        "CO-1",
        "admissions of lawyers are not isolated by court",
        (
            Edit(
                "migrations/versions/0047_counsel.py",
                '    isolate(op, TABLE, app="SELECT, INSERT, UPDATE", platform="")\n',
                "",
            ),
        ),
        ("tests/architecture/test_schema.py::test_the_catalogue_has_nothing_to_complain_of",),
    ),
    Sabotage(
        "AC-2",
        "an officer answers what the clerk keeps",
        (Edit("app/disputes/rules.py", " and fact in SUPERVISION)", ")"),),
        (f"{DISPUTES}::test_who_answers_is_who_keeps_that_part_of_the_record",),
    ),
    Sabotage(
        "AD-1",
        "who recorded a fact answers its dispute alone",
        (Edit("app/disputes/services.py", "        if is_for_somebody_else(row, actor):", "        if False:"),),
        (f"{DISPUTES}::test_somebody_else_than_who_recorded_it_answers_where_the_court_has_one",),
    ),
    Sabotage(
        "AD-1",
        "nobody remembers who recorded what is disputed",
        (
            Edit(
                "app/my_program/record/facts.py", "recorder_of(fact, one.subject, self.records, self.time_zone)", "None"
            ),
        ),
        (f"{DISPUTES}::test_somebody_else_than_who_recorded_it_answers_where_the_court_has_one",),
    ),
    Sabotage(
        "AC-3",
        "who stands in is not told of what is disputed",
        (Edit("app/cases/moving/telling.py", "who_is_told(officer_id) if", "(officer_id,) if"),),
        (f"{DISPUTES}::test_who_stands_in_is_told_and_answers_and_the_history_says_so",),
    ),
    Sabotage(
        "CD-11",
        "a report shows what somebody wrote about a fact",
        (
            Edit(
                "app/reports/court_kinds/disputed.py",
                '"what": _what(fact, one.subject, fields, place, row),',
                '"what": one.reason,',
            ),
        ),
        (f"{DISPUTES}::test_from_this_is_not_right_to_the_answer_and_every_report_says_so",),
    ),
    Sabotage(
        "CD-11",
        "a disputed fact is missing from a report",
        (Edit("app/reports/court_kinds/disputed.py", 'if one.state != "withdrawn"', 'if one.state == "stands"'),),
        (f"{DISPUTES}::test_from_this_is_not_right_to_the_answer_and_every_report_says_so",),
    ),
    Sabotage(
        "CD-11",
        "the record leaves out what the bench card says",
        (Edit("app/my_program/record/facts.py", "in self.bench.figures()\n", "in self.bench.figures()[1:]\n"),),
        (f"{DISPUTES}::test_the_record_says_fact_by_fact_what_the_bench_card_says",),
    ),
)
