"""Sabotages of services outside that are away (FA-5), and of what the processes say of themselves (WE-2)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

AWAY = "tests/functional/test_services_away.py"
MAIL = f"{AWAY}::test_a_mail_server_that_says_nothing_holds_no_worker_and_everybody_can_see_it"
COUNTED = f"{AWAY}::test_only_faults_in_a_row_of_one_service_count_and_without_redis_it_is_asked"
LOGS = "tests/functional/test_logs_and_metrics.py"
CIRCUITS = "app/core/circuits.py"

SABOTAGES = (
    Sabotage(
        "FA-5",
        "a service that does not answer is asked by everybody",
        (Edit(CIRCUITS, "        if now < until:\n", "        if False:\n"),),
        (MAIL,),
    ),
    Sabotage(
        "FA-5",
        "being turned away costs a job one of its attempts",
        (Edit("app/core/outbox.py", "row.attempt = max(job.attempt - 1, 0)", "row.attempt = job.attempt"),),
        (MAIL,),
    ),
    Sabotage(
        "FA-5",
        "everybody tries at once whether a service is back",
        (Edit(CIRCUITS, '"1", nx=True, ex=', '"1", ex='),),
        (COUNTED,),
    ),
    Sabotage(
        "FA-5",
        "the folder of one court that is away stops the others'",
        (Edit(CIRCUITS, "{service}:{court_id or ''}:{place}", "{service}::{place}"),),
        (COUNTED,),
    ),
    Sabotage(
        "WE-2",
        "log lines quote the words of an error",
        (Edit("app/core/logs.py", "f\"{type(link).__name__} {code or ''}\\n\"", 'f"{type(link).__name__} {link}\\n"'),),
        (f"{LOGS}::test_log_lines_hold_what_is_needed_to_find_a_fault_and_nothing_of_a_person",),
    ),
    Sabotage(
        "WE-2",
        "the numbers for monitors name addresses",
        (
            Edit(
                "app/web/measuring.py",
                "rule = request.url_rule.rule if request.url_rule is not None",
                "rule = request.path if True",
            ),
        ),
        (f"{LOGS}::test_numbers_name_rules_and_kinds_and_nobody",),
    ),
)
