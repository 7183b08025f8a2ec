"""A delivered video is taken for what its content is, and every fault of a folder is named at once."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.curriculum.delivering import Delivered, check_delivery, read_delivery
from app.curriculum.loader import ContentError, load_all
from app.curriculum.media import BadCaptions, Container, NotAVideo, container_of, cues_of
from tests.videos import delivery, mp4, webm

MODULE = load_all()[0]
LESSON = next(one.slug for one in MODULE.lessons if one.kind == "video")
READING = next(one.slug for one in MODULE.lessons if one.kind == "reading" and one.survivor_slot is not None)
TODAY = dt.date(2026, 11, 20)
CONSENT = '[consent]\nsigned_by = "A person"\ndocument = "Release 7"\nsigned_on = 2026-10-01\nuntil = 2027-10-01\n'


def check(folder: Path) -> Delivered:
    return check_delivery(folder, read_delivery(folder), MODULE, TODAY)


def problems(folder: Path) -> str:
    with pytest.raises(ContentError) as caught:
        check(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("video", "found"),
    [
        (webm(240), Container("video/webm", 240)),
        (webm(7.25, stated=True), Container("video/webm", 8)),
        (mp4(61), Container("video/mp4", 61)),
    ],
)
def test_kind_and_length_are_told_from_the_content(video: bytes, found: Container):
    assert container_of(io.BytesIO(video)) == found


@pytest.mark.parametrize("video", [b"", b"GIF89a" + b"\x00" * 40, webm(4)[:40], mp4(4)[:20], b"\x1a\x45\xdf\xa3\x00"])
def test_what_is_no_video_is_refused(video: bytes):
    with pytest.raises(NotAVideo):
        container_of(io.BytesIO(video))


@given(st.binary(max_size=200), st.sampled_from([webm(3), mp4(3)]), st.integers(0, 200))
def test_a_damaged_file_is_refused_or_read_and_never_worse(noise: bytes, video: bytes, at: int):
    with contextlib.suppress(NotAVideo):
        container_of(io.BytesIO(video[:at] + noise + video[at:]))


def test_captions_are_read_and_their_faults_named_by_line():
    good = "WEBVTT - words\n\nNOTE for nobody\n\n1\n00:01.000 --> 00:04.000 line:0\nTwo\nlines\n\n"
    good += "01:00:00.000 --> 01:00:01.500\nEnd"
    assert [(cue.start, cue.end, cue.text) for cue in cues_of(good)] == [(1, 4, "Two\nlines"), (3600, 3601.5, "End")]
    for bad, words in (
        ("1\n00:01.000 --> 00:02.000\nx", "line 1: does not begin"),
        ("WEBVTT\n\n00:01 --> 00:02\nx", "line 3: is no time"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nx", "ends before it begins"),
        ("WEBVTT\n\n00:02.000 --> 00:03.000\n", "has no words"),
        ("WEBVTT\n\n00:05.000 --> 00:06.000\nx\n\n00:02.000 --> 00:03.000\ny", "line 6: begins before"),
        ("WEBVTT\n", "holds no captions"),
    ):
        with pytest.raises(BadCaptions, match=words):
            cues_of(bad)


def test_a_whole_delivery_is_taken(tmp_path: Path):
    found = check(delivery(tmp_path, MODULE, LESSON, webm(12), 12))
    assert (found.content_type, found.seconds, found.size) == ("video/webm", 12, len(webm(12)))
    assert "subtítulos" in found.captions["es"]
    assert "word for word" in found.transcripts["en"]


def test_every_fault_is_named_at_once(tmp_path: Path):
    folder = delivery(tmp_path, MODULE, LESSON, webm(12), 90)
    (folder / "video.webm").write_bytes(webm(12)[:-3])
    (folder / "en.vtt").write_text("WEBVTT\n\nlater\n")
    (folder / "es.md").write_text("Poco.")
    (folder / "en.md").write_text("<b>raw</b> " + "words " * 30)
    said = problems(folder)
    for words in (
        "its SHA-256 is",
        "ends in the middle",
        "en.vtt: line 4: is no time",
        "es.md: has fewer than 20 words",
        "en.md: holds raw HTML",
    ):
        assert words in said


def test_the_length_and_the_languages_must_be_true(tmp_path: Path):
    assert "seconds: the video runs 12 seconds" in problems(delivery(tmp_path / "a", MODULE, LESSON, webm(12), 90))
    folder = delivery(tmp_path / "b", MODULE, LESSON, webm(12), 12)
    text = (folder / "video.toml").read_text()
    (folder / "video.toml").write_text(text.replace('languages = ["en", "es"]', 'languages = ["en"]'))
    assert "the module is also taught in: es" in problems(folder)
    (folder / "video.toml").write_text(text.replace('file = "video.webm"', 'file = "../video.webm"'))
    assert "../video.webm: file is missing" in problems(folder)


def test_a_survivors_words_are_taken_with_their_consent_alone(tmp_path: Path):
    folder = delivery(tmp_path, MODULE, READING, webm(12), 12)
    assert "consent: is missing" in problems(folder)
    plain = (folder / "video.toml").read_text()
    (folder / "video.toml").write_text(plain + CONSENT.replace("2027-10-01", "2026-11-01"))
    assert "consent.until: is over" in problems(folder)
    (folder / "video.toml").write_text(plain + CONSENT)
    assert check(folder).delivery.consent is not None


def test_a_video_stands_only_where_there_is_a_place_for_it(tmp_path: Path):
    assert "is neither a video lesson" in problems(delivery(tmp_path, MODULE, "quiz", webm(12), 12))
