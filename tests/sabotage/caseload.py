"""Sabotages of the list of everyone and of what is done for several people (AC-3, CO-7, FA-1)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

ACTING = "tests/functional/test_caseload_acting.py"
SERVICES = "app/caseload/acting/services.py"
LOOKUPS = "app/caseload/acting/lookups.py"
ID_BY_HAND = f"{ACTING}::test_nobody_acts_on_another_officers_or_another_courts_case"
CHANGED = f"{ACTING}::test_whoever_changed_since_the_preview_is_told_and_left_as_they_are"

RULES = "app/caseload/acting/rules.py"
WORDS = "tests/functional/test_caseload_acting_words.py"
ONE_TEXT = f"{WORDS}::test_one_text_goes_to_several_each_in_their_words_and_nothing_is_read_by_it"
CALENDAR = f"{WORDS}::test_the_hearings_of_one_calendar_are_recorded_together_each_with_its_own"

SABOTAGES = (
    Sabotage(
        "IO-5",
        "who did not appear is recorded with the orders of those who did",
        (Edit(RULES, '(details.orders if outcome == details.outcome else "")', "details.orders"),),
        (CALENDAR,),
    ),
    Sabotage(
        "IO-5",
        "a text sent to many says that what each wrote was read",
        (Edit(SERVICES, "actor=actor, answers=False)", "actor=actor)"),),
        (ONE_TEXT,),
    ),
    Sabotage(
        "IO-5",
        "a text with a gap in it goes out",
        (Edit(RULES, 'return Why.GAPS if gaps(message_to(case, details, "-")) else None', "return None"),),
        (ONE_TEXT,),
    ),
    Sabotage(
        "AC-3",
        "who does not work on a case writes to its participant with the others",
        (Edit(RULES, "    if not case.works:\n        return Why.NOT_YOURS\n", ""),),
        (ONE_TEXT,),
    ),
    Sabotage(
        "IO-5",
        "somebody who was left out of a calendar is recorded with the others",
        (
            Edit(
                SERVICES,
                "if own.outcome == SKIP:\n        return Why.SKIPPED",
                'if own.outcome == SKIP:\n        own = Own("held")',
            ),
        ),
        (CALENDAR,),
    ),
    Sabotage(
        "IO-5",
        "a hearing that was recorded meanwhile is written over by one that was looked at before",
        (
            Edit(RULES, 'return f"{case.hearing_id} {case.hearing_recorded}"', "return str(case.hearing_id)"),
            Edit(RULES, "return Why.RECORDED if case.hearing_recorded else None", "return None"),
            Edit(
                "app/cases/hearings/services.py",
                "            if facts_of(row) != held:\n",
                "            if facts_of(row) is None:\n",
            ),
        ),
        (f"{WORDS}::test_what_is_recorded_meanwhile_stays_as_it_is",),
    ),
    Sabotage(
        "IO-5",
        "more time is promised in the preview where the rules ask for an order",
        (
            Edit(
                RULES,
                "return Why.NEEDS_ORDER if case.needs_order and details.ordered_on is None else None",
                "return None",
            ),
        ),
        (f"{ACTING}::test_looked_at_first_then_done_for_each_and_told",),
    ),
    Sabotage(
        "AC-3",
        "an id of another officer's case that was written into the form is acted on",
        (
            Edit(
                LOOKUPS,
                "visible_to(reach_of(identity), identity.id, clock.now()).where(among(Enrollment.id))",
                "visible_to(Reach.WHOLE_COURT, identity.id, clock.now()).where(among(Enrollment.id))",
            ),
            Edit(LOOKUPS, "import reach_of, visible_to", "import Reach, visible_to"),
        ),
        (ID_BY_HAND,),
    ),
    Sabotage(
        "CO-7",
        "ids are believed without a look whose they are: another court's too",
        (
            Edit(
                SERVICES,
                "wanted = [found[key] for key in dict.fromkeys(enrollment_ids) if key in found]",
                "wanted = [found.get(key) or replace(next(iter(found.values())), enrollment_id=key)"
                " for key in dict.fromkeys(enrollment_ids)]",
            ),
        ),
        (ID_BY_HAND,),
    ),
    Sabotage(
        "AC-3",
        "somebody else's action can be opened",
        (
            Edit(
                LOOKUPS,
                "select(CaseAction).where(CaseAction.id == action_id, CaseAction.asked_by == identity.id)",
                "select(CaseAction).where(CaseAction.id == action_id)",
            ),
        ),
        (ID_BY_HAND,),
    ),
    Sabotage(
        "AC-3",
        "a case that went to somebody else after the preview is acted on",
        (Edit(SERVICES, "    if case is None:\n        return Why.NOT_SEEN\n    if depends_on", "    if depends_on"),),
        (CHANGED,),
    ),
    Sabotage(
        "AC-3",
        "whoever lost the right since the preview goes on acting",
        (
            Edit(
                SERVICES,
                'where(CaseAction.id == action_id, Membership.state == "active")',
                "where(CaseAction.id == action_id)",
            ),
        ),
        (f"{ACTING}::test_the_worker_ends_what_a_page_began_with_the_rights_of_then",),
    ),
    Sabotage(
        "FA-1",
        "one fault stops what is done for the others",
        (Edit(SERVICES, "        if item_id is None:\n            raise\n", "        raise\n"),),
        (f"{ACTING}::test_many_are_left_to_the_worker_who_stops_for_no_fault_and_does_each_once",),
    ),
)
