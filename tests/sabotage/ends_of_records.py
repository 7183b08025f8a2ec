"""Sabotages of the end of a record (CD-5, CD-6)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

RECORDS = "tests/functional/test_keeping_records.py"
NOWHERE = f"{RECORDS}::test_a_destroyed_record_is_nowhere"
SEALED = f"{RECORDS}::test_a_sealed_record_opens_only_under_an_order"
STOPS = f"{RECORDS}::test_a_hold_or_a_missing_second_person_stops_it"

SABOTAGES = (
    Sabotage(
        "CD-5",
        "rows that stay for the ledger still show",
        (
            Edit(
                "tenants/isolation.py",
                "portal_app, portal_platform USING (gone_at IS NULL)",
                "portal_app, portal_platform USING (true)",
            ),
        ),
        (f"{RECORDS}::test_another_case_of_the_person_stays",),
    ),
    Sabotage(
        "CD-5",
        "old and new values of the audit stay",
        (
            Edit(
                "app/keeping/erasing.py",
                '        _count(done, "audit_detail", _delete_details(found))\n',
                "",
            ),
        ),
        (NOWHERE,),
    ),
    Sabotage(
        "CD-5",
        "lists that name the person stay, and can be verified",
        (Edit("app/keeping/rows.py", "    _add(found, ABOUT_MANY, _lists(found, named))\n", ""),),
        (NOWHERE,),
    ),
    Sabotage(
        "CD-5",
        "files stay in storage",
        (Edit("app/keeping/carrying_out.py", "        storage.delete(court_id, sha256)\n", "        pass\n"),),
        (NOWHERE,),
    ),
    Sabotage(
        "CD-5",
        "a report of the case can still be verified",
        (
            Edit(
                "app/keeping/rows.py",
                '        "record_sealing",\n        "record_opening",',
                '        "report",\n        "record_sealing",\n        "record_opening",',
            ),
        ),
        (NOWHERE,),
    ),
    Sabotage(
        "CD-5",
        "a sealed record can be read by somebody else than who opened it",
        (Edit("app/keeping/opening.py", "opened is None or opened.by != actor.id or", "opened is None or"),),
        (SEALED,),
    ),
    Sabotage(
        "CD-5",
        "one person alone can have a record destroyed",
        (Edit("app/keeping/services.py", "        if row.recorded_by == actor.id:\n", "        if False:\n"),),
        (STOPS,),
    ),
    Sabotage(
        "CD-5",
        "a restored backup brings back what was destroyed",
        (Edit("app/keeping/tombstones.py", "    do(row)\n", "    pass\n"),),
        (f"{RECORDS}::test_what_a_backup_brings_back_goes_again",),
    ),
    Sabotage(
        "CD-6",
        "a legal hold is not honored",
        (Edit("app/keeping/rules.py", "    if on_hold:\n", "    if False:\n"),),
        (STOPS,),
    ),
)
