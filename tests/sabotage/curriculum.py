"""Sabotages of the curriculum: who signs it off, and what a court may require."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

SIGN_OFF = "tests/functional/test_curriculum_sign_off.py"

SABOTAGES = (
    Sabotage(
        "AC-5",
        "any operator signs the curriculum off",
        (
            Edit(
                "app/operator/curriculum/approving.py",
                "        if _standing(current, actor.id, part, lock=True) is None:\n",
                "        if False:\n",
            ),
        ),
        (f"{SIGN_OFF}::test_only_a_named_approver_signs_and_nobody_names_themselves",),
    ),
    Sabotage(
        "AC-5",
        "two of three sign-offs are enough",
        (Edit("app/curriculum/lookups.py", "func.count() == len(SIGNED_OFF_BY)", "func.count() >= 2"),),
        (f"{SIGN_OFF}::test_three_named_approvers_make_it_more_than_demonstration_content",),
    ),
    Sabotage(
        "AC-5",
        "a court in production requires demonstration content",
        (
            Edit(
                "app/court_admin/module_standing.py",
                "UNSIGNED if production and not module.signed else",
                "UNSIGNED if False else",
            ),
        ),
        (f"{SIGN_OFF}::test_a_court_in_production_can_not_require_what_is_not_signed_off",),
    ),
    Sabotage(
        "AD-2",
        "a sign-off can be rewritten",
        (
            Edit(
                "tenants/isolation.py",
                '"portal_app": "SELECT (id, version_id, part, taken_back, at)", "portal_platform": "SELECT, INSERT"',
                '"portal_app": "SELECT", "portal_platform": "SELECT, INSERT, UPDATE"',
            ),
        ),
        (f"{SIGN_OFF}::test_a_sign_off_is_never_rewritten",),
    ),
)
