"""A folder of content is refused with every problem named at once, and what is accepted survives storage unchanged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.curriculum.loader import CONTENT_ROOT, ContentError, content_hash, load_all, load_folder
from app.curriculum.parts import MissingTranslation
from app.curriculum.schema import SIGNED_OFF_BY, ModuleContent

FOLDER = "01-accountability-without-shame"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT_ROOT / FOLDER, tmp_path / FOLDER))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def problems(folder: Path) -> dict[tuple[str, str], str]:
    with pytest.raises(ContentError) as caught:
        load_folder(folder)
    return {
        (problem.file.removeprefix(f"{FOLDER}/"), problem.field): problem.message for problem in caught.value.problems
    }


def test_all_problems_of_a_folder_are_named_with_file_and_field(folder: Path) -> None:
    change(folder / "module.toml", 'title.es = "Su primer paso"\n', "")
    change(folder / "module.toml", 'sources = ["988"]', 'sources = ["988", "hearsay"]')
    change(folder / "01-think-it-over.toml", "right = true\n", "")
    change(folder / "module.toml", "value = 6.3", "value = -6.3")
    change(folder / "06-quiz.toml", "right = true\n", "")
    change(folder / "04-your-first-step.toml", "minimum_words = 60", "minimum_word = 60")
    change(folder / "en/01-how-this-program-works.md", "## What a study found", "<script>alert(1)</script>")
    change(folder / "es/01-how-this-program-works.md", "El tribunal y su oficial", "[El tribunal](http://example.org)")
    (folder / "en/02-who-sees-what.md").unlink()
    (folder / "es/99-forgotten.md").write_text("Nobody names me.", "utf-8")

    found = problems(folder)

    assert found.keys() >= {
        ("module.toml", "lessons.3.title"),
        ("module.toml", "lessons.1.sources.1"),
        ("module.toml", "lessons.0.charts.0.bars.1.value"),
        ("01-think-it-over.toml", "check.questions.0.options"),
        ("06-quiz.toml", "pool.0.options"),
        ("04-your-first-step.toml", "minimum_word"),
        ("module.toml", "lessons.3.minimum_words"),
        ("en/01-how-this-program-works.md", ""),
        ("es/01-how-this-program-works.md", ""),
        ("en/02-who-sees-what.md", ""),
        ("es/99-forgotten.md", ""),
    }
    assert "es" in found["module.toml", "lessons.3.title"]
    assert "hearsay" in found["module.toml", "lessons.1.sources.1"]
    assert "exactly one right" in found["06-quiz.toml", "pool.0.options"]
    assert "raw HTML" in found["en/01-how-this-program-works.md", ""]
    assert "http://example.org" in found["es/01-how-this-program-works.md", ""]
    assert found["en/02-who-sees-what.md", ""] == "file is missing"


def test_broken_toml_names_its_file_and_does_not_hide_the_rest(folder: Path) -> None:
    change(folder / "06-quiz.toml", "draw = 6", "draw = six")
    change(folder / "module.toml", 'title.en = "Quiz"\n', "")
    found = problems(folder)
    assert "not valid TOML" in found["06-quiz.toml", ""]
    assert ("module.toml", "lessons.5.title") in found


def test_a_file_can_not_sign_itself_off(folder: Path) -> None:
    review = '[reviewed_by.{part}]\nname = "A. Reviewer"\non = 2026-11-01\n\n'
    signed = "".join(review.format(part=part) for part in SIGNED_OFF_BY)
    change(folder / "module.toml", "[[objectives]]", signed + "[[objectives]]")
    assert "operator console" in problems(folder)["module.toml", "reviewed_by"]


def test_a_quiz_needs_a_pool_of_ten(folder: Path) -> None:
    quiz = (folder / "06-quiz.toml").read_text("utf-8").split("[[pool]]")
    (folder / "06-quiz.toml").write_text("[[pool]]".join(quiz[:10]), "utf-8")
    assert ("06-quiz.toml", "pool") in problems(folder)


def test_a_file_outside_the_folder_is_not_read(folder: Path) -> None:
    (folder.parent / "secret.toml").write_text('intro.en = "secret"', "utf-8")
    change(folder / "module.toml", 'file = "06-quiz.toml"', 'file = "../secret.toml"')
    assert problems(folder)["../secret.toml", ""] == "file is missing"


def test_an_empty_folder_and_a_wrong_name_are_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "02-empty").mkdir()
    folder.rename(tmp_path / "01-other-name")
    with pytest.raises(ContentError) as caught:
        load_all(tmp_path)
    text = str(caught.value)
    assert "02-empty/module.toml: file is missing" in text
    assert "should be called 01-accountability-without-shame" in text


def test_two_modules_with_one_number_are_refused(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "01-another"))
    change(other / "module.toml", 'slug = "accountability-without-shame"', 'slug = "another"')
    with pytest.raises(ContentError, match="1 is used by more than one module"):
        load_all(tmp_path)


def test_json_brings_back_the_same_module_and_hash() -> None:
    for module in load_all():
        stored = json.dumps(module.model_dump(mode="json"))
        again = ModuleContent.read(json.loads(stored))
        assert again == module
        assert content_hash(again) == content_hash(module)


def test_the_hash_notices_one_changed_word(folder: Path) -> None:
    before = content_hash(load_folder(folder))
    assert before == content_hash(load_folder(CONTENT_ROOT / FOLDER))
    change(folder / "es/01-how-this-program-works.md", "Esconderse es fácil.", "Esconderse no es fácil.")
    assert content_hash(load_folder(folder)) != before


@pytest.mark.proves("CD-2")
def test_a_missing_language_is_an_error_and_never_another_language() -> None:
    module = load_folder(CONTENT_ROOT / FOLDER)
    with pytest.raises(MissingTranslation):
        module.title.words("fr")
