"""Sabotages of the audit (AD), of money (MO), of jobs and migrations (FA)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

AUDIT = "tests/functional/test_audit_chain.py"
SIGNATURE = "tests/functional/test_stripe_signature.py"
WEBHOOK = "tests/functional/test_payments_webhook.py"
OUTBOX = "tests/functional/test_outbox_jobs.py"
MIGRATIONS = "tests/functional/test_migrations_releases.py"

EFFECT = """        sa.UniqueConstraint("court_id", "effect", name="""
CONFLICT = '.on_conflict_do_nothing(index_elements=["court_id", "effect"])'

SABOTAGES = (
    Sabotage(
        "AD-2",
        "audit rows may be changed",
        (
            Edit(
                "migrations/versions/0002_ground.py",
                'isolate(op, "audit_event", app="SELECT, INSERT"',
                'isolate(op, "audit_event", app="SELECT, INSERT, UPDATE"',
            ),
        ),
        ("tests/architecture/test_schema.py::test_history_can_not_be_rewritten",),
    ),
    Sabotage(
        "AD-2",
        "the chain leaves out who acted",
        (Edit("app/core/sealer.py", "        str(event.actor_id),\n", ""),),
        (f"{AUDIT}::test_a_changed_row_is_named",),
    ),
    Sabotage(
        "AD-2",
        "sealing goes on after a cut",
        (Edit("app/core/sealer.py", '    elif kept["position"] > position:', "    elif False:"),),
        (f"{AUDIT}::test_sealing_on_after_a_cut_does_not_cover_it",),
    ),
    Sabotage(
        "AD-2",
        "the head is not signed",
        (
            Edit(
                "app/core/sealer.py", 'genuine = kept["mac"] in runtime()', 'genuine = True or kept["mac"] in runtime()'
            ),
        ),
        (f"{AUDIT}::test_a_rewritten_chain_does_not_fit_its_signed_head",),
    ),
    Sabotage(
        "AD-3",
        "the audit row is written apart from its deed",
        (
            Edit(
                "app/core/audit.py",
                "    with transaction():\n",
                "    with apart(), transaction():\n",
            ),
        ),
        (f"{AUDIT}::test_a_deed_that_fails_after_its_audit_leaves_neither",),
    ),
    Sabotage(
        "AD-3",
        "a deed goes on when its audit fails",
        (
            Edit(
                "app/core/audit.py",
                "    with transaction():\n",
                "    with contextlib.suppress(Exception), apart(), transaction():\n",
            ),
            Edit("app/core/audit.py", "import hashlib\n", "import contextlib\nimport hashlib\n"),
        ),
        (f"{AUDIT}::test_an_audit_that_can_not_be_written_stops_the_deed",),
    ),
    Sabotage(
        "MO-1",
        "any signature is believed",
        (
            Edit(
                "app/payments/signature.py",
                "        return False\n    return True",
                "        return True\n    return True",
            ),
        ),
        (
            f"{SIGNATURE}::test_one_altered_byte_of_the_payload_is_noticed",
            f"{WEBHOOK}::test_only_a_signature_of_now_under_a_known_secret_is_believed",
        ),
    ),
    Sabotage(
        "MO-1",
        "a signature may be an hour ahead",
        (Edit("app/payments/signature.py", "if abs(age) > tolerance_seconds:", "if age > tolerance_seconds:"),),
        (f"{SIGNATURE}::test_a_signature_may_be_five_minutes_old_or_ahead",),
    ),
    Sabotage(
        "MO-3",
        "neither event nor effect is unique any more",
        (
            Edit("migrations/versions/0004_money.py", EFFECT, EFFECT.replace('"effect",', '"effect", "id",')),
            Edit("app/payments/ledger.py", CONFLICT, ".on_conflict_do_nothing()"),
            Edit("app/payments/settling_sql.py", CONFLICT, ".on_conflict_do_nothing()"),
            Edit("app/payments/settling.py", "    if not row.is_new and known", "    if False and known"),
        ),
        (f"{WEBHOOK}::test_twenty_duplicates_at_once_are_one",),
    ),
    Sabotage(
        "FA-1",
        "a job does not look whether it was done",
        (Edit("app/core/jobs.py", "if row is None or row.done_at is not None:", "if row is None:"),),
        (f"{OUTBOX}::test_runs_at_once_have_one_effect",),
    ),
    Sabotage(
        "FA-1",
        "a job without an end is tried for ever",
        (Edit("app/core/outbox.py", "    if job.attempt > handler.attempts:", "    if False:"),),
        (f"{OUTBOX}::test_a_job_that_kills_its_worker_every_time_is_given_up",),
    ),
    Sabotage(
        "FA-8",
        "a model has a column that no migration makes",
        (
            Edit(
                "app/cases/models.py",
                "    author_id: Mapped[UUID]\n",
                "    author_id: Mapped[UUID]\n    mood: Mapped[int | None]\n",
            ),
        ),
        (f"{MIGRATIONS}::test_tables_and_models_do_not_drift_apart",),
    ),
    Sabotage(
        "FA-8",
        "a release waits for its locks as long as it takes",
        (Edit("migrations/env.py", 'LOCK_TIMEOUT = "5s"', 'LOCK_TIMEOUT = "90s"'),),
        (f"{MIGRATIONS}::test_a_migration_that_can_not_have_its_lock_gives_up_and_leaves_nothing",),
    ),
    Sabotage(
        "FA-8",
        "a step can not be taken back",
        (Edit("migrations/versions/0004_money.py", "        op.drop_table(table)", "        pass"),),
        (f"{MIGRATIONS}::test_up_down_and_up_again",),
    ),
)
