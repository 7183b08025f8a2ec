"""The seal: what it accepts, and that it accepts nothing else."""

import io
import random
import re
from datetime import UTC, datetime

import pikepdf
import pytest

from app.reports.sign import CannotSignError, check, make_self_signed, sign

AT = datetime(2026, 7, 20, 17, 5, tzinfo=UTC)
KEY, CERT = make_self_signed("Superior Court of Riverside")
OTHER_KEY, OTHER_CERT = make_self_signed("Somebody else")


def small_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(200, 200))
        document.Root.Note = pikepdf.String("a fact of the case " * 20)
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return out.getvalue()


SEALED = sign(small_pdf(), key_pem=KEY, cert_pem=CERT, reason="Court program report", at=AT)


@pytest.mark.proves("CD-9")
def test_a_sealed_document_is_genuine_and_says_by_whom_and_when() -> None:
    state = check(SEALED, [OTHER_CERT, CERT])
    assert state.ok
    assert (state.reason, state.signer, state.signed_at) == ("ok", "Superior Court of Riverside", AT)


@pytest.mark.proves("CD-9")
def test_an_altered_byte_breaks_the_seal() -> None:
    chance = random.Random(20260720)
    envelope = re.search(rb"/Contents ?<([0-9A-Fa-f]+)>", SEALED)
    assert envelope is not None
    covered = [*range(envelope.start(1) - 1), *range(envelope.end(1) + 1, len(SEALED))]
    # The tail of the space kept for the signature is filled with zeros, and only with zeros.
    padding = range(envelope.end(1) - 600, envelope.end(1))
    assert set(SEALED[padding.start : padding.stop]) == {ord("0")}
    for place in [*chance.sample(covered, 80), *chance.sample(padding, 10)]:
        altered = bytearray(SEALED)
        altered[place] = ord("1") if altered[place] != ord("1") else ord("2")
        assert not check(bytes(altered), [CERT]).ok, place


def test_bytes_after_the_end_break_the_seal() -> None:
    assert check(SEALED + b"\n% a remark", [CERT]).reason == "appended"


def test_a_document_saved_again_with_another_fact_is_not_genuine() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(SEALED)) as document:
        document.Root.Note = pikepdf.String("another fact")
        document.save(out)
    assert not check(out.getvalue(), [CERT]).ok


def test_a_second_signature_is_not_the_courts_document() -> None:
    with pytest.raises(CannotSignError):
        sign(SEALED, key_pem=OTHER_KEY, cert_pem=OTHER_CERT, reason="x", at=AT)


@pytest.mark.parametrize(
    ("document", "reason"),
    [(small_pdf(), "unsigned"), (b"", "unreadable"), (b"no document", "unreadable"), (SEALED[:900], "unreadable")],
)
def test_other_files_are_told_apart(document: bytes, reason: str) -> None:
    assert check(document, [CERT]).reason == reason


def test_a_stranger_with_the_same_name_is_not_trusted() -> None:
    key, cert = make_self_signed("Superior Court of Riverside")
    forged = sign(small_pdf(), key_pem=key, cert_pem=cert, reason="Court program report", at=AT)
    assert check(forged, [CERT]).reason == "untrusted"
    assert check(forged, []).reason == "untrusted"


def test_the_certificate_must_have_been_valid_when_it_signed() -> None:
    assert check(SEALED, [CERT], at=datetime(2031, 1, 1, tzinfo=UTC)).reason == "untrusted"
    late = sign(small_pdf(), key_pem=KEY, cert_pem=CERT, reason="x", at=datetime(2030, 6, 1, tzinfo=UTC))
    assert check(late, [CERT]).reason == "untrusted"


@pytest.mark.parametrize("at", [datetime(2020, 3, 1, tzinfo=UTC), datetime(2029, 12, 1, tzinfo=UTC)])
def test_the_demo_clock_may_move(at: datetime) -> None:
    sealed = sign(small_pdf(), key_pem=KEY, cert_pem=CERT, reason="x", at=at)
    assert check(sealed, [CERT]).signed_at == at


def test_a_key_that_does_not_fit_signs_nothing() -> None:
    with pytest.raises(CannotSignError):
        sign(small_pdf(), key_pem=OTHER_KEY, cert_pem=CERT, reason="x", at=AT)
    with pytest.raises(CannotSignError):
        sign(small_pdf(), key_pem=b"nonsense", cert_pem=CERT, reason="x", at=AT)
    with pytest.raises(CannotSignError):
        sign(b"no document", key_pem=KEY, cert_pem=CERT, reason="x", at=AT)
