"""Enrollment codes: what a person mistypes is repaired or caught, never taken for another code."""

from __future__ import annotations

import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases import codes

prefixes = st.text(string.ascii_uppercase, min_size=2, max_size=6)
some_codes = prefixes.map(codes.new_code)


@given(prefixes)
def test_a_new_code_is_canonical_and_names_its_court(prefix: str) -> None:
    code = codes.new_code(prefix)
    assert codes.looks_valid(code)
    assert codes.normalize(code) == code == codes.grouped(code.replace("-", ""))
    assert codes.prefix_of(code) == prefix
    assert code.split("-")[0] == prefix
    assert [len(part) for part in code.split("-")[1:]] == [4, 4, 4, 2]
    assert codes.last_four(code) == code.replace("-", "")[-4:]


@pytest.mark.proves("AU-8")
def test_the_alphabet_is_large_and_has_no_look_alikes() -> None:
    assert codes.RANDOM_LENGTH * math.log2(len(codes.ALPHABET)) >= 60
    assert not set("0O1ILUS") & set(codes.ALPHABET)
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET) == 29


@pytest.mark.proves("AU-8")
def test_every_random_place_uses_the_whole_alphabet() -> None:
    bodies = [codes.new_code("RIV").replace("-", "")[3:-1] for _ in range(2000)]
    assert len(set(bodies)) == 2000
    for place in range(codes.RANDOM_LENGTH):
        assert {body[place] for body in bodies} == set(codes.ALPHABET)


@given(some_codes)
def test_every_single_wrong_character_is_caught(code: str) -> None:
    compact = code.replace("-", "")
    for at, right in enumerate(compact):
        for wrong in set(string.ascii_uppercase + string.digits) - {right}:
            typed = compact[:at] + wrong + compact[at + 1 :]
            # A repaired look-alike is the same code; anything else must be refused.
            assert codes.normalize(typed) == code or not codes.looks_valid(typed), (code, typed)


@given(some_codes)
def test_every_swap_of_two_characters_is_caught(code: str) -> None:
    compact = code.replace("-", "")
    for at in range(len(compact) - 1):
        typed = compact[:at] + compact[at + 1] + compact[at] + compact[at + 2 :]
        assert typed == compact or not codes.looks_valid(typed), (code, typed)


@pytest.mark.parametrize("body", ["S222", "2S22"])
@pytest.mark.parametrize("prefix", ["RIS", "SOS", "LIL", "OUI", "ILOUS"])
def test_swaps_at_the_border_of_prefix_and_body_are_caught(prefix: str, body: str) -> None:
    for _ in range(200):
        compact = codes.new_code(prefix).replace("-", "")
        border = len(prefix)
        swapped = compact[: border - 1] + compact[border] + compact[border - 1] + compact[border + 1 :]
        assert codes.normalize(swapped) == codes.normalize(compact) or not codes.looks_valid(swapped)


def _typed_by_hand(code: str, dash: str) -> str:
    return "  " + code.lower().replace("-", dash) + "\u00a0\n"


@given(some_codes, st.sampled_from(["", " ", "-", " - ", "\u2013", "\u2014", "\u2011", "\u2212", "\u200b", "_", "."]))
def test_case_spaces_and_dashes_do_not_matter(code: str, dash: str) -> None:
    assert codes.normalize(_typed_by_hand(code, dash)) == code
    assert codes.looks_valid(_typed_by_hand(code, dash))


@given(some_codes)
def test_an_s_in_the_body_and_a_zero_in_the_prefix_are_repaired(code: str) -> None:
    prefix, rest = code.split("-", 1)
    typed = prefix.replace("O", "0").replace("S", "5") + "-" + rest.replace("5", "s")
    assert codes.normalize(typed) == code


def test_look_alikes_with_more_than_one_meaning_are_not_guessed() -> None:
    code = codes.new_code("RIV")
    for vague in "01ILOU":
        typed = code[:5] + vague + code[6:]
        assert not codes.looks_valid(typed)


def test_full_width_characters_are_read() -> None:
    code = codes.new_code("RIV")
    wide = "".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in code)
    assert codes.normalize(wide) == code


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [
        ("riv-7k3m", "RIV"),
        ("RIV 7K3M 9QXP 4TWH", "RIV"),
        ("RIV\u20137K3M", "RIV"),
        ("l0l-7K3M", "LOL"),
        ("RIV7K3M9QXP4TWHRO", "RIV"),
        ("RIV", None),
        ("7K3M-9QXP", None),
        ("", None),
        ("MUCHTOOLONGPREFIXES-7K3M", None),
        ("-", None),
    ],
)
def test_the_prefix_is_found_in_a_mistyped_code(typed: str, prefix: str | None) -> None:
    assert codes.prefix_of(typed) == prefix


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(typed: str) -> None:
    codes.prefix_of(typed)
    assert codes.normalize(codes.normalize(typed)) == codes.normalize(typed)
    if not codes.looks_valid(typed):
        with pytest.raises(ValueError, match="not an enrollment code"):
            codes.grouped(typed)


def test_an_enormous_field_is_no_code() -> None:
    assert not codes.looks_valid("A" * 5_000_000)
    assert not codes.looks_valid(codes.new_code("RIV") + "2" * 100)


@pytest.mark.parametrize("prefix", ["R", "RIVERSI", "riv", "R1V", "", "RÍV", "RIV\n"])
def test_a_bad_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        codes.new_code(prefix)
