"""Sabotages of backup and restore (FA-7)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

RECOVERY = "tests/functional/test_recovery.py"
WHOLE = f"{RECOVERY}::test_what_was_backed_up_comes_back_whole_and_opens_only_then"
REFUSED = f"{RECOVERY}::test_a_place_that_is_not_empty_a_damaged_backup_and_another_keyring_are_refused"
CLOSED = f"{RECOVERY}::test_rows_policies_or_audit_that_differ_keep_the_portal_closed"
RESTORING = "app/recovery/restoring.py"

SABOTAGES = (
    Sabotage(
        "FA-7",
        "a restored portal is open before its last step",
        (Edit("app/recovery/backing_up.py", ', "--exclude-table-data=alembic_version"', ""),),
        (WHOLE,),
    ),
    Sabotage(
        "FA-7",
        "a restored portal opens whatever the checks found",
        (Edit("app/cli_recovery.py", "opened = not found.problems or despite_problems", "opened = True"),),
        (CLOSED,),
    ),
    Sabotage(
        "FA-7",
        "policies and grants of a restored database are not compared",
        (Edit(RESTORING, "if same_server and catalogue.shape(connection) != found.shape:", "if False:"),),
        (CLOSED,),
    ),
    Sabotage(
        "FA-7",
        "the audit chains of a restored database are not checked",
        (Edit("app/cli_recovery.py", "[*isolation_problems(), *audit_problems()]", "isolation_problems()"),),
        (CLOSED,),
    ),
    Sabotage(
        "FA-7",
        "a backup is restored over what is there",
        (Edit(RESTORING, "    if storage.exists() and any(storage.iterdir()):\n", "    if False:\n"),),
        (REFUSED,),
    ),
    Sabotage(
        "FA-7",
        "a damaged backup is taken for a whole one",
        (Edit(RESTORING, "    if faults:\n", "    if False:\n"),),
        (REFUSED,),
    ),
    Sabotage(
        "FA-7",
        "a manifest that somebody changed is believed",
        (Edit("app/recovery/manifest.py", "if mac.strip() not in keyring.digests(PURPOSE, content):", "if not mac:"),),
        (REFUSED,),
    ),
    Sabotage(
        "FA-7",
        "a backup is made by a role that sees a part of the rows",
        (Edit("app/recovery/backing_up.py", "if row is None or not row[2]:", "if row is None:"),),
        (f"{RECOVERY}::test_a_backup_leaves_the_keys_out_unless_told_and_takes_nothing_over",),
    ),
)
