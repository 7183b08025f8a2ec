"""Sabotages of reports about many: whom they show (AC-3), that each comes once (FA-1, FA-6) or says so (FA-4)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

LISTS = "tests/functional/test_report_lists.py"
AFTER = "tests/functional/test_report_lists_after.py"
PACKETS = "tests/functional/test_report_packets.py"
BATCHES = "tests/functional/test_batches.py"
SCHEDULES = "tests/functional/test_report_schedules.py"
RULES = "tests/unit/test_report_schedules.py"
LOOKUPS = "app/reports/lists/lookups.py"

SABOTAGES = (
    Sabotage(
        "AC-3",
        "an officer goes on reading a list after somebody on it was given to another officer",
        (
            Edit(
                LOOKUPS,
                "query.where(ListReport.officer_id == identity.id, ~hidden.exists())",
                "query.where(ListReport.officer_id == identity.id)",
            ),
        ),
        (f"{LISTS}::test_an_officer_reads_the_own_list_and_only_while_everybody_on_it_is_theirs",),
    ),
    Sabotage(
        "AC-3",
        "an officer makes reports of everybody's people",
        (
            Edit(
                "app/batches/lookups.py",
                "    return visible_to(reach, identity.id, clock.now())\n",
                "    return visible_to(Reach.WHOLE_COURT, identity.id, clock.now())\n",
            ),
        ),
        (f"{BATCHES}::test_an_officer_makes_reports_of_the_own_people_only",),
    ),
    Sabotage(
        "AC-3",
        "an officer sees the batches of others",
        (
            Edit(
                "app/batches/lookups.py",
                "select(ReportBatch).where(ReportBatch.asked_by == identity.id)",
                "select(ReportBatch)",
            ),
        ),
        (f"{BATCHES}::test_an_officer_makes_reports_of_the_own_people_only",),
    ),
    Sabotage(
        "FA-1",
        "a step of a batch that runs twice asks twice",
        (Edit("app/batches/services.py", "    item.state = ItemState.ASKED\n", ""),),
        (f"{BATCHES}::test_a_step_that_runs_twice_asks_for_each_report_once",),
    ),
    Sabotage(
        "FA-1",
        "one item that fails stops its batch",
        (Edit("app/batches/services.py", "        if item_id is None:\n            raise\n", "        raise\n"),),
        (f"{BATCHES}::test_a_fault_in_the_program_stops_no_other",),
    ),
    Sabotage(
        "FA-1",
        "a batch fills the queue of single requests",
        (
            Edit(
                "app/batches/services.py",
                "language=batch.language, later=True)\n        item.report_id",
                "language=batch.language)\n        item.report_id",
            ),
        ),
        (f"{BATCHES}::test_a_batch_leaves_room_for_single_requests",),
    ),
    Sabotage(
        "FA-6",
        "an occasion of a schedule is not claimed",
        (
            Edit(
                "app/batches/scheduling/services.py",
                "court_id, due.meant_for.isoformat()) and (subjects",
                "court_id, due.meant_for.isoformat()) is not None and (subjects",
            ),
        ),
        (f"{SCHEDULES}::test_by_the_tenth_each_month_once_at_the_hour_of_the_court",),
    ),
    Sabotage(
        "FA-6",
        "what is due by a closed day is made after it",
        (Edit("tenants/closed_days.py", "        earlier -= ONE_DAY\n", "        earlier += ONE_DAY\n"),),
        (f"{RULES}::test_the_first_of_a_month_on_a_sunday_is_made_in_the_month_before",),
    ),
    Sabotage(
        "FA-6",
        "a paused schedule makes up for what was due meanwhile",
        (
            Edit(
                "app/batches/scheduling/services.py",
                "max(begun, one.changed_at) for one in rows",
                "begun for one in rows",
            ),
        ),
        (f"{SCHEDULES}::test_a_paused_schedule_rests_and_makes_nothing_up",),
    ),
    Sabotage(
        "FA-4",
        "a list whose file could not be stored waits for ever",
        (
            Edit(
                "app/reports/lists/making.py",
                '.values(state="failed", error=code, row_version',
                ".values(error=code, row_version",
            ),
        ),
        (f"{LISTS}::test_a_list_that_can_not_be_made_says_so_and_is_tried_again",),
    ),
    Sabotage(
        "AC-3",
        "an inbox goes on showing a list after somebody on it was given to another officer",
        (
            Edit(
                "app/reports/delivering/inbox.py",
                "readable_lists(identity).join(ReportDelivery",
                "select(ListReport).join(ReportDelivery",
            ),
        ),
        (f"{AFTER}::test_a_delivered_list_closes_when_somebody_on_it_goes_to_another_officer",),
    ),
    Sabotage(
        "CD-9",
        "a list is corrected twice at once",
        (
            Edit("app/batches/correcting.py", "if correction_of_list(list_id) is not None:", "if False:"),
            Edit(
                "migrations/versions/0045_reports_about_many_go_out.py",
                '        unique=True,\n        postgresql_where=sa.text("replaces_id',
                '        unique=False,\n        postgresql_where=sa.text("replaces_id',
            ),
        ),
        (f"{AFTER}::test_a_corrected_list_names_the_old_one_and_takes_its_place",),
    ),
    Sabotage(
        "CD-9",
        "a list that was taken back still goes out",
        (Edit("app/batches/correcting.py", "        stop([list_id])\n", ""),),
        (f"{AFTER}::test_a_list_that_is_taken_back_says_so_to_everybody",),
    ),
    Sabotage(
        "AD-1",
        "who read a list is not among those who have seen the case",
        (Edit("app/court_admin/audit_filters.py", "union_all(own, of_lists)", "union_all(own)"),),
        (f"{AFTER}::test_who_read_a_list_has_seen_the_case_of_each_person_on_it",),
    ),
    Sabotage(
        "CD-9",
        "the index of a packet names another page",
        (Edit("app/reports/packets/making.py", "rows, page = [], own + 1", "rows, page = [], own"),),
        (f"{PACKETS}::test_a_packet_holds_each_report_behind_an_index_with_bookmarks_under_one_seal",),
    ),
)
