"""Sabotages of what makes it one portal: what is kept of a form, the closed door."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

WAITING = "tests/functional/test_web_waiting.py"

SABOTAGES = (
    Sabotage(
        "CD-1",
        "a page that fails forgets what was typed",
        (Edit("app/web/errors.py", "    if shown in KEEPING:\n", "    if False:\n"),),
        (f"{WAITING}::test_what_was_typed_comes_back",),
    ),
    Sabotage(
        "WE-3",
        "what another site sent is shown on our page",
        (Edit("app/web/kept.py", " or not own_origin():", ":"),),
        (f"{WAITING}::test_what_was_typed_comes_back",),
    ),
    Sabotage(
        "CD-1",
        "the maintenance mode closes nothing",
        (Edit("app/web/hooks.py", "    app.before_request(_at_work)\n", ""),),
        (f"{WAITING}::test_in_maintenance_pages_say_so_and_nothing_is_lost",),
    ),
    Sabotage(
        "CD-1",
        "a monitor is told that the portal is being worked on",
        (Edit("app/web/front.py", "public=MONITOR, in_maintenance=True", "public=MONITOR", everywhere=True),),
        (f"{WAITING}::test_in_maintenance_pages_say_so_and_nothing_is_lost",),
    ),
)
