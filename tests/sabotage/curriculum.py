"""Sabotages of the curriculum: who signs it off, and what a court may require."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

SIGN_OFF = "tests/functional/test_curriculum_sign_off.py"

VIDEOS = "tests/functional/test_learning_videos.py"
WATCHING = "tests/unit/test_learning_watching.py"
CONSOLE = "tests/functional/test_curriculum_console.py"
PAGES = "tests/functional/test_learning_pages.py"
COUNTS = "tests/functional/test_curriculum_counts.py"
FIGURES = "tests/unit/test_quiz_item_figures.py"
COUNTING = "app/operator/curriculum/counting"

SABOTAGES = (
    Sabotage(
        "AC-5",
        "a forged jump to the end of a video counts",
        (
            Edit(
                "app/learning/watching.py",
                "    reached = min(position, before.furthest + passed // timedelta(milliseconds=1), length)\n",
                "    reached = min(position, length)\n",
            ),
        ),
        (f"{WATCHING}::test_the_furthest_point_never_grows_faster_than_the_clock",),
    ),
    Sabotage(
        "AC-5",
        "a video is finished without its time",
        (Edit("app/learning/rules.py", "(LessonKind.READING, LessonKind.VIDEO)", "(LessonKind.READING,)"),),
        (f"{VIDEOS}::test_watching_it_through_finishes_it_and_a_forged_jump_does_not",),
    ),
    Sabotage(
        "AC-2",
        "a video comes to whoever knows its address",
        (
            Edit(
                "app/learning/video_views.py",
                "    if not course.access(slug, lesson).allowed or not isinstance(",
                "    if not isinstance(",
            ),
        ),
        (f"{VIDEOS}::test_the_file_comes_in_ranges_and_to_learners_whose_lesson_is_open",),
    ),
    Sabotage(
        "AC-5",
        "a withdrawn recording is still shown",
        (Edit("app/curriculum/recordings.py", "            CurriculumRecording.withdrawn_at.is_(None),\n", ""),),
        (f"{VIDEOS}::test_withdrawn_it_is_gone_at_once_over_any_version_and_credit_stays",),
    ),
    Sabotage(
        "AC-5",
        "a recording is shown after its consent has ended",
        (Edit("app/curriculum/recordings.py", "            _consented(today),\n", ""),),
        (f"{VIDEOS}::test_consent_that_has_ended_shows_nothing",),
    ),
    Sabotage(
        "AC-5",
        "in production an unsigned version takes the place of a signed one",
        (Edit("app/curriculum/services.py", "    if runtime().settings.production:\n", "    if False:\n"),),
        (f"{CONSOLE}::test_in_production_no_unsigned_version_takes_the_place_of_a_signed_one",),
    ),
    Sabotage(
        "AC-5",
        "any operator signs the curriculum off",
        (
            Edit(
                "app/operator/curriculum/approving.py",
                "        if _standing(current, actor.id, part, lock=True) is None:\n",
                "        if False:\n",
            ),
        ),
        (f"{SIGN_OFF}::test_only_a_named_approver_signs_and_nobody_names_themselves",),
    ),
    Sabotage(
        "AC-5",
        "two of three sign-offs are enough",
        (Edit("app/curriculum/lookups.py", "func.count() == len(SIGNED_OFF_BY)", "func.count() >= 2"),),
        (f"{SIGN_OFF}::test_three_named_approvers_make_it_more_than_demonstration_content",),
    ),
    Sabotage(
        "AC-5",
        "a court in production requires demonstration content",
        (
            Edit(
                "app/court_admin/module_standing.py",
                "UNSIGNED if production and not module.signed else",
                "UNSIGNED if False else",
            ),
        ),
        (f"{SIGN_OFF}::test_a_court_in_production_can_not_require_what_is_not_signed_off",),
    ),
    Sabotage(
        "AD-2",
        "a sign-off can be rewritten",
        (
            Edit(
                "tenants/isolation.py",
                '"portal_app": "SELECT (id, version_id, part, taken_back, at)", "portal_platform": "SELECT, INSERT"',
                '"portal_app": "SELECT", "portal_platform": "SELECT, INSERT, UPDATE"',
            ),
        ),
        (f"{SIGN_OFF}::test_a_sign_off_is_never_rewritten",),
    ),
    Sabotage(
        "AC-5",
        "figures of a question that one person answered are shown",
        (Edit(f"{COUNTING}/rules.py", "FEWEST_PEOPLE = 5 ", "FEWEST_PEOPLE = 1 "),),
        (
            f"{FIGURES}::test_an_answer_that_few_chose_shows_no_number",
            f"{COUNTS}::test_reworded_questions_begin_anew_and_few_people_show_no_figures",
        ),
    ),
    Sabotage(
        "AC-5",
        "a try is counted again at each run",
        (
            Edit(
                "app/operator/curriculum/counting/services.py",
                "                QuizAttempt.counted_at.is_(None),\n",
                "",
            ),
        ),
        (f"{COUNTS}::test_a_try_that_is_handed_in_is_counted_once_in_its_language",),
    ),
    Sabotage(
        "AC-5",
        "a reworded question keeps the figures of the old words",
        (
            Edit(
                f"{COUNTING}/rules.py",
                "        question.prompt.words(language),\n",
                "",
            ),
        ),
        (f"{FIGURES}::test_another_wording_is_another_question_and_an_explanation_is_not",),
    ),
    Sabotage(
        "AC-5",
        "a reading is finished without its questions",
        (Edit("app/learning/rules.py", "    if wanted.asks and not mine.answered:\n", "    if False:\n"),),
        (f"{PAGES}::test_a_reading_is_done_when_its_questions_are_answered_too",),
    ),
    Sabotage(
        "AC-5",
        "answers to a reading's questions open it",
        (
            Edit(
                "app/learning/answering.py",
                "        if not alone and not course.facts(slug, lesson).opened:\n",
                "        if False:\n",
            ),
        ),
        (f"{PAGES}::test_a_reading_is_done_when_its_questions_are_answered_too",),
    ),
    Sabotage(
        "CO-5",
        "the console opens a court's files",
        (Edit("app/core/storage.py", "        if shelf != CURRICULUM:\n", "        if False:\n"),),
        (f"{VIDEOS}::test_the_console_plays_what_a_learner_sees_and_nothing_that_was_withdrawn",),
    ),
    Sabotage(
        "AC-5",
        "the console plays a withdrawn recording",
        (
            Edit(
                "app/operator/curriculum/previews.py",
                "    if found is None or found.id != row.id:\n",
                "    if found is None:\n",
            ),
        ),
        (f"{VIDEOS}::test_the_console_plays_what_a_learner_sees_and_nothing_that_was_withdrawn",),
    ),
)
