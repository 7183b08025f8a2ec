"""Sabotages of files that come in and go out: formulas (IO-1) and what may be sent at all (IO-3)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

READING = "tests/unit/test_import_reading.py"
PAGES = "tests/functional/test_cases_importing.py"
RUNS = "tests/functional/test_cases_importing_runs.py"

SABOTAGES = (
    Sabotage(
        "IO-1",
        "a cell of a file that we write may begin with an at sign",
        (Edit("app/core/csv_files.py", '"-", "@", "\\t"', '"-", "\\t"'),),
        (f"{READING}::test_each_sign_of_a_formula_is_neutralized",),
    ),
    Sabotage(
        "IO-1",
        "blanks hide a formula",
        (Edit("app/core/csv_files.py", "text.lstrip().startswith(", "text.startswith("),),
        (f"{READING}::test_no_cell_of_ours_begins_a_formula_and_each_comes_back_as_it_was",),
    ),
    Sabotage(
        "IO-1",
        "the result file hands back what was typed",
        (
            Edit(
                "app/core/csv_files.py",
                "writer.writerows([neutralized(cell) for cell in row] for row in rows)",
                "writer.writerows(rows)",
            ),
        ),
        (f"{PAGES}::test_the_result_says_what_became_of_each_row_and_runs_nothing",),
    ),
    Sabotage(
        "IO-3",
        "an Excel workbook is read as text",
        (
            Edit("app/cases/imports/reading.py", "if content.startswith(_WORKBOOKS):", "if False:"),
            Edit("app/cases/imports/reading.py", 'if any(ord(c) < 32 and c not in "\\t\\r\\n\\f"', "if any(False"),
        ),
        (f"{READING}::test_what_is_no_list_is_refused_in_words",),
    ),
    Sabotage(
        "IO-3",
        "a file of any size is read",
        (Edit("app/cases/imports/reading.py", "if len(content) > LARGEST_FILE:", "if False:"),),
        (f"{PAGES}::test_a_file_that_is_no_list_is_refused_at_its_box_and_nothing_is_kept",),
    ),
    Sabotage(
        "IO-3",
        "a file of any number of rows is read",
        (Edit("app/cases/imports/reading.py", "if len(records) > MOST_ROWS or len(rows) > _MOST_LINES:", "if False:"),),
        (f"{READING}::test_what_is_no_list_is_refused_in_words",),
    ),
    Sabotage(
        "IO-3",
        "the name of a sent file is taken as it comes",
        (
            Edit(
                "app/cases/imports/views.py",
                "content, name = sent.read(), shown_name(sent.filename)",
                "content, name = sent.read(), sent.filename",
            ),
        ),
        (f"{PAGES}::test_the_name_of_a_file_is_never_a_path",),
    ),
    Sabotage(
        "IO-3",
        "the content of files is kept for ever",
        (
            Edit(
                "app/cases/imports/services.py",
                "runtime().storage.delete(current_court_id(), sha256)",
                "pass",
            ),
        ),
        (f"{RUNS}::test_files_are_forgotten_in_time_and_the_result_stays",),
    ),
)
