"""Sabotages of the rules editor (AC-4, AD-1, CO-7): what guards a draft, a published version and those held to one."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

RULES = "tests/functional/test_court_admin_rules.py"
DRAFTS = "tests/functional/test_court_admin_drafts.py"

SABOTAGES = (
    Sabotage(
        "AC-4",
        "a module that nobody offered can be required",
        (
            Edit(
                "app/court_admin/drafting.py",
                'if row["use"] in (REQUIRED, OPTIONAL) and row["slug"] in titles]',
                'if row["use"] in (REQUIRED, OPTIONAL)]',
            ),
        ),
        (f"{RULES}::test_injected_fields_change_nothing",),
    ),
    Sabotage(
        "AC-4",
        "the portal may rewrite a published version",
        (
            Edit(
                "migrations/versions/0009_drafts_of_the_rules.py",
                "GRANT UPDATE (canceled_at, canceled_by) ON program_rules TO portal_app",
                "GRANT UPDATE ON program_rules TO portal_app",
            ),
        ),
        (f"{DRAFTS}::test_a_published_version_can_not_change",),
    ),
    Sabotage(
        "AC-4",
        "what is published is not what was previewed",
        (
            Edit(
                "app/court_admin/drafts.py",
                "if draft is None or draft.row_version != seen:\n            raise DraftMoved",
                "if draft is None:\n            raise DraftMoved",
            ),
        ),
        (f"{DRAFTS}::test_only_what_was_previewed_is_published",),
    ),
    Sabotage(
        "AC-4",
        "the second of two administrators overwrites the first without a word",
        (
            Edit(
                "app/court_admin/drafts.py",
                "if mark(part, draft.document) != seen:",
                "if False:",
            ),
        ),
        (f"{DRAFTS}::test_of_two_who_change_one_part_the_second_sees_both_and_loses_nothing",),
    ),
    Sabotage(
        "AC-4",
        "everything of a new version is applied to people who enrolled before",
        (
            Edit(
                "app/court_admin/running.py",
                "    changed = dict(document)\n    for rule in RUNNING:",
                "    changed = dict(newer)\n    for rule in RUNNING:",
            ),
        ),
        (f"{DRAFTS}::test_what_may_be_applied_to_running_cases_is_and_nothing_else",),
    ),
    Sabotage(
        "AD-1",
        "people get amended rules without an audit row",
        (
            Edit(
                "app/court_admin/running.py",
                '    audit(\n        "court_admin.amend_rules",',
                '    (lambda *a, **k: None)(\n        "court_admin.amend_rules",',
            ),
        ),
        (f"{DRAFTS}::test_what_may_be_applied_to_running_cases_is_and_nothing_else",),
    ),
    Sabotage(
        "AD-1",
        "a version that waits is in force before its day",
        (
            Edit(
                "tenants/rules.py",
                "            or_(ProgramRules.begins_at.is_(None), ProgramRules.begins_at <= _now()),\n",
                "",
            ),
        ),
        (f"{DRAFTS}::test_a_version_begins_with_the_first_minute_of_its_day_court_time",),
    ),
)
