"""Sabotages of refunds, reviews and the comparison with Stripe (MO-2, MO-4 to MO-7)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

REFUNDS = "tests/functional/test_payments_refunds.py"
REVIEW = "tests/functional/test_payments_review.py"
RECONCILING = "tests/functional/test_payments_reconciling.py"
DISPUTES = "tests/functional/test_payments_disputes.py"
FAULTS = "tests/functional/test_payments_faults.py"
PARTS_CARD = "tests/functional/test_payments_parts_card.py"

SABOTAGES = (
    Sabotage(
        "MO-6",
        "a refund is asked for without a lock",
        (
            Edit(
                "app/payments/refunds/services.py",
                "enrollment = the_enrollment(found, lock=True)",
                "enrollment = the_enrollment(found)",
            ),
        ),
        (f"{REFUNDS}::test_never_more_than_is_left_even_at_once",),
    ),
    Sabotage(
        "MO-6",
        "what is on its way back can be asked back again",
        (Edit("app/payments/refunds/rules.py", "return max(0, self.cents - self.asked)", "return max(0, self.cents)"),),
        (f"{REFUNDS}::test_what_is_not_refundable_stays",),
    ),
    Sabotage(
        "MO-6",
        "a disputed payment can be given back",
        (
            Edit(
                "app/payments/refunds/rules.py",
                "return 0 if self.in_dispute else self.left",
                "return self.left",
            ),
            Edit("app/payments/refunds/lookups.py", "cents=max(0, -sum(entry", "cents=10**6 + max(0, -sum(entry"),
        ),
        (f"{REFUNDS}::test_a_disputed_payment_gives_nothing_back_until_it_is_won",),
    ),
    Sabotage(
        "MO-5",
        "an old refund is asked for again without looking",
        (
            Edit(
                "app/payments/refunds/services.py",
                "    if clock.now() - refund.created_at > KEYS_ARE_KEPT:",
                "    if False:",
            ),
        ),
        (f"{REFUNDS}::test_a_day_later_it_is_looked_for_before_it_is_asked_again",),
    ),
    Sabotage(
        "MO-5",
        "each try of a refund comes with a key of its own",
        (
            Edit(
                "app/payments/refunds/services.py",
                "        idempotency_key=refund.idempotency_key,\n",
                "        idempotency_key=str(uuid7()),\n",
            ),
        ),
        (f"{FAULTS}::test_a_refund_without_an_answer_goes_back_once",),
    ),
    Sabotage(
        "MO-5",
        "nobody is told of a refund that Stripe never answered",
        (Edit("app/payments/refunds/services.py", "        refund.error = NO_ANSWER", "        refund.error = ''"),),
        (f"{FAULTS}::test_a_stripe_that_is_too_busy_is_asked_ever_more_seldom_then_a_person_is_told",),
    ),
    Sabotage(
        "MO-2",
        "a payment claimed by two pages may be taken",
        (Edit("app/payments/reviewing/rules.py", "and set(differing) <= _HARMLESS", "and True"),),
        (f"{REVIEW}::test_only_what_is_surely_ours_may_count_or_go_back",),
    ),
    Sabotage(
        "MO-2",
        "a person is told to refund what counts for somebody else",
        (Edit("app/payments/reviewing/rules.py", '    if "torn" in differing:', "    if False:"),),
        (f"{REVIEW}::test_a_payment_claimed_by_two_pages_can_not_be_taken",),
    ),
    Sabotage(
        "MO-2",
        "a second payment is offered while one is looked at",
        (
            Edit(
                "app/payments/checkouts.py",
                '        if any(one.state == "review" for one in unfinished):',
                "        if False:",
            ),
        ),
        (f"{REVIEW}::test_meanwhile_no_second_payment_is_offered",),
    ),
    Sabotage(
        "MO-4",
        "events that were lost are not fetched",
        (
            Edit(
                "app/payments/reconciling/services.py",
                "            if known.intersection(facts.keys):",
                "            if False:",
            ),
        ),
        (f"{RECONCILING}::test_what_no_webhook_brought_is_fetched",),
    ),
    Sabotage(
        "MO-7",
        "what a bank holds counts as ours",
        (Edit("app/payments/reconciling/rules.py", "- back - held", "- back"),),
        (f"{RECONCILING}::test_what_a_payment_is_worth_at_stripe",),
    ),
    Sabotage(
        "CD-4",
        "a bank's question stops the lessons everywhere",
        (
            Edit(
                "app/payments/refunds/lookups.py",
                "or not rules_of(enrollment.rules_id).fees.dispute_pauses_access",
                "or False",
            ),
        ),
        (f"{DISPUTES}::test_lessons_wait_for_the_bank_only_where_the_court_says_so",),
    ),
    Sabotage(
        "MO-4",
        "the page of a part is closed while somebody pays there",
        (
            Edit(
                "app/payments/sweeping.py",
                "asked_for = {owed, part_to_pay(checkout.enrollment_id, owed)}",
                "asked_for = {owed}",
            ),
        ),
        (f"{PARTS_CARD}::test_a_page_stays_open_for_whoever_takes_time",),
    ),
    Sabotage(
        "MO-4",
        "a card page stays open after the fee was paid in cash",
        (Edit("app/factory.py", "(papers.give_receipts, payments.close_open_checkouts)", "(papers.give_receipts,)"),),
        (f"{PARTS_CARD}::test_a_card_page_is_closed_as_soon_as_the_fee_is_settled_otherwise",),
    ),
    Sabotage(
        "MO-3",
        "a refund that Stripe told of before the payment is not known as the payment's",
        (
            Edit(
                "app/payments/settling_sql.py",
                "{*facts.keys, *(entry.stripe_object for entry in entries)}",
                "set(facts.keys)",
            ),
        ),
        ("tests/functional/test_payments_webhook.py::test_any_order_of_paid_refunded_and_disputed_ends_the_same",),
    ),
)
