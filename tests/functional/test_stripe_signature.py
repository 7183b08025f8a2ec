"""Webhook signatures: only Stripe's own, only of now, on the raw bytes."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from hypothesis import assume, given
from hypothesis import strategies as st

from app.payments.signature import BadSignature, verify

SECRET = "whsec_practice"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAYLOAD = json.dumps({"id": "evt_1", "object": "event", "note": "año ✓"}, ensure_ascii=False).encode()


def header(payload: bytes = PAYLOAD, *, age: int = 0, secret: str = SECRET) -> str:
    """Signed by the rule that Stripe publishes, independently of its library: HMAC-SHA256 of `t.payload`."""
    at = int(NOW.timestamp()) - age
    mac = hmac.new(secret.encode(), str(at).encode() + b"." + payload, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def accepted(payload: bytes, signed: str, *, secrets: tuple[str, ...] = (SECRET,)) -> bool:
    try:
        verify(payload, signed, secrets=secrets, now=NOW)
    except BadSignature:
        return False
    return True


@pytest.mark.proves("MO-1")
@pytest.mark.parametrize(
    ("age", "fits"), [(0, True), (300, True), (301, False), (-300, True), (-301, False), (-3600, False)]
)
def test_a_signature_may_be_five_minutes_old_or_ahead(age: int, fits: bool) -> None:
    assert accepted(PAYLOAD, header(age=age)) is fits


@pytest.mark.proves("MO-1")
@given(age=st.integers(-(10**12), 10**9))
def test_the_time_limit_holds_at_any_distance(age: int) -> None:
    assert accepted(PAYLOAD, header(age=age)) is (abs(age) <= 300)


@pytest.mark.proves("MO-1")
@given(values=st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none()))
def test_what_was_signed_is_what_comes_back(values: dict[str, Any]) -> None:
    payload = json.dumps(values).encode()
    assert verify(payload, header(payload), secrets=[SECRET], now=NOW) == values


@pytest.mark.proves("MO-1")
@given(at=st.integers(0, len(PAYLOAD) - 1), byte=st.integers(0, 255))
def test_one_altered_byte_of_the_payload_is_noticed(at: int, byte: int) -> None:
    assume(PAYLOAD[at] != byte)
    assert not accepted(PAYLOAD[:at] + bytes([byte]) + PAYLOAD[at + 1 :], header())


@pytest.mark.proves("MO-1")
@given(at=st.integers(2, len(header()) - 1), letter=st.characters())
def test_one_altered_character_of_the_header_is_noticed(at: int, letter: str) -> None:
    signed = header()
    assume(signed[at] != letter)
    assert not accepted(PAYLOAD, signed[:at] + letter + signed[at + 1 :])


@pytest.mark.proves("MO-1")
@pytest.mark.parametrize("added", [b" ", b"\n", b"\x00"])
def test_the_bytes_are_not_normalized(added: bytes) -> None:
    assert not accepted(PAYLOAD + added, header())


@pytest.mark.proves("MO-1")
def test_both_secrets_count_during_a_rollover_and_no_other() -> None:
    assert accepted(PAYLOAD, header(secret="whsec_new"), secrets=(SECRET, "whsec_new"))
    assert accepted(PAYLOAD, header(secret=SECRET), secrets=(SECRET, "whsec_new"))
    assert not accepted(PAYLOAD, header(secret="whsec_third"), secrets=(SECRET, "whsec_new"))
    # Stripe signs with both secrets while it rolls them over itself
    both = header() + "," + header(secret="whsec_new").split(",")[1]
    assert accepted(PAYLOAD, both, secrets=("whsec_new",))


@pytest.mark.proves("MO-1")
@pytest.mark.parametrize("secrets", [(), ("",), (" ",)])
def test_no_secret_accepts_nothing(secrets: tuple[str, ...]) -> None:
    assert not accepted(PAYLOAD, header(secret=secrets[0] if secrets else ""), secrets=secrets)


@pytest.mark.proves("MO-1")
@pytest.mark.parametrize(
    "signed",
    [
        "",
        "t=",
        "v1=",
        header().split(",")[0],
        header().split(",")[1],
        header().replace("v1=", "v0="),
        "t=1,t=2",
        "t=x,v1=y",
        "," * 1000,
        "t=9" + "9" * 5000 + ",v1=a",
        header() + "é",
        "v1=é,t=1",
        "\x00",
    ],
)
def test_a_header_without_a_fitting_signature_is_refused(signed: str) -> None:
    assert not accepted(PAYLOAD, signed)


@pytest.mark.proves("MO-1")
@given(signed=st.text())
def test_garbage_in_the_header_is_refused(signed: str) -> None:
    assert not accepted(PAYLOAD, signed)


@pytest.mark.proves("MO-1")
@given(payload=st.binary())
def test_garbage_signed_by_a_stranger_is_refused(payload: bytes) -> None:
    assert not accepted(payload, header(payload, secret="whsec_stranger"))


@pytest.mark.proves("MO-1")
@pytest.mark.parametrize("payload", [b"\xff\xfe", b"", b"[]", b"1", b'"x"', b"{", b"[" * 100_000])
def test_a_signed_payload_that_is_no_event_is_refused(payload: bytes) -> None:
    assert not accepted(payload, header(payload))


@pytest.mark.proves("MO-1")
def test_a_second_time_in_the_header_does_not_refresh_an_old_signature() -> None:
    old = header(age=4000)
    fresh = f"t={int(NOW.timestamp())}"
    assert not accepted(PAYLOAD, f"{old},{fresh}")
    assert not accepted(PAYLOAD, f"{fresh},{old}")
    at, fits = old.split(",")
    assert not accepted(PAYLOAD, f"{at}={int(NOW.timestamp())},{fits}")


@pytest.mark.proves("MO-1")
def test_the_librarys_own_header_is_accepted_and_its_tolerance_ahead_is_not() -> None:
    text = PAYLOAD.decode()
    make = stripe.WebhookSignature.generate_signature_header
    assert accepted(PAYLOAD, make(text, SECRET, timestamp=int(NOW.timestamp())))
    assert not accepted(PAYLOAD, make(text, SECRET, timestamp=int(NOW.timestamp()) + 3600))


def test_the_reason_tells_nothing_secret() -> None:
    with pytest.raises(BadSignature) as bad:
        verify(PAYLOAD, header(secret="whsec_x"), secrets=[SECRET], now=NOW)
    assert SECRET not in bad.value.reason
    assert bad.value.reason == "no signature of a known secret fits"
