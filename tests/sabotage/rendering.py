"""Sabotages of the process that draws documents (IO, FA)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

SERVER = "app/reports/render_server.py"
SPARE = "tests/faults/test_render_spare.py"

SABOTAGES = (
    Sabotage(
        "IO-2",
        "a render child keeps what its server has open",
        (Edit(SERVER, "        keep_only(kept)\n", ""),),
        (f"{SPARE}::test_a_spare_holds_no_setting_no_key_and_no_connection",),
    ),
    Sabotage(
        "FA-1",
        "a document that a killed spare did not take is given up",
        (Edit(SERVER, "untouched = not job.overdue and not job.was.has_taken()", "untouched = False"),),
        (f"{SPARE}::test_a_spare_killed_with_a_document_that_it_did_not_take_costs_nothing",),
    ),
)
