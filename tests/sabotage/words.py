"""Sabotages of the languages (CD-2)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

SWITCH = "tests/functional/test_language_switch.py"
HOOKS = "app/web/hooks.py"

SABOTAGES = (
    Sabotage(
        "CD-2",
        "switching the language sends the form",
        (Edit(HOOKS, '= "GET", rule, None', '= "POST", rule, None'),),
        (f"{SWITCH}::test_without_errors_none_are_shown_and_nothing_is_sent",),
    ),
    Sabotage(
        "CD-2",
        "switching the language loses what was typed",
        (Edit("app/web/typed.py", "        form.process(typed.values)\n", "        pass\n"),),
        (f"{SWITCH}::test_a_long_form_with_errors_keeps_everything_in_the_other_language",),
    ),
    Sabotage(
        "CD-2",
        "the language is kept in the browser alone",
        (Edit("app/factory.py", ", keep_language=keep_language", ""),),
        (f"{SWITCH}::test_the_choice_is_kept_with_the_person_on_every_device",),
    ),
    Sabotage(
        "CD-2",
        "a page writes words of its own",
        (Edit("templates/layout.html", "{{ _('Need help now?') }}", "Need help now?"),),
        ("tests/architecture/test_words_in_templates.py::test_no_template_writes_words_of_its_own",),
    ),
    Sabotage(
        "CD-2",
        "a state has no word",
        (Edit("app/cases/rules.py", '        "stands": _("The record stands"),\n', ""),),
        ("tests/unit/test_state_words.py::test_every_state_has_its_word_in_every_language",),
    ),
    Sabotage(
        "CD-2",
        "a mail is in the words of lawyers",
        (
            Edit(
                "templates/email/check_in_due.txt",
                "It takes a few minutes.",
                "Noncompliance with the aforementioned obligation necessitates immediate administrative notification.",
            ),
        ),
        ("tests/unit/test_reading_grade.py::test_what_learners_read_is_plain",),
    ),
    Sabotage(
        "WE-3",
        "a page without a form of its own takes a switch from anywhere",
        (Edit(HOOKS, " and (refused := _not_from_our_page()):", " and (refused := None):"),),
        (f"{SWITCH}::test_the_switch_is_no_way_around_the_guards",),
    ),
)
