"""Sabotages of the reviewers' queue (AC, CO, SE) and of what protects those who read."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

COURT = "tests/functional/test_reviews_court.py"
PORTAL = "tests/functional/test_reviews_portal.py"
MIRROR = "tests/functional/test_reviews_mirror.py"
CONCERNS = "tests/functional/test_concerns.py"
LEAD = "tests/functional/test_reviews_lead.py"
MIGRATION = "migrations/versions/0046_lead_facilitators.py"

SABOTAGES = (
    Sabotage(
        "SE-2",
        "a grant that has ended still shows what waits",
        (
            Edit(
                MIGRATION,
                "        DELETE FROM review_grant WHERE court_id = OLD.court_id AND membership_id = OLD.id;",
                "        NULL;",
            ),
        ),
        (f"{PORTAL}::test_an_ended_grant_ends_what_shows_at_once_and_the_last_one_the_sign_in",),
    ),
    Sabotage(
        "CO-7",
        "a reviewer's queue shows what waits at every court",
        (Edit("tenants/isolation.py", "AND g.court_id = review_item.court_id ", ""),),
        (f"{PORTAL}::test_the_database_shows_nothing_without_a_whole_sign_in",),
    ),
    Sabotage(
        "AU-3",
        "a reviewer's password alone shows what waits",
        (Edit("tenants/isolation.py", '"AND s.second_factor_at IS NOT NULL AND g.court_id', '"AND g.court_id'),),
        (f"{PORTAL}::test_the_database_shows_nothing_without_a_whole_sign_in",),
    ),
    Sabotage(
        "AC-2",
        "a facilitator who does not lead sees and decides what was flagged",
        (
            Edit("tenants/isolation.py", " AND (review_item.kind <> 'flag' OR g.lead))", ")"),
            Edit("app/reviews/flags.py", " or session().scalar(leads) is None", ""),
        ),
        (f"{LEAD}::test_only_a_lead_of_the_court_and_language_sees_or_decides_it_and_nobody_their_own",),
    ),
    Sabotage(
        "AC-2",
        "a lead decides what they flagged themselves",
        (Edit("app/reviews/flags.py", "    if row.raised_by == actor.id:\n", "    if False:\n"),),
        (f"{LEAD}::test_only_a_lead_of_the_court_and_language_sees_or_decides_it_and_nobody_their_own",),
    ),
    Sabotage(
        "AC-2",
        "a flag is decided twice",
        (Edit("app/reviews/flags.py", "if row.judged_at is not None or row.passed_at is not None:", "if False:"),),
        (f"{LEAD}::test_only_a_lead_of_the_court_and_language_sees_or_decides_it_and_nobody_their_own",),
    ),
    Sabotage(
        "AC-2",
        "a grant's language narrows nothing",
        (Edit("app/reviews/queue.py", "    return found or None\n", "    return None\n"),),
        (f"{COURT}::test_a_grant_for_one_language_shows_that_language_alone",),
    ),
    Sabotage(
        "AC-2",
        "what somebody else has taken can be decided",
        (Edit("app/reviews/services.py", "        _require_free(kind, subject_id, actor)\n", ""),),
        (f"{COURT}::test_what_somebody_has_taken_is_theirs_until_the_time_is_over",),
    ),
    Sabotage(
        "AC-2",
        "the day's limit is no limit",
        (Edit("app/reviews/services.py", "    if limit is not None:\n        raise", "    if False:\n        raise"),),
        (f"{COURT}::test_enough_is_enough_for_a_day_and_a_supervisor_may_lift_it",),
    ),
    Sabotage(
        "AC-2",
        "what was decided stays in the queue",
        (Edit("app/reviews/mirror.py", "    if gone:\n", "    if False:\n"),),
        (f"{MIRROR}::test_whatever_happens_the_queue_is_true",),
    ),
    Sabotage(
        "CD-7",
        "a concern opens for everybody on the staff",
        (Edit("app/concerns/lookups.py", "or not (found.raised_by == identity.id or sees_all(identity))", ""),),
        (f"{CONCERNS}::test_nobody_else_sees_it",),
    ),
    Sabotage(
        "CD-7",
        "whoever raised a concern closes it",
        (
            Edit("app/concerns/pages.py", "StepForm(), sees_all(identity)\n", "StepForm(), True\n"),
            Edit("app/concerns/services.py", "step not in BY_PEOPLE or not sees_all(actor)", "step not in BY_PEOPLE"),
        ),
        (f"{CONCERNS}::test_nobody_else_sees_it",),
    ),
    Sabotage(
        "CD-7",
        "nobody else is asked about a concern that nobody has seen",
        (Edit("app/concerns/services.py", "[*on_call()[1:], *administrators()]", "[]"),),
        (f"{CONCERNS}::test_not_seen_in_time_the_others_are_asked_once",),
    ),
    Sabotage(
        "CD-7",
        "the words of a concern stand in the audit",
        (
            Edit(
                "app/concerns/services.py",
                'audit("concerns.raise", actor=actor, subject=("concern", row.id))',
                'audit("concerns.raise", actor=actor, subject=("concern", row.id), new={"words": row.words})',
            ),
        ),
        (f"{CONCERNS}::test_nobody_else_sees_it",),
    ),
)
