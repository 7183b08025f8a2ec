"""Sabotages of accountability (CD-4, AC-2, FA-6): what opens a possible violation, who decides it, and how often."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

VIOLATIONS = "tests/functional/test_violations.py"
CHANGING = "tests/functional/test_changing_programs.py"
LIMITS = "tests/functional/test_violations_limits.py"
TERMINATING = "tests/functional/test_terminating.py"
STEPS = "tests/functional/test_agreed_steps.py"
STEPS_DUE = "app/accountability/violations/steps/reminding.py"
STEPPING = "app/accountability/violations/steps/services.py"
ENDING = "app/accountability/terminating/services.py"
OPENING = "app/accountability/violations/opening.py"
DECIDING = "app/accountability/violations/deciding.py"

SABOTAGES = (
    Sabotage(
        "AC-2",
        "somebody without the right says whether an agreed step was done",
        (
            Edit(
                STEPPING,
                "    if not may(actor, Permission.VIOLATION_DECIDE):\n        raise NotFound\n",
                "",
            ),
        ),
        (f"{STEPS}::test_only_those_who_decide_say_it",),
    ),
    Sabotage(
        "AC-2",
        "a second answer about an agreed step takes the first one's place",
        (
            Edit(STEPPING, "        if kept not in STEP_MOVES.onward(before):", "        if False:"),
            Edit(STEPPING, "        move(before, kept, STEP_MOVES)\n", ""),
        ),
        (f"{STEPS}::test_two_people_say_it_at_once_and_the_first_counts",),
    ),
    Sabotage(
        "FA-6",
        "an agreed step that was done is reminded of",
        (
            Edit(
                "app/accountability/violations/steps/reminding.py",
                "            .where(WAITS, COURT",
                "            .where(COURT",
            ),
            Edit(
                STEPS_DUE,
                "    if violation.response_kept is not None or violation",
                "    if violation",
            ),
        ),
        (f"{STEPS}::test_the_learner_is_reminded_before_once_for_each_day_of_the_rules",),
    ),
    Sabotage(
        "CD-4",
        "a possible violation for lessons that wait for money",
        (
            Edit(OPENING, 'Enrollment.state == "coursework", ', 'Enrollment.state.in_(("enrolled", "coursework")), '),
            Edit(OPENING, 'if enrollment.state != "coursework" or ', "if "),
            Edit(OPENING, "if not course.is_open or ", "if "),
        ),
        (f"{LIMITS}::test_money_never_opens_one", f"{LIMITS}::test_lessons_that_wait_for_the_bank_open_none"),
    ),
    Sabotage(
        "CD-4",
        "a possible violation by hand without a word that it is not about money",
        (
            Edit(OPENING, "if not not_money:", "if False:"),
            Edit(
                "app/accountability/violations/forms.py",
                'validators=[InputRequired(_l("Money',
                'validators=[] and [InputRequired(_l("Money',
            ),
        ),
        (f"{LIMITS}::test_an_officer_notes_one_by_hand_in_facts_and_once_for_a_day",),
    ),
    Sabotage(
        "FA-6",
        "one opens at every look",
        (
            Edit(OPENING, "if current.scalar(there) is not None:", "if False:"),
            Edit(OPENING, "if occasion is None or _open_of(", "if occasion is None or not _open_of("),
        ),
        (f"{VIOLATIONS}::test_misses_beyond_the_allowance_open_one_once_and_tell_the_person_and_the_officer",),
    ),
    Sabotage(
        "AC-2",
        "the second of two who decide changes the decision",
        (
            Edit(
                DECIDING,
                'if row.state != "open":\n            raise Refused(_("Somebody has',
                'if False:\n            raise Refused(_("Somebody has',
            ),
            Edit(DECIDING, "        move(row.state, decision.outcome, VIOLATION_MOVES)\n", ""),
        ),
        (f"{VIOLATIONS}::test_two_people_decide_at_once_and_one_decision_stands",),
    ),
    Sabotage(
        "AC-2",
        "who may only see the case decides",
        (
            Edit(DECIDING, "if not may(actor, Permission.VIOLATION_DECIDE):", "if False:", everywhere=True),
            Edit(
                "app/accountability/violations/views.py",
                "permission=Permission.VIOLATION_DECIDE",
                "permission=Permission.CASE_READ",
                everywhere=True,
            ),
        ),
        (f"{LIMITS}::test_who_may_see_and_decide",),
    ),
    Sabotage(
        "AC-2",
        "a case goes back to the court before the person has had a say",
        (Edit(DECIDING, "if not may_return(said=said, ", "if False and not may_return(said=said, "),),
        (f"{VIOLATIONS}::test_back_to_the_court_only_after_the_own_side_or_its_days",),
    ),
    Sabotage(
        "AC-5",
        "the program is finished while something waits to be decided",
        (Edit("app/accountability/services.py", " and not has_open(enrollment.id):", ":"),),
        (f"{VIOLATIONS}::test_nothing_is_finished_while_something_waits_to_be_decided",),
    ),
    Sabotage(
        "AC-2",
        "check-ins are added without the order that the rules ask for",
        (
            Edit(
                "app/accountability/changing/services.py",
                "if not accountability_rules(enrollment).officer_may_extend:",
                "if False:",
            ),
        ),
        (f"{CHANGING}::test_more_check_ins_by_order_go_on_by_the_same_rules",),
    ),
    Sabotage(
        "AC-2",
        "an officer ends the check-ins early",
        (
            Edit(
                "app/accountability/changing/views.py",
                "permission=Permission.CASE_END_EARLY",
                "permission=Permission.CASE_READ",
            ),
        ),
        (f"{CHANGING}::test_who_may_change_a_running_program",),
    ),
    Sabotage(
        "FA-6",
        "what is added overlaps what is there",
        (Edit("app/accountability/schedule.py", "    if following + shift < free_from:", "    if False:"),),
        ("tests/unit/test_schedule.py::test_a_longer_plan_is_one_plan",),
    ),
    Sabotage(
        "FA-6",
        "a pause pushes two check-ins onto one day",
        (
            Edit(
                "app/accountability/schedule.py",
                "due = max(window.due_on + timedelta(days=days), free_from)",
                "due = window.due_on + timedelta(days=days)",
            ),
        ),
        ("tests/unit/test_schedule.py::test_a_court_closed_after_a_pause_gets_each_check_in_on_its_own_day",),
    ),
    Sabotage(
        "AC-2",
        "a program is ended before the time to answer is over",
        (Edit(ENDING, "if not can_be_decided(", "if False and not can_be_decided("),),
        (f"{TERMINATING}::test_not_before_the_time_to_answer_is_over",),
    ),
    Sabotage(
        "AC-2",
        "a program is ended by somebody whom the rules do not name",
        (
            Edit(
                ENDING, "if actor.as_role not in deciders(_rules(enrollment).people.decides_termination):", "if False:"
            ),
            Edit(
                "app/accountability/terminating/views.py",
                "if not may_decide(current_identity(), enrollment):",
                "if False:",
            ),
        ),
        (f"{TERMINATING}::test_only_whom_the_rules_name_decides_and_nobody_their_own_proposal",),
    ),
    Sabotage(
        "AC-2",
        "who proposed to end a program decides it",
        (
            Edit(
                ENDING,
                'if row.proposed_by == actor.id:\n            raise Refused(_("Somebody else than who',
                'if False:\n            raise Refused(_("Somebody else than who',
                everywhere=True,
            ),
        ),
        (f"{TERMINATING}::test_only_whom_the_rules_name_decides_and_nobody_their_own_proposal",),
    ),
    Sabotage(
        "AC-2",
        "the person is told of a proposal that no supervisor approved",
        (
            Edit(ENDING, "if not _rules(enrollment).termination.supervisor_approves:", "if True:"),
            Edit(ENDING, "if document.termination.supervisor_approves and row.approved_at is None:", "if False:"),
        ),
        (f"{TERMINATING}::test_where_the_rules_say_so_a_supervisor_approves_before_anybody_is_told",),
    ),
    Sabotage(
        "CD-4",
        "a program may be ended for money",
        (Edit(ENDING, "if not not_money:", "if False:"),),
        (f"{TERMINATING}::test_reasons_lawyer_and_that_it_is_not_money_are_asked_for",),
    ),
    Sabotage(
        "AC-5",
        "each look at finished check-ins asks for another final report",
        (
            Edit(
                "app/reports/services.py",
                "    _request_once(enrollment_id, ReportKind.FINAL)",
                "    request_report(enrollment_id, ReportKind.FINAL, actor=SYSTEM)",
            ),
        ),
        (
            "tests/functional/test_reports_service.py"
            "::test_the_last_check_in_asks_for_the_final_report_and_the_certificate_exactly_once",
        ),
    ),
)
