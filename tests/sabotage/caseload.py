"""Sabotages of the list of everyone and of what is done for several people (AC-3, CO-7, FA-1)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

ACTING = "tests/functional/test_caseload_acting.py"
SERVICES = "app/caseload/acting/services.py"
LOOKUPS = "app/caseload/acting/lookups.py"
ID_BY_HAND = f"{ACTING}::test_nobody_acts_on_another_officers_or_another_courts_case"
CHANGED = f"{ACTING}::test_whoever_changed_since_the_preview_is_told_and_left_as_they_are"

SABOTAGES = (
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
