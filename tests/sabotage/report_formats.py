"""Sabotages of the court's formats and of the files beside the PDF (CD, IO)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

FORMATS = "app/reports/formats.py"
PUBLISHED = "app/reports/outputs/published.py"
UNIT = "tests/unit/test_report_formats.py"
OUTPUTS = "tests/functional/test_report_outputs.py"

SABOTAGES = (
    Sabotage(
        "CD-7",
        "a kind of report shows the birth date as all papers do, whatever its format says",
        (Edit(FORMATS, "rules.formats.of(kind).birth_date or rules.birth_date", "rules.birth_date"),),
        (f"{UNIT}::test_the_birth_date_is_shown_as_this_kind_wants_it",),
    ),
    Sabotage(
        "CD-7",
        "a shortened case number is the whole number",
        (Edit(FORMATS, "kept = min(SHOWN_DIGITS, len(words) // 2)", "kept = len(words)"),),
        (f"{UNIT}::test_a_masked_number_shows_four_at_most_and_half_of_it",),
    ),
    Sabotage(
        "CD-7",
        "the data holds columns that the paper does not show",
        (Edit(PUBLISHED, 'one.score_percent if "score" in columns else None', "one.score_percent"),),
        (f"{OUTPUTS}::test_what_the_paper_does_not_show_is_not_in_the_files",),
    ),
    Sabotage(
        "CD-7",
        "the data holds sections that the paper does not show",
        (Edit(PUBLISHED, "snapshot.money if shown & SHOWS_MONEY else None", "snapshot.money"),),
        (f"{OUTPUTS}::test_what_the_paper_does_not_show_is_not_in_the_files",),
    ),
    Sabotage(
        "CD-7",
        "files can be had that the format does not have",
        (
            Edit(
                "app/reports/outputs/files.py",
                "    if form not in files_of(snapshot):\n        raise KeyError(form)\n",
                "",
            ),
        ),
        (f"{OUTPUTS}::test_a_file_that_the_format_does_not_have_is_not_there",),
    ),
    Sabotage(
        "IO-2",
        "a court's own words become markup",
        (Edit("templates/reports/sections/opening.html", "{{ line }}", "{{ line | safe }}"),),
        (f"{UNIT}::test_own_words_and_titles_never_become_markup",),
    ),
    Sabotage(
        "IO-5",
        "own words may name what is no field",
        (Edit("tenants/report_formats.py", "    rest = FIELD.sub", "    return True\n    rest = FIELD.sub"),),
        (f"{UNIT}::test_each_fault_stands_at_its_field",),
    ),
    Sabotage(
        "CD-9",
        "the sections stand in an order of their own",
        (Edit(FORMATS, "tuple(Section(key) for key in keys if", "tuple(Section(key) for key in sorted(keys) if"),),
        (f"{UNIT}::test_the_default_is_what_was_made_before",),
    ),
    Sabotage(
        "CD-9",
        "a courtesy copy carries no seal",
        (Edit("app/reports/jobs.py", " if has_own_copy(snapshot) else None", " if False else None"),),
        (
            "tests/functional/test_report_outputs.py::test_a_courtesy_copy_of_its_own_is_sealed_and_kept_as_the_report_is",
        ),
    ),
    Sabotage(
        "CD-9",
        "a courtesy copy does not say which text counts",
        (
            Edit(
                "templates/reports/body.html",
                '<p class="governs">{{ layout.is_a_courtesy_copy_of(copy_of) }}</p>',
                "",
            ),
        ),
        (f"{UNIT}::test_a_report_with_a_copy_says_which_text_counts",),
    ),
)
