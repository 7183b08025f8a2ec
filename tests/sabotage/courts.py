"""Sabotages of what keeps courts apart (CO) and of access (AC)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

SCHEMA = "tests/architecture/test_schema.py"
DATABASE = "tests/functional/test_isolation_database.py"
PAGES = "tests/functional/test_isolation_pages.py"
REQUESTS = "tests/functional/test_isolation_requests.py"
ACCESS = "tests/functional/test_web_access.py"
ROUTES = "tests/architecture/test_routes.py"
POLICY = '    court = f"court_id = {COURT}"\n'

OPEN = """    open_to_all = table in ("person", "referral", "enrollment")
    court = "true" if open_to_all else f"court_id = {COURT}"
"""
GRANT = '    _run(op, f"GRANT {app} ON {table} TO portal_app")\n'
LEAK = """    if table == "membership":
        _run(op, f"CREATE POLICY leak ON {table} FOR SELECT TO portal_app USING (true)")
"""
FOREIGN_KEY = """        sa.ForeignKeyConstraint(
            ["court_id", "person_id"],
            ["person.court_id", "person.id"],
            name=op.f("fk_referral_court_id_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
"""

SABOTAGES = (
    Sabotage(
        "CO-1",
        "row security is not forced",
        (
            Edit(
                "tenants/isolation.py",
                '    _run(op, f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")\n    court',
                "    court",
            ),
        ),
        (f"{SCHEMA}::test_the_catalogue_has_nothing_to_complain_of",),
    ),
    Sabotage(
        "CO-1",
        "the policy lets every court see every row",
        (Edit("tenants/isolation.py", POLICY, OPEN),),
        (f"{DATABASE}::test_every_table_hides_the_other_courts_rows",),
    ),
    Sabotage(
        "CO-1",
        "the policy checks what is read, not what is written",
        (Edit("tenants/isolation.py", "WITH CHECK ({court})", "WITH CHECK (true)"),),
        (f"{DATABASE}::test_another_courts_row_can_not_be_changed_or_made_by_core",),
    ),
    Sabotage(
        "CO-1",
        "a table is left out of row security",
        (
            Edit(
                "migrations/versions/0003_cases.py",
                '    isolate(op, "hearing"',
                '    op.execute("GRANT SELECT ON hearing TO portal_app")\n    (lambda *a, **k: None)(op, "hearing"',
            ),
        ),
        (f"{SCHEMA}::test_the_catalogue_has_nothing_to_complain_of",),
    ),
    Sabotage(
        "CO-2",
        "the runtime role bypasses row security",
        (Edit("tenants/roles.py", '"portal_app": "NOBYPASSRLS"', '"portal_app": "BYPASSRLS"'),),
        (f"{SCHEMA}::test_the_runtime_role_is_nobody_special",),
    ),
    Sabotage(
        "CO-2",
        "the runtime role may truncate",
        (Edit("tenants/isolation.py", "GRANT {app} ON {table}", "GRANT {app}, TRUNCATE ON {table}"),),
        (f"{SCHEMA}::test_the_runtime_role_is_nobody_special",),
    ),
    Sabotage(
        "CO-3",
        "the court stays in the connection after the transaction",
        (
            Edit(
                "tenants/database.py",
                "set_config('portal.court_id', %s, true)",
                "set_config('portal.court_id', %s, false)",
            ),
        ),
        (f"{DATABASE}::test_one_connection_serves_alternating_courts_and_carries_nothing_over",),
    ),
    Sabotage(
        "CO-3",
        "the court of a request stays in the connection after it",
        (
            Edit(
                "tenants/database.py",
                "sa.cast(court_id, sa.Text()), sa.true())",
                "sa.cast(court_id, sa.Text()), sa.false())",
            ),
        ),
        (f"{REQUESTS}::test_a_request_sees_the_court_of_its_address_and_leaves_nothing_behind",),
    ),
    Sabotage(
        "CO-3",
        "an open transaction can be taken over by another court",
        (
            Edit(
                "tenants/database.py",
                '        raise ScopeError("a transaction for another court is open")',
                "        pass",
            ),
        ),
        (f"{DATABASE}::test_one_session_serves_one_court",),
    ),
    Sabotage(
        "CO-3",
        "a locked read hands out the session's older copy",
        (Edit("tenants/database.py", "state.update_execution_options(populate_existing=True)", "pass"),),
        ("tests/functional/test_outbox_jobs.py::test_runs_at_once_have_one_effect",),
    ),
    Sabotage(
        "FA-3",
        "a dead connection is given out",
        (Edit("tenants/database.py", "if waiting.poll(0):", "if False:"),),
        (f"{REQUESTS}::test_a_connection_that_postgresql_ended_is_replaced_before_a_request_notices",),
    ),
    Sabotage(
        "CO-4",
        "no court means every court",
        (Edit("tenants/isolation.py", POLICY, '    court = f"(court_id = {COURT} OR {COURT} IS NULL)"\n'),),
        (f"{DATABASE}::test_without_a_court_nothing_is_read",),
    ),
    Sabotage(
        "CO-4",
        "the empty text after first use is not foreseen",
        (
            Edit(
                "tenants/isolation.py",
                "NULLIF(current_setting('portal.court_id', true), '')::uuid",
                "current_setting('portal.court_id', true)::uuid",
            ),
        ),
        (f"{DATABASE}::test_without_a_court_nothing_is_read",),
    ),
    Sabotage(
        "CO-5",
        "a foreign key is missing",
        (Edit("migrations/versions/0003_cases.py", FOREIGN_KEY, ""),),
        (f"{DATABASE}::test_a_row_can_not_point_to_another_courts_row",),
    ),
    Sabotage(
        "CO-5",
        "a unique key spans all courts",
        (
            Edit(
                "migrations/versions/0002_ground.py",
                '"court_id", "kind", "subject_id", "occasion"',
                '"kind", "subject_id", "occasion"',
            ),
        ),
        (f"{DATABASE}::test_uniques_tell_nothing_of_other_courts",),
    ),
    Sabotage(
        "CO-6",
        "files of all courts lie in one folder",
        (Edit("app/core/storage.py", "self.folder / str(shelf) / sha256[:2]", "self.folder / sha256[:2]"),),
        (f"{DATABASE}::test_files_are_kept_by_court",),
    ),
    Sabotage(
        "CO-6",
        "a job without a court is run without one",
        (Edit("app/worker.py", "court = UUID(court_id)", "court = UUID(court_id or '0' * 32)"),),
        ("tests/functional/test_outbox_jobs.py::test_a_job_without_a_court_is_refused",),
    ),
    Sabotage(
        "CO-7",
        "the names of every court's staff can be read",
        (Edit("tenants/isolation.py", GRANT, LEAK + GRANT),),
        (f"{PAGES}::test_every_page_shows_words_of_its_own_court_only",),
    ),
    Sabotage(
        "AC-1",
        "an undeclared route is open",
        (
            Edit(
                "app/web/hooks.py",
                '        log.error("endpoint %s declares no permission", request.endpoint)\n        abort(404)',
                "        return None",
            ),
        ),
        (f"{ROUTES}::test_the_detector_detects",),
    ),
    Sabotage(
        "AC-1",
        "a route may be written without a declaration",
        (
            Edit(
                "app/web/routing.py",
                "        if (access.permission is None) == (not access.public):",
                "        if False:",
            ),
        ),
        (f"{ROUTES}::test_a_route_without_exactly_one_declaration_can_not_be_written",),
    ),
    Sabotage(
        "AC-2",
        "being signed in is enough",
        (
            Edit(
                "app/web/hooks.py",
                "if access.permission is None or not may(identity, access.permission):",
                "if access.permission is None:",
            ),
        ),
        (f"{ACCESS}::test_each_page_opens_for_its_roles_and_is_missing_for_all_others",),
    ),
    Sabotage(
        "AC-2",
        "forbidden does not look like missing",
        (
            Edit(
                "app/web/hooks.py",
                "if access.permission is None or not may(identity, access.permission):\n        abort(404)",
                "if access.permission is None or not may(identity, access.permission):\n        abort(403)",
            ),
        ),
        (f"{ACCESS}::test_each_page_opens_for_its_roles_and_is_missing_for_all_others",),
    ),
    Sabotage(
        "AC-2",
        "the second factor is not asked for",
        (
            Edit("app/web/hooks.py", "    if not identity.fully_signed_in:\n", "    if False:\n"),
            Edit("app/permissions/permissions.py", "return identity.fully_signed_in and ", "return "),
        ),
        (f"{ACCESS}::test_before_the_second_factor_only_the_second_factor",),
    ),
)
