"""Sabotages of the process that draws documents, and of the way to it (IO, FA)."""

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
    Sabotage(
        "FA-1",
        "a job that a dying worker had just taken waits for ever",
        (
            Edit(
                "app/scheduler.py",
                "return redis.lpos(queue.key, rq_id) is not None",
                'return bool(redis.exists(f"rq:job:{rq_id}"))',
            ),
        ),
        (
            "tests/functional/test_outbox_jobs.py::test_what_a_worker_had_just_taken_when_it_died_is_sent_as_the_next_attempt",
        ),
    ),
)
