"""Sabotages of answering waivers (CD-3) and of what a lack of money may lead to (CD-4)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

DECIDING = "tests/functional/test_payments_waiver_deciding.py"
DECIDERS = "tests/functional/test_payments_waiver_deciders.py"
PURE = "tests/unit/test_waiver_deciding_rules.py"
SERVICES = "app/payments/deciding/services.py"
RULES = "app/payments/deciding/rules.py"

SABOTAGES = (
    Sabotage(
        "CD-3",
        "the database lets a denial stand without a person",
        (
            Edit(
                "migrations/versions/0018_waiver_decisions.py",
                "\"decided_by IS NOT NULL OR kind = 'granted_full'\"",
                '"kind IS NOT NULL"',
            ),
        ),
        (f"{DECIDERS}::test_the_database_itself_keeps_a_denial_from_having_no_person",),
    ),
    Sabotage(
        "CD-3",
        "answers can be rewritten",
        (
            Edit(
                "migrations/versions/0018_waiver_decisions.py",
                'isolate(op, "waiver_decision", app="SELECT, INSERT"',
                'isolate(op, "waiver_decision", app="SELECT, INSERT, UPDATE, DELETE"',
            ),
        ),
        (f"{DECIDERS}::test_an_answer_stands_as_it_was_given",),
    ),
    Sabotage(
        "CD-3",
        "a denial needs no reason",
        (Edit(SERVICES, "decision.reason not in DENIAL_REASONS:", "False:"),),
        (f"{DECIDING}::test_a_denial_states_reason_and_window_takes_nothing_away_and_is_looked_at_by_another",),
    ),
    Sabotage(
        "CD-3",
        "a denial has no window to ask again",
        (
            Edit(
                SERVICES,
                "ask_again_until=ask_again_until(now, rules, zone) if window else None",
                "ask_again_until=None",
            ),
        ),
        (f"{DECIDERS}::test_every_reason_has_words_and_every_answer_says_what_to_do",),
    ),
    Sabotage(
        "CD-3",
        "a second look can be asked for again and again",
        (Edit(RULES, "return outcome in ASK_AGAIN_FROM and not is_second_look", "return outcome in ASK_AGAIN_FROM"),),
        (f"{DECIDING}::test_what_was_looked_at_twice_is_final_until_something_changes",),
    ),
    Sabotage(
        "CD-3",
        "a clerk decides what the rules leave to a judge",
        (Edit(RULES, "    if Decider.JUDGE in deciders:", "    if False:"),),
        (f"{DECIDERS}::test_what_only_a_judge_may_decide_a_clerk_is_not_offered",),
    ),
    Sabotage(
        "CD-3",
        "who denied looks again alone",
        (Edit(SERVICES, "lookups.has_to_be_another(waiver, rules, actor):", "False:"),),
        (f"{DECIDING}::test_a_denial_states_reason_and_window_takes_nothing_away_and_is_looked_at_by_another",),
    ),
    Sabotage(
        "CD-3",
        "the rules grant where the court did not say so",
        (Edit(SERVICES, "rules.grant_presumed and asks_to_waive", "asks_to_waive"),),
        (f"{DECIDERS}::test_else_a_person_decides",),
    ),
    Sabotage(
        "CD-3",
        "the rules grant over a person's denial",
        (Edit(SERVICES, "if lookups.answered_by_a_person(enrollment_id) or", "if"),),
        (f"{DECIDERS}::test_what_a_person_denied_the_rules_do_not_grant_behind_the_back",),
    ),
    Sabotage(
        "MO-7",
        "taking a waiver back asks for money that was given back",
        (Edit(RULES, "rest = max(0, total - given_back_cents)", "rest = total"),),
        (f"{PURE}::test_what_was_given_back_as_money_is_not_asked_for_again",),
    ),
    Sabotage(
        "MO-7",
        "what is paid and can not be given back is waived all the same",
        (
            Edit(RULES, "max(0, left[line.key] - kept.get(line.key, 0))", "left[line.key]"),
            Edit(RULES, "min(sum(fixed.values()), owed_cents)", "sum(fixed.values())"),
            Edit(RULES, "max(0, held_cents - sum(kept.values()))", "held_cents"),
        ),
        (f"{PURE}::test_a_grant_never_goes_beyond_what_is_owed_or_can_be_given_back",),
    ),
    Sabotage(
        "CD-3",
        "a waiver covers what a part that is not refundable was paid already",
        (Edit(RULES, "max(0, left[line.key] - kept.get(line.key, 0))", "left[line.key]"),),
        ("tests/functional/test_payments_parts_card.py::test_a_waiver_after_one_part_leaves_nobody_in_credit",),
    ),
)
