"""Keys rotate without voiding what they made, and sealed values open only where they belong."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from app.core.keyring import PURPOSES, Key, Keyring, add_keys

RING = Keyring({"totp": [Key("1", b"a" * 32)], "limit": [Key("1", b"b" * 32)], "link-token": [Key("1", b"c" * 32)]})


@pytest.mark.proves("AU-8")
def test_rotation_voids_nothing(tmp_path: Path):
    file = tmp_path / "keys" / "ring.json"
    add_keys(file)
    before = Keyring.load(file)
    code, sealed = before.digest("enrollment-code", "RIV-ABCD"), before.seal("totp", b"secret", bound_to="me")
    add_keys(file)
    after = Keyring.load(file)
    assert after.digest("enrollment-code", "RIV-ABCD") != code, "new values use the new key"
    assert code in after.digests("enrollment-code", "RIV-ABCD")
    assert after.open("totp", sealed, bound_to="me") == b"secret"


def test_only_the_portals_user_can_read_the_file(tmp_path: Path):
    file = tmp_path / "ring.json"
    add_keys(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(json.loads(file.read_text())) == set(PURPOSES)


@given(value=st.binary(max_size=200), owner=st.text(max_size=20))
def test_a_sealed_value_opens_for_its_owner_only(value: bytes, owner: str):
    sealed = RING.seal("totp", value, bound_to=owner)
    assert RING.open("totp", sealed, bound_to=owner) == value
    with pytest.raises(InvalidTag):
        RING.open("totp", sealed, bound_to=owner + "x")
    assert RING.seal("totp", value, bound_to=owner) != sealed


def test_an_altered_value_does_not_open():
    sealed = RING.seal("totp", b"secret", bound_to="me")
    altered = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(InvalidTag):
        RING.open("totp", altered, bound_to="me")


def test_unknown_purposes_and_keys_are_errors():
    with pytest.raises(KeyError):
        RING.digest("nonsense", "x")
    with pytest.raises(KeyError):
        RING.open("totp", "7:AAAA", bound_to="me")


@given(st.text(min_size=1))
def test_purposes_do_not_share_digests(value: str):
    assert RING.digest("limit", value) != RING.digest("link-token", value)
    assert len(RING.digest("limit", value)) == 64
