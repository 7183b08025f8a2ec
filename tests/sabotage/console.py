"""Sabotages of the operator console (CO-8) and of what a court takes along when it leaves."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

CONSOLE = "tests/functional/test_operator_console.py"
LOOK = "tests/functional/test_operator_look.py"
HEALTH = "tests/functional/test_operator_health.py"
FACILITATORS = "tests/functional/test_operator_facilitators.py"
COURTS = "tests/functional/test_operator_courts.py"
EXPORTS = "tests/functional/test_operator_exports.py"
MIGRATION = "migrations/versions/0014_operators_and_closing_courts.py"

SABOTAGES = (
    Sabotage(
        "CO-8",
        "a look leaves no trace in the court",
        (
            Edit(
                "app/operator/looking.py",
                '        audit("operator.look", actor=actor, subject=("court", court_id), new=new)\n',
                "",
            ),
        ),
        (f"{LOOK}::test_a_look_asks_a_reason_and_is_audited_in_that_court",),
    ),
    Sabotage(
        "CO-8",
        "a look needs no reason",
        (
            Edit(
                "app/operator/court_views.py",
                "    if form.validate_on_submit():\n        looking.begin(",
                "    if form.is_submitted():\n        looking.begin(",
            ),
        ),
        (f"{LOOK}::test_a_look_asks_a_reason_and_is_audited_in_that_court",),
    ),
    Sabotage(
        "CO-8",
        "a look never ends",
        (Edit("app/operator/looking.py", "                OperatorLook.expires_at > clock.now(),\n", ""),),
        (f"{LOOK}::test_a_look_ends_after_half_an_hour_and_when_the_operator_ends_it",),
    ),
    Sabotage(
        "CO-8",
        "the database shows enrollments to an operator who has no look open",
        (
            Edit(
                MIGRATION,
                '_narrow(table, "looked_into", "SELECT", f"USING ({LOOK.format(table=table)})")',
                '_narrow(table, "looked_into", "SELECT", "USING (true)")',
            ),
        ),
        (f"{LOOK}::test_postgresql_shows_nothing_without_an_open_look",),
    ),
    Sabotage(
        "CO-8",
        "a look that was ended still opens the database",
        (Edit(MIGRATION, 'WHERE l.ended_at IS NULL "', 'WHERE true "'),),
        (f"{LOOK}::test_postgresql_shows_nothing_without_an_open_look",),
    ),
    Sabotage(
        "CO-8",
        "the console's role may read people",
        (Edit(MIGRATION, "    _jobs()\n", '    _jobs()\n    _run("GRANT SELECT ON person TO portal_platform")\n'),),
        (f"{CONSOLE}::test_no_learner_can_be_reached_even_inside_a_court",),
    ),
    Sabotage(
        "CO-8",
        "the console may write any kind of job",
        (Edit(MIGRATION, 'f"WITH CHECK (kind IN ({KINDS}))"', '"WITH CHECK (true)"'),),
        (f"{HEALTH}::test_the_console_may_ask_for_its_own_kinds_of_job_only",),
    ),
    Sabotage(
        "CO-8",
        "the console may put anybody on a court's staff",
        (Edit(MIGRATION, '"INSERT", "WITH CHECK (role = \'facilitator\')"', '"INSERT", "WITH CHECK (true)"'),),
        (f"{FACILITATORS}::test_the_console_reaches_no_other_place_on_a_courts_staff",),
    ),
    Sabotage(
        "CO-7",
        "an export holds the rows of every court",
        (
            Edit(
                "app/exports/contents.py", "        return query.where(table.c.id == court_id)", "        return query"
            ),
        ),
        (f"{EXPORTS}::test_nothing_of_another_court_is_in_it",),
    ),
    Sabotage(
        "IO-1",
        "an export's cells run as formulas",
        (Edit("app/exports/writing.py", "return neutralized(value)", "return value"),),
        (f"{EXPORTS}::test_values_are_exact_in_json_and_harmless_in_csv",),
    ),
    Sabotage(
        "AU-7",
        "an export holds secrets of sign-ins",
        (
            Edit(
                "app/exports/contents.py", "return OF_NO_USE if SECRET.search(column)", "return OF_NO_USE if not SECRET"
            ),
        ),
        (f"{EXPORTS}::test_no_secret_is_in_it",),
    ),
    Sabotage(
        "AD-1",
        "a court is closed without its data",
        (Edit("app/operator/courts.py", "            leaving.require_copy()\n", "            pass\n"),),
        (f"{COURTS}::test_what_happens_after_the_export_keeps_a_court_open",),
    ),
)
