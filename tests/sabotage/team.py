"""Sabotages of the supervisor's page: who may open it, whose cases it counts, whose courts (AC-3, CO-7)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

VIEWS = "app/caseload/team/views.py"
ASKED, MORE = "permission=Permission.TEAM_READ", "permission=Permission.CASELOAD_READ"
TESTS = "tests/functional/test_team.py"
APART = (f"{TESTS}::test_officers_and_other_courts_see_none_of_it",)
LOOKUPS = "app/caseload/team/lookups.py"

SABOTAGES = (
    Sabotage(
        "AC-3",
        "officers open the team's page",
        (Edit(VIEWS, f'"/team", {ASKED}', f'"/team", {MORE}'),),
        APART,
    ),
    Sabotage(
        "AC-3",
        "officers take the team's tables along",
        (Edit(VIEWS, f'.csv", {ASKED}', f'.csv", {MORE}'),),
        APART,
    ),
    Sabotage(
        "AC-3",
        "the team's numbers count beyond the reader's reach",
        (
            Edit(
                LOOKUPS,
                "visible_to(reach_of(identity), identity.id, clock.now())",
                "visible_to(Reach.WHOLE_COURT, None, clock.now())",
            ),
            Edit(LOOKUPS, "import names_of, reach_of, visible_to", "import Reach, names_of, visible_to"),
        ),
        APART,
    ),
    Sabotage(
        "CO-7",
        "a member of another court's staff can be asked for",
        (Edit(LOOKUPS, "    if member not in named(known, [member]):\n        raise NotFound\n", ""),),
        APART,
    ),
    Sabotage(
        "IO-1",
        "the team's tables are sent as they are",
        (
            Edit(
                "app/core/csv_files.py",
                "writer.writerows([neutralized(cell) for cell in row] for row in rows)",
                "writer.writerows(rows)",
            ),
        ),
        (f"{TESTS}::test_a_table_for_a_spreadsheet_runs_no_formula",),
    ),
)
