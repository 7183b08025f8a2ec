"""Sabotages of paying in parts, of the counter, of corrections and of what payees get (MO-7, CD-4, IO-1, CO-2)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

COUNTER = "tests/functional/test_payments_counter.py"
PAY_BACK = "tests/functional/test_payments_pay_back.py"
PAYING_BACK = "app/payments/counter/paying_back.py"
PARTS = "tests/functional/test_payments_installments.py"
PAYEES = "tests/functional/test_payments_payees.py"
PAYEE_RULES = "tests/unit/test_payees_rules.py"
PART_RULES = "tests/unit/test_installments_rules.py"
SERVICES = "app/payments/counter/services.py"
ADJUSTING = "app/payments/counter/adjusting.py"
REMINDING = "app/payments/installments/services.py"

SABOTAGES = (
    Sabotage(
        "MO-7",
        "a voided payment still counts",
        (Edit(SERVICES, 'entry = ("refunded", "", payment.amount_cents,', 'entry = ("refunded", "", 0,'),),
        (f"{COUNTER}::test_a_void_needs_a_reason_brings_the_debt_back_and_both_stay_to_be_seen",),
    ),
    Sabotage(
        "MO-7",
        "a payment can be voided twice",
        (
            Edit(SERVICES, "if payment.voided_at is not None:", "if False:"),
            Edit(SERVICES, "if str(payment.row_version) != row_version:", "if False:"),
            Edit(SERVICES, 'f"{effect_of(payment.id)}:void"', 'f"{effect_of(payment.id)}:{reason}:void"'),
        ),
        (f"{COUNTER}::test_a_stale_void_is_refused",),
    ),
    Sabotage(
        "MO-6",
        "a credit is paid back without a lock",
        (
            Edit(
                PAYING_BACK,
                "the_enrollment(enrollment_id, lock=True)  # as refunds",
                "the_enrollment(enrollment_id)  # as refunds",
            ),
        ),
        (f"{PAY_BACK}::test_no_credit_goes_out_twice_even_at_once",),
    ),
    Sabotage(
        "MO-7",
        "what was paid by card goes out at the counter",
        (Edit("app/payments/counter/rules.py", "min(credit - on_its_way, at_counter, nobodys)", "credit"),),
        (f"{PAY_BACK}::test_only_what_came_in_at_the_counter_goes_out_there",),
    ),
    Sabotage(
        "MO-7",
        "more than the credit is paid back at the counter",
        (Edit(PAYING_BACK, "    if given.amount_cents > credit.payable_cents:", "    if False:"),),
        (f"{PAY_BACK}::test_what_was_paid_at_the_counter_and_is_waived_is_paid_back_there",),
    ),
    Sabotage(
        "MO-7",
        "taking a waiver back asks for what was paid back at the counter",
        (
            Edit(
                "app/payments/deciding/services.py",
                "given_back += paid_back_since(waiver.enrollment_id, granted_at)",
                "given_back += 0",
            ),
        ),
        (f"{PAY_BACK}::test_a_waiver_that_is_taken_back_never_asks_for_what_was_paid_out",),
    ),
    Sabotage(
        "MO-7",
        "receipt numbers have gaps",
        (
            Edit(
                SERVICES,
                "            .values(last=ReceiptCounter.last + 1, row_version",
                "            .values(last=ReceiptCounter.last + 2, row_version",
            ),
        ),
        (f"{COUNTER}::test_receipt_numbers_have_no_gaps_whoever_records_at_once",),
    ),
    Sabotage(
        "MO-7",
        "who asked for a large correction approves it",
        (
            Edit(ADJUSTING, "if asked.asked_by == actor.id:", "if False:"),
            Edit(ADJUSTING, "asked.decided_by = actor.id\n        _apply", "_apply"),
        ),
        (f"{COUNTER}::test_a_large_correction_waits_for_somebody_else",),
    ),
    Sabotage(
        "MO-7",
        "no correction is ever large",
        (
            Edit(
                "app/payments/counter/rules.py",
                "return abs(cents) + sum(map(abs, alone)) > limit",
                "return cents + sum(map(abs, alone)) > limit",
            ),
        ),
        (f"{COUNTER}::test_a_large_correction_waits_for_somebody_else",),
    ),
    Sabotage(
        "MO-7",
        "a correction counts as paid",
        (Edit("app/payments/kinds.py", "IS_MONEY = or_(", "IS_MONEY = or_(_adjusted, "),),
        (f"{COUNTER}::test_a_small_correction_applies_at_once_and_shows_on_every_statement",),
    ),
    Sabotage(
        "MO-7",
        "a refund takes from what is not refundable",
        (
            Edit(
                "app/payments/payees/rules.py",
                "free = [key for key in self.keys if key not in self.fixed]",
                "free = list(self.keys)",
            ),
        ),
        (f"{PAYEE_RULES}::test_a_refund_leaves_what_is_not_refundable",),
    ),
    Sabotage(
        "MO-7",
        "a payee gets more than was owed",
        (
            Edit(
                "app/payments/payees/rules.py", "amount = min(cents, sum(weights))", "amount = cents if weights else 0"
            ),
        ),
        (f"{PAYEE_RULES}::test_what_is_paid_beyond_the_fee_is_nobodys",),
    ),
    Sabotage(
        "MO-7",
        "a voided payment is told as received and given back",
        (
            Edit(
                "app/payments/kinds.py",
                'return kind == "paid" or is_void(kind, effect)',
                'return kind == "paid"',
            ),
        ),
        (f"{PAYEES}::test_a_payment_that_was_voided_came_in_for_nobody_and_went_back_to_nobody",),
    ),
    Sabotage(
        "MO-7",
        "a month is told by its own entries alone",
        (
            Edit(
                "app/payments/payees/lookups.py",
                ".where(entry.at < month.ends, entry",
                ".where(entry.at >= month.begins, entry.at < month.ends, entry",
            ),
        ),
        (f"{PAYEES}::test_each_month_tells_its_own_money_and_what_is_not_refundable_stays",),
    ),
    Sabotage(
        "MO-7",
        "the first part does not open the lessons",
        (Edit("app/payments/ledger.py", "plan.opens_at if plan else 0", "0"),),
        (f"{PARTS}::test_the_learner_chooses_and_the_first_part_opens_the_lessons",),
    ),
    Sabotage(
        "MO-7",
        "odd cents of a plan are lost",
        (
            Edit(
                "app/payments/installments/rules.py",
                "return spread(cents, (1,) * count)",
                "return (cents // count,) * count",
            ),
        ),
        (f"{PART_RULES}::test_odd_cents_come_first",),
    ),
    Sabotage(
        "CD-4",
        "a missed part is written about again and again",
        (
            Edit("app/payments/installments/rules.py", "return None if MISSED in said else MISSED", "return MISSED"),
            Edit(REMINDING, "if first_time(SAID, part_id, occasion):", "if True:"),
        ),
        (f"{PARTS}::test_each_mail_comes_once_and_a_missed_part_is_only_a_notice",),
    ),
    Sabotage(
        "CD-4",
        "mails go out in quiet hours",
        (Edit(REMINDING, "if is_quiet(clock.now(), zone, rules):", "if False:"),),
        (f"{PARTS}::test_nobody_is_written_to_in_quiet_hours_or_about_what_is_paid",),
    ),
    Sabotage(
        "IO-1",
        "a statement's file runs what somebody typed",
        (Edit("app/core/csv_files.py", "return GUARD + text if _runs(text) else text", "return text"),),
        (f"{COUNTER}::test_the_statement_runs_through_every_entry_and_its_csv_holds_the_same",),
    ),
    Sabotage(
        "CO-2",
        "the parts of a plan may be rewritten",
        (
            Edit(
                "migrations/versions/0015_money_at_the_counter.py",
                'isolate(op, "installment", app="SELECT, INSERT"',
                'isolate(op, "installment", app="SELECT, INSERT, UPDATE"',
            ),
        ),
        ("tests/architecture/test_schema.py::test_history_can_not_be_rewritten",),
    ),
)
