"""A story with choices is refused before anybody could get lost in it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.curriculum.lessons import CommitmentLesson, ScenarioLesson
from app.learning.scenarios import walk
from app.learning.seat_time import SECONDS_PER_CHOICE, required_seconds

ENDS = {"closing": {"en": "One two."}}


def scene(name: str, *leads_to: str, **more: Any) -> dict[str, Any]:
    choices = [{"id": f"to-{other}", "text": {"en": "Go on."}, "to": other} for other in leads_to]
    return {"id": name, "text": {"en": "It is late."}, "choices": choices, **({} if choices else ENDS), **more}


def story(*scenes: dict[str, Any]) -> ScenarioLesson:
    return ScenarioLesson.model_validate(
        {
            "kind": "scenario",
            "slug": "story",
            "title": {"en": "A story"},
            "intro": {"en": "Read it as you like."},
            "start": "a",
            "scenes": list(scenes),
        }
    )


@pytest.mark.parametrize(
    ("scenes", "words"),
    [
        ([scene("a", "b", "c"), scene("b", "a", "c"), scene("c")], "goes in a circle"),
        ([scene("a", "b", "c"), scene("b"), scene("c"), scene("d")], "nothing leads to: d"),
        ([scene("a", "b", "x"), scene("b"), scene("c")], "leads to scenes that are not there: x"),
        ([scene("a", "b"), scene("b"), scene("c")], "one choice is none"),
        ([scene("a", "b", "c"), scene("b", closing=None), scene("c")], "either choices or a closing"),
        ([scene("a", "b", "c", **ENDS), scene("b"), scene("c")], "either choices or a closing"),
        ([scene("a", "b", "c"), scene("b"), scene("b"), scene("c")], "scene ids used more than once: b"),
    ],
)
def test_what_is_wrong_with_a_story_is_named(scenes, words):
    with pytest.raises(ValidationError, match=words):
        story(*scenes)


def test_every_way_is_followed_to_its_end_and_the_longest_gives_the_time():
    lesson = story(scene("a", "b", "c"), scene("b", "c", "d"), scene("c"), scene("d"))
    assert [one.id for one in lesson.longest_way()] == ["a", "b", "c"]
    assert walk(lesson, {}).here.id == "a"
    assert walk(lesson, {"a": "to-b"}).here.id == "b"
    way = walk(lesson, {"a": "to-b", "b": "to-d"})
    assert way.here.is_ending
    assert [(before.id, choice.to) for before, choice in way.taken] == [("a", "b"), ("b", "d")]
    # A choice of another way, or of an older version of the story, does not lead on.
    assert walk(lesson, {"b": "to-d", "a": "to-somewhere"}).here.id == "a"
    # 5 words of introduction, three scenes of 3, four choices of 2, one closing of 2; two choices to make.
    assert required_seconds(lesson, "en") == -(-(5 + 9 + 8 + 2) * 60 // 180) + 2 * SECONDS_PER_CHOICE


def test_a_plan_has_room_for_what_it_asks_for():
    parts = {
        "kind": "commitment",
        "slug": "plan",
        "title": {"en": "My plan"},
        "prompt": {"en": "What will you do?"},
        "examples": [{"en": "Call somebody."}],
        "read_by": ["officer"],
    }
    assert CommitmentLesson.model_validate(parts).minimum == 1
    with pytest.raises(ValidationError, match="asks for 3 items and has room for 2"):
        CommitmentLesson.model_validate(parts | {"minimum": 3, "maximum": 2})
