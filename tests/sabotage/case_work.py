"""Sabotages of what is written in a case (AC-2, AC-3, CD-4): messages, notes, and records of hearings."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

MESSAGES = "tests/functional/test_case_messages.py"
NOTES = "tests/functional/test_case_notes.py"
HEARINGS = "tests/functional/test_hearings.py"
WORKING = "app/cases/working.py"
RECORDING = "app/cases/hearings/services.py"

SABOTAGES = (
    Sabotage(
        "AC-3",
        "another officer reads what a participant and the officer write",
        (
            Edit(WORKING, "import get_enrollment_for\n", "import the_enrollment\n"),
            Edit(WORKING, "get_enrollment_for(identity, enrollment_id)", "the_enrollment(enrollment_id)"),
        ),
        (f"{MESSAGES}::test_nobody_else_reads_a_thread",),
    ),
    Sabotage(
        "AC-3",
        "judges, clerks and the prosecutor's unit read private notes and messages",
        (
            Edit(WORKING, "    return False\n", "    return True\n"),
            Edit(WORKING, "        return assigned is", "        return True or assigned is"),
        ),
        (f"{NOTES}::test_private_notes_are_read_by_who_works_on_the_case_and_nobody_else",),
    ),
    Sabotage(
        "CD-4",
        "a participant is shown private notes",
        (
            Edit(
                "app/cases/notes/lookups.py",
                "CaseNote.enrollment_id == enrollment_id, CaseNote.shared.is_(True))",
                "CaseNote.enrollment_id == enrollment_id)",
            ),
        ),
        (f"{NOTES}::test_private_notes_are_read_by_who_works_on_the_case_and_nobody_else",),
    ),
    Sabotage(
        "AC-3",
        "a clerk who does not work on a case finds the notes in its history",
        (Edit("app/caseload/detail.py", "(found if works else found.without(", "(found if True else found.without("),),
        (f"{NOTES}::test_private_notes_are_read_by_who_works_on_the_case_and_nobody_else",),
    ),
    Sabotage(
        "CD-4",
        "a note is shown to the participant without asking once more",
        (Edit("app/cases/notes/views.py", 'and "confirmed" not in request.form', "and False"),),
        ("tests/functional/test_caseload_pages.py::test_notes_are_for_staff_unless_shared_and_sent_twice_are_one",),
    ),
    Sabotage(
        "CD-1",
        "the words of a message stand in the audit",
        (
            Edit(
                "app/cases/messages/services.py",
                'subject=("case_message", message.id),\n',
                'subject=("case_message", message.id),\n            new={"text": message.text},\n',
            ),
        ),
        (f"{MESSAGES}::test_a_thread_from_question_to_answer",),
    ),
    Sabotage(
        "CD-1",
        "a closed case goes on talking",
        (Edit("app/cases/messages/services.py", "    if is_closed(enrollment.state):", "    if False:"),),
        (f"{MESSAGES}::test_limits_closed_cases_and_people_who_have_not_enrolled",),
    ),
    Sabotage(
        "AD-1",
        "the record of a hearing is written over",
        (Edit(RECORDING, "        _keep(enrollment, row, old, held, reason, actor)\n", ""),),
        (f"{HEARINGS}::test_a_correction_keeps_what_the_record_said",),
    ),
    Sabotage(
        "AD-1",
        "changing a referral takes a recorded hearing away",
        (Edit("app/cases/amending.py", "row.on_date < today or row.recorded_at is not None", "row.on_date < today"),),
        (f"{HEARINGS}::test_a_correction_keeps_what_the_record_said",),
    ),
    Sabotage(
        "AC-3",
        "a hearing is read under another case's address",
        (Edit("app/cases/hearings/lookups.py", ", Hearing.referral_id == enrollment.referral_id", ""),),
        (f"{HEARINGS}::test_who_records_hearings",),
    ),
)
