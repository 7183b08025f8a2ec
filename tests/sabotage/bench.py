"""Sabotages of the judge's calendar and the diversion unit's pages: who decides, and what the unit never learns."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

UNIT = "tests/functional/test_unit_pages.py"
PERMISSIONS = "app/permissions/permissions.py"
CALENDAR = "tests/functional/test_judges_calendar.py"
LOOKUPS = "app/caseload/unit/lookups.py"
WALL = f"{UNIT}::test_nothing_that_somebody_wrote_is_reachable_for_the_unit"

SABOTAGES = (
    Sabotage(
        "AC-2",
        "somebody else than a judge lets a returned program go on from the calendar",
        (
            Edit(
                "app/caseload/bench/services.py",
                "    if not may(actor, Permission.RETURN_DECIDE):\n        raise NotFound\n",
                "",
            ),
        ),
        (f"{CALENDAR}::test_only_a_judge_of_this_court_does",),
    ),
    Sabotage(
        "AC-2",
        "the judge's calendar opens for whoever has a caseload",
        (
            Edit(
                "app/caseload/bench/views.py",
                "permission=Permission.BENCH_READ",
                "permission=Permission.CASELOAD_READ",
                everywhere=True,
            ),
        ),
        (f"{CALENDAR}::test_only_a_judge_of_this_court_does",),
    ),
    Sabotage(
        "AC-2",
        "a decision is made before it was confirmed",
        (Edit("app/caseload/bench/views.py", 'if request.form.get("confirmed") != "1":', "if False:"),),
        (f"{CALENDAR}::test_a_judge_decides_in_place_and_nothing_happens_before_it_is_confirmed",),
    ),
    Sabotage(
        "AD-1",
        "a judge reads cards and proposals without a trace",
        (Edit("app/caseload/bench/services.py", "    audit_many(deeds, actor=actor)\n", "    deeds.clear()\n"),),
        (f"{CALENDAR}::test_a_judge_reads_one_page",),
    ),
    Sabotage(
        "CD-11",
        "the diversion unit opens whole cases again",
        (Edit(PERMISSIONS, "P.REFERRAL_AMEND, P.UNIT_READ}),", "P.REFERRAL_AMEND, P.UNIT_READ, P.CASE_READ}),"),),
        (WALL,),
    ),
    Sabotage(
        "CD-11",
        "the unit reads what somebody wrote beside a step of a case",
        (Edit("app/cases/referral_views.py", ", reasons=may(identity, Permission.CASE_READ)),", "),"),),
        (WALL,),
    ),
    Sabotage(
        "AC-3",
        "the unit reads the facts of people whom it did not refer",
        (
            Edit(
                LOOKUPS,
                "    return visible_to(reach_of(identity), identity.id, clock.now())\n",
                "    return visible_to(Reach.WHOLE_COURT, identity.id, clock.now())\n",
            ),
            Edit(LOOKUPS, "import reach_of, visible_to\n", "import Reach, visible_to\n"),
        ),
        (f"{UNIT}::test_nobody_else_reads_them",),
    ),
    Sabotage(
        "CD-11",
        "the unit learns of what nobody has decided yet",
        (Edit("app/caseload/unit/rules.py", 'DECIDED = ("excused",', 'DECIDED = ("open", "excused",'),),
        (f"{UNIT}::test_the_unit_reads_facts_of_its_own_people_on_one_page",),
    ),
    Sabotage(
        "CD-11",
        "the unit learns of fees where the rules of the court keep them from it",
        (Edit(LOOKUPS, '        fee=standing if fee else "",', "        fee=standing,"),),
        (f"{UNIT}::test_the_unit_reads_facts_of_its_own_people_on_one_page",),
    ),
)
