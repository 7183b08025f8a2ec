"""Sabotages of the lessons: what keeps time honest (AC-5), and who may look at it (AC-2)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

TIME = "tests/functional/test_learning_time.py"
KEPT = "tests/functional/test_learning_kept.py"
HELP = "tests/functional/test_learning_accommodations.py"
TALLY = "tests/unit/test_learning_tally.py"

SABOTAGES = (
    Sabotage(
        "AC-2",
        "more time is granted and the deadline of the lessons stays where it was",
        (
            Edit(
                "app/learning/accommodations/services.py", "            _move_deadline(enrollment, until, actor)\n", ""
            ),
        ),
        (f"{HELP}::test_more_time_can_move_the_deadline_in_the_same_decision",),
    ),
    Sabotage(
        "AC-5",
        "a sign counts for any lesson, whoever's page it comes from",
        (Edit("app/learning/sitting.py", "if not is_mark_of(mark, slug, lesson, actor):", "if False:"),),
        (f"{TIME}::test_the_mark_of_another_lesson_person_or_sign_in_counts_nothing",),
    ),
    Sabotage(
        "AC-5",
        "lessons in two tabs are each given the same minutes",
        (
            Edit(
                "app/learning/counting.py",
                "return max(0, min(tally.counted_seconds(key, rule) - stored, int(in_all) - credited))",
                "return max(0, int(in_all) - stored)",
            ),
        ),
        (f"{TIME}::test_two_lessons_in_two_tabs_count_once",),
    ),
    Sabotage(
        "AC-5",
        "the tally gives a visit what a later one holds",
        (Edit("app/learning/tally.py", "elif one.number > active.number:", "elif False:"),),
        (f"{TALLY}::test_two_devices_that_alternate_look_at_all_signs_never_and_count_once",),
    ),
    Sabotage(
        "AC-5",
        "a silence counts in full",
        (
            Edit(
                "app/learning/tally.py",
                "min(event.at, visit.last + dt.timedelta(seconds=limit))",
                "event.at",
            ),
        ),
        (f"{TIME}::test_what_is_stored_sign_after_sign_is_what_the_rule_makes_of_all",),
    ),
    Sabotage(
        "AC-3",
        "an officer reads the time of a case that is not assigned",
        (
            Edit(
                "app/learning/ledger/views.py",
                "    enrollment = get_enrollment_for(current_identity(), enrollment_id)",
                "    enrollment = the_enrollment(enrollment_id)",
            ),
            Edit(
                "app/learning/ledger/views.py",
                "import get_enrollment_for, my_enrollment",
                "import my_enrollment, the_enrollment",
            ),
        ),
        (f"{TIME}::test_the_ledger_explains_each_minute_to_learner_and_court",),
    ),
    Sabotage(
        "SE-3",
        "what is sent after the sign-in ended is thrown away",
        (Edit("app/web/hooks.py", "            return _signed_out(access, sent)\n", "            pass\n"),),
        (f"{KEPT}::test_a_form_sent_after_the_sign_in_ended_is_handed_back_and_can_be_sent",),
    ),
    Sabotage(
        "SE-3",
        "being asked does not keep a sign-in from ending",
        (Edit("app/accounts/sessions.py", "        _seen(row.id, now)\n", "        pass\n"),),
        (f"{KEPT}::test_a_sign_in_is_warned_of_its_end_and_goes_on_when_asked",),
    ),
    Sabotage(
        "SE-3",
        "the newer of two devices overwrites the other",
        (
            Edit(
                "app/accounts/drafts/services.py",
                "one.place == place and mark_of_text(one) == continues:",
                "one.place == place:",
            ),
        ),
        (f"{KEPT}::test_two_devices_never_overwrite_each_other",),
    ),
    Sabotage(
        "SE-3",
        "people with the same lesson share what they typed",
        (
            Edit(
                "app/accounts/drafts/services.py",
                "found = select(KeptText).where(KeptText.account_id == account_id, KeptText.place == place)",
                "found = select(KeptText).where(KeptText.place == place)",
            ),
        ),
        (f"{KEPT}::test_what_is_typed_is_its_writers_alone",),
    ),
    Sabotage(
        "CD-1",
        "an accommodation of more time changes nothing",
        (Edit("app/learning/accommodations/rules.py", "widen = max((times for", "widen = min((1 for"),),
        (f"{HELP}::test_more_time_widens_what_counts_at_once_and_later",),
    ),
    Sabotage(
        "AC-2",
        "supervisors read why somebody needs an accommodation",
        (
            Edit(
                "app/permissions/permissions.py",
                "_STAFF | _SUPERVISES | {P.ORDER_FILE_READ",
                "_STAFF | _SUPERVISES | {P.ACCOMMODATION_DECIDE, P.ORDER_FILE_READ",
            ),
        ),
        (f"{HELP}::test_why_is_read_by_those_who_decide_alone",),
    ),
    Sabotage(
        "AC-2",
        "anybody takes somebody else's request back",
        (
            Edit(
                "app/learning/accommodations/services.py",
                "        if row.enrollment_id != mine.id:",
                "        if False:",
            ),
        ),
        (f"{HELP}::test_why_is_read_by_those_who_decide_alone",),
    ),
    Sabotage(
        "AC-4",
        "a request is decided a second time",
        (
            Edit(
                "app/learning/accommodations/services.py",
                "if row.state != state or str(row.row_version) != version:",
                "if False:",
            ),
        ),
        (f"{HELP}::test_one_request_at_a_time_one_decision_and_taking_back",),
    ),
)
