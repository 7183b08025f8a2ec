"""The kinds of lessons. A further kind joins the `Lesson` union, `LessonKind` of the rules and the pages' `KINDS`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from app.curriculum.parts import Fact, MarkdownText, Part, Slug, SourceId, Text, all_different

SMALLEST_POOL = 10


class Bar(Part):
    label: Text
    value: Annotated[float, Field(ge=0)]


class Chart(Part):
    """A simple chart of one row of figures; `unit` is said in words (for example: million people)."""

    title: Text
    unit: Text
    bars: Annotated[tuple[Bar, ...], Field(min_length=2)]
    source: SourceId


class SurvivorSlot(Part):
    """The place for a survivor's recorded words. Until there is a recording: the placeholder and sourced facts."""

    placeholder: Text
    facts: Annotated[tuple[Fact, ...], Field(min_length=1)]


class Option(Part):
    id: Slug
    text: Text
    explanation: Text
    right: bool = False


class Question(Part):
    """One question with exactly one right option; every option explains itself."""

    id: Slug
    prompt: Text
    options: Annotated[tuple[Option, ...], Field(min_length=2)]

    @field_validator("options")
    @classmethod
    def _one_right(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        all_different((option.id for option in options), "option ids")
        if sum(option.right for option in options) != 1:
            raise ValueError("needs exactly one right option")
        return options

    @property
    def right_option(self) -> Option:
        return next(option for option in self.options if option.right)


def _different_questions(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    all_different((question.id for question in questions), "question ids")
    return questions


Questions = Annotated[tuple[Question, ...], AfterValidator(_different_questions)]


class LessonBase(Part):
    slug: Slug
    title: Text


class Check(Part):
    """Questions to think with: each answer is explained at once, nothing is graded."""

    intro: Text
    questions: Annotated[Questions, Field(min_length=1)]


class ReadingLesson(LessonBase):
    """A text. `check`: questions to think with after its last page; the lesson is done when they are answered, too."""

    kind: Literal["reading"]
    body: MarkdownText
    charts: tuple[Chart, ...] = ()
    survivor_slot: SurvivorSlot | None = None
    sources: tuple[SourceId, ...] = ()
    check: Check | None = None

    @model_serializer(mode="wrap")
    def _as_before_there_were_checks(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the field where there is none, so that a module that has none keeps its fingerprint and version."""
        data: dict[str, Any] = handler(self)
        if self.check is None:
            data.pop("check", None)
        return data


class VideoLesson(LessonBase):
    """A video. `transcript` says what is said and shown in it, and always counts as the video.

    The file is delivered apart from the content (recordings.py); a delivered one brings its own transcript.
    """

    kind: Literal["video"]
    intro: Text
    transcript: MarkdownText
    sources: tuple[SourceId, ...] = ()


class CheckLesson(LessonBase):
    """Questions to think with, as a lesson of their own."""

    kind: Literal["check"]
    intro: Text
    questions: Annotated[Questions, Field(min_length=1)]


class QuizLesson(LessonBase):
    """A graded quiz: each attempt draws `draw` questions from the pool."""

    kind: Literal["quiz"]
    intro: Text
    draw: Annotated[int, Field(ge=1)] = 6
    pool: Annotated[Questions, Field(min_length=SMALLEST_POOL)]

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.draw > len(self.pool):
            raise ValueError(f"draws {self.draw} questions from a pool of {len(self.pool)}")
        return self


class Criterion(Part):
    id: Slug
    text: Text


class ReflectionLesson(LessonBase):
    """A written answer that a person reads against the rubric. `read_by` is who may read it, said above the box."""

    kind: Literal["reflection"]
    prompt: Text
    rubric: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    minimum_words: Annotated[int, Field(ge=1, le=1000)]
    read_by: Annotated[tuple[Literal["facilitator", "officer", "counsel"], ...], Field(min_length=1)]


class Choice(Part):
    """One way to go on in a scene; `to` is the id of the scene that it leads to."""

    id: Slug
    text: Text
    to: Slug


class Scene(Part):
    """A moment of a scenario. It goes on by one of its choices, or it is an ending, which says what it can teach."""

    id: Slug
    text: Text
    choices: Annotated[tuple[Choice, ...], Field(max_length=4)] = ()
    closing: Text | None = None

    @model_validator(mode="after")
    def _goes_on_or_ends(self) -> Self:
        all_different((choice.id for choice in self.choices), "choice ids")
        if len(self.choices) == 1:
            raise ValueError("one choice is none: give two or more, or end here")
        if bool(self.choices) == (self.closing is not None):
            raise ValueError("has either choices or a closing")
        return self

    @property
    def is_ending(self) -> bool:
        return not self.choices


class ScenarioLesson(LessonBase):
    """A story with choices and what they lead to. No way through it is graded, and each one comes to an end."""

    kind: Literal["scenario"]
    intro: Text
    start: Slug
    scenes: Annotated[tuple[Scene, ...], Field(min_length=3)]

    @field_validator("scenes")
    @classmethod
    def _different_scenes(cls, scenes: tuple[Scene, ...]) -> tuple[Scene, ...]:
        all_different((scene.id for scene in scenes), "scene ids")
        return scenes

    @model_validator(mode="after")
    def _every_way_ends(self) -> Self:
        known = {scene.id for scene in self.scenes}
        named = {self.start} | {choice.to for scene in self.scenes for choice in scene.choices}
        if named - known:
            raise ValueError(f"leads to scenes that are not there: {', '.join(sorted(named - known))}")
        order = self._visit(self.start, (), {})
        if known - order.keys():
            raise ValueError(f"nothing leads to: {', '.join(sorted(known - order.keys()))}")
        return self

    def _visit(self, scene_id: str, way: tuple[str, ...], seen: dict[str, None]) -> dict[str, None]:
        if scene_id in way:
            raise ValueError(f"goes in a circle: {' > '.join((*way, scene_id))}")
        if scene_id not in seen:
            for choice in self.scene(scene_id).choices:
                self._visit(choice.to, (*way, scene_id), seen)
            seen[scene_id] = None
        return seen

    def scene(self, scene_id: str) -> Scene:
        """The scene of that id; raises KeyError."""
        for scene in self.scenes:
            if scene.id == scene_id:
                return scene
        raise KeyError(scene_id)

    def longest_way(self) -> tuple[Scene, ...]:
        """The way through with the most scenes: what the time for the lesson is measured by."""

        def from_here(scene: Scene) -> tuple[Scene, ...]:
            ways = (from_here(self.scene(choice.to)) for choice in scene.choices)
            return (scene, *max(ways, key=len, default=()))

        return from_here(self.scene(self.start))


class CommitmentLesson(LessonBase):
    """The learner's own plan, in items to which the months of accountability come back."""

    kind: Literal["commitment"]
    prompt: Text
    examples: Annotated[tuple[Text, ...], Field(min_length=1)]
    minimum: Annotated[int, Field(ge=1, le=5)] = 1
    maximum: Annotated[int, Field(ge=1, le=5)] = 3
    read_by: Annotated[tuple[Literal["facilitator", "officer", "counsel"], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _room_for_the_minimum(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"asks for {self.minimum} items and has room for {self.maximum}")
        return self


Lesson = Annotated[
    ReadingLesson | VideoLesson | CheckLesson | ScenarioLesson | QuizLesson | ReflectionLesson | CommitmentLesson,
    Field(discriminator="kind"),
]

# Seconds: a video is no longer than this. Whatever a version's lesson may show, its limits of time are known before.
LONGEST_VIDEO = 900


def has_place_for_video(lesson: Lesson) -> bool:
    """Whether a recording can be shown in a lesson: its own video, or a survivor's recorded words."""
    return isinstance(lesson, VideoLesson) or (isinstance(lesson, ReadingLesson) and lesson.survivor_slot is not None)
