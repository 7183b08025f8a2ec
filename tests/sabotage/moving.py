"""Sabotages of cases that move: to who stands in (AC-3, AD-1), to another officer (AC-3), to another court (CO-7)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

CASES = "tests/functional/test_moving_cases.py"
STANDS_IN = f"{CASES}::test_a_colleague_stands_in_from_the_first_day_to_the_last_and_no_longer"
COURTS = "tests/functional/test_transfers.py"
CONSENT = f"{COURTS}::test_without_the_persons_own_agreement_nothing_leaves_the_court"
CUT_OFF = f"{COURTS}::test_what_is_cut_off_between_the_courts_is_done_at_the_next_turn_and_never_twice"
SEALED = f"{COURTS}::test_a_parcel_shows_at_its_two_courts_and_is_sealed_and_emptied"
REASSIGNING = "tests/functional/test_reassigning.py"
SOME_OR_ALL = f"{REASSIGNING}::test_some_cases_or_all_of_them_go_to_somebody_else_at_once_and_both_are_told"

SABOTAGES = (
    Sabotage(
        "AC-3",
        "who stood in goes on seeing the cases after the last day",
        (
            Edit(
                "app/cases/lookups.py",
                "Cover.cover_id == viewer, Cover.starts_at <= now, Cover.ends_at > now",
                "Cover.cover_id == viewer, Cover.starts_at <= now",
            ),
        ),
        (STANDS_IN,),
    ),
    Sabotage(
        "AC-3",
        "who will stand in sees the cases before the first day",
        (
            Edit(
                "app/cases/lookups.py",
                "Cover.cover_id == viewer, Cover.starts_at <= now, Cover.ends_at > now",
                "Cover.cover_id == viewer, Cover.ends_at > now",
            ),
        ),
        (STANDS_IN,),
    ),
    Sabotage(
        "AD-1",
        "the audit does not say for whom a colleague stood in",
        (Edit("app/accounts/sessions.py", "            covering=row.covering,\n", ""),),
        (STANDS_IN,),
    ),
    Sabotage(
        "AC-3",
        "an officer ends what others arranged",
        (Edit("app/cases/moving/lookups.py", "if identity.as_role is Role.OFFICER:", "if False:"),),
        (f"{CASES}::test_a_cover_that_is_ended_early_closes_the_cases_at_once_and_others_can_not_end_it",),
    ),
    Sabotage(
        "AC-3",
        "a case that was given to a colleague stays with the officer of before",
        (Edit("app/cases/assigning.py", "        _put(Enrollment, [row.id for row in moving], officer_id=to)\n", ""),),
        (SOME_OR_ALL,),
    ),
    Sabotage(
        "AC-3",
        "an officer gives cases away",
        (
            Edit(
                "app/caseload/acting/reassign_views.py",
                '@pages.route("/caseload/reassign", methods=["GET", "POST"], permission=Permission.CASE_ASSIGN)',
                '@pages.route("/caseload/reassign", methods=["GET", "POST"], permission=Permission.CASELOAD_READ)',
            ),
        ),
        (SOME_OR_ALL,),
    ),
    Sabotage(
        "AC-3",
        "a case that went to somebody else after the preview is taken from them again",
        (Edit("app/caseload/acting/services.py", "elif depends_on(What.REASSIGN, case) != item.seen:", "elif False:"),),
        (f"{REASSIGNING}::test_a_case_that_moved_meanwhile_stays_and_nobody_s_client_is_given_away_unseen",),
    ),
    Sabotage(
        "CO-7",
        "somebody else agrees in the participant's place",
        (
            Edit(
                "app/transfers/asking.py",
                "    if actor.id is None or enrollment.account_id != actor.id:",
                "    if False:",
            ),
        ),
        (CONSENT,),
    ),
    Sabotage(
        "CO-7",
        "a case is offered after the participant said no",
        (
            Edit(
                "app/transfers/asking.py",
                '        if row.state != "asked" or enrollment.state in FINAL_STATES:\n            raise StaleForm\n',
                "",
            ),
            Edit("app/transfers/asking.py", '        _put(row, "agreed")\n', '        row.state = "agreed"\n'),
        ),
        (CONSENT,),
    ),
    Sabotage(
        "CO-7",
        "every court sees every parcel",
        (
            Edit(
                "migrations/versions/0054_cases_move_to_another_court.py",
                'both = f"from_court = {COURT} OR to_court = {COURT}"',
                'both = "true"',
            ),
        ),
        (SEALED,),
    ),
    Sabotage(
        "CO-7",
        "what came to nothing stays in the mailbox",
        (Edit("app/transfers/parcels.py", '            parcel.offer = parcel.package = ""\n', ""),),
        (SEALED,),
    ),
    Sabotage(
        "FA-1",
        "a case that was taken in is taken in again at the next turn",
        (
            Edit("app/transfers/carrying.py", '        put_on(parcel, "received")\n', ""),
            Edit("app/transfers/receiving.py", '        row.state, row.ended_at = "received", clock.now()\n', ""),
        ),
        (CUT_OFF,),
    ),
)
