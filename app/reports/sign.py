"""The court's seal: a PAdES signature that allows no later change, and the check of one.

Signing and checking are pure: keys, certificates and times come in as arguments, nothing is fetched.
"""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto.parser import peek  # type: ignore[import-untyped] # comes with pyHanko, without types
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD: Final = "CourtSeal"
# What a check finds is in its result; a stranger's file is no event for the log.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)
DEMO_FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)


class CannotSignError(Exception):
    """The key, the certificate or the document does not allow a signature; the message holds no secret."""


@dataclass(frozen=True)
class SignatureState:
    """What a check found. Only `ok` means: sealed by a trusted certificate, and nothing that is read or shown changed.

    A few bytes of a signature's own envelope mean nothing and no PDF signature guards them: that a file is the very
    file that was issued, to the last byte, is for its SHA-256 to say.

    `reason` is a code for the words a page shows: ok, unreadable, unsigned, several, changed, appended, untrusted,
    not_sealed (a signature that would allow changes).
    """

    ok: bool
    reason: str
    signer: str | None = None
    signed_at: datetime | None = None


class _Appending(IncrementalPdfFileWriter):
    """Appends the seal and nothing else. The library would put its name and the machine's time into the document's
    description in one of its two places, which then do not say the same, as an archive wants it."""

    def _update_meta(self) -> None:
        return


class _SignerAt(PdfSigner):
    """Signs with the time it is given; the library would take the machine's."""

    at: datetime

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self.at
        return session


def sign(pdf: bytes, *, key_pem: bytes, cert_pem: bytes, reason: str, at: datetime) -> bytes:
    """The document with a certifying P-256 signature appended; `at` is aware.

    `cert_pem` holds the key's certificate, in any place: beside it may stand those that vouch for it, and those of
    earlier keys, which do not go into the document.

    Raises:
        CannotSignError: a key that does not fit the certificate, or no PDF.
    """
    leaf, chain = _fitting(key_pem, cert_pem)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call] # the library left this one out
    store.register_multiple(chain)
    key = load_private_key_from_pemder_data(key_pem, passphrase=None)
    signer = SimpleSigner(signing_cert=leaf, signing_key=key, cert_registry=store)
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
    )
    sealer = _SignerAt(metadata, signer)
    sealer.at = at.astimezone(UTC)
    try:
        out = sealer.sign_pdf(_Appending(io.BytesIO(pdf)))
    except Exception as error:  # the library has no common base for what a broken document makes it raise
        raise CannotSignError(f"the document cannot be signed: {type(error).__name__}") from error
    return bytes(out.getvalue())


def check(pdf: bytes, trusted_certs: Sequence[bytes], *, at: datetime | None = None) -> SignatureState:
    """What the seal of a document says. `trusted_certs` are PEM; nothing is raised, whatever the bytes are.

    The certificate must have been valid at `at`, or without it when the document says it was signed: a report stays
    genuine after its certificate has run out. Compare stored digests first where there are any: parsing a stranger's
    file costs time in proportion to its size.
    """
    try:
        signatures = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures
        if not signatures:
            return SignatureState(ok=False, reason="unsigned")
        if len(signatures) > 1:
            return SignatureState(ok=False, reason="several")
        return _judge(signatures[0], trusted_certs, at)
    except Exception:  # a stranger's bytes make the parser raise anything; all of it means the same to the asker
        return SignatureState(ok=False, reason="unreadable")


def make_self_signed(
    subject: str, *, valid_from: datetime = DEMO_FROM, years: int = 10, organization: str = "Demonstration court"
) -> tuple[bytes, bytes]:
    """A new P-256 key and a certificate that vouches for itself, as PEM: for the demo and for tests.

    Valid for ten years from 2020 on unless told otherwise, because the demo's clock moves both ways.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, subject[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_from.replace(year=valid_from.year + years))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signatures(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key_pem, certificate.public_bytes(serialization.Encoding.PEM)


def _for_signatures() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _fitting(key_pem: bytes, cert_pem: bytes) -> tuple[Any, list[Any]]:
    """The certificate and its chain as the library wants them, once the key is known to belong to it."""
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
        certificates = x509.load_pem_x509_certificates(cert_pem)
    except (ValueError, TypeError) as error:
        raise CannotSignError("the signing key or certificate is not readable PEM without a passphrase") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CannotSignError("the signing key is not on the curve P-256")
    own = next((place for place, one in enumerate(certificates) if one.public_key() == key.public_key()), None)
    if own is None:
        raise CannotSignError("the signing key does not belong to the certificate")
    places = [own]
    while (above := _issuer(certificates, places[-1])) is not None and above not in places:
        places.append(above)
    loaded = list(load_certs_from_pemder_data(cert_pem))
    leaf, *chain = (loaded[place] for place in places)
    return leaf, chain


def _issuer(certificates: Sequence[x509.Certificate], at: int) -> int | None:
    """The place of the certificate that vouches for the one at `at`; None for one that vouches for itself."""
    wanted = certificates[at]
    if wanted.issuer == wanted.subject:
        return None
    return next((place for place, one in enumerate(certificates) if one.subject == wanted.issuer), None)


def _judge(signature: Any, trusted_certs: Sequence[bytes], at: datetime | None) -> SignatureState:
    signed_at: datetime | None = signature.self_reported_timestamp
    moment = at or signed_at
    leaf = signature.signer_cert
    # The library does not ask whether a certificate that is its own root was valid at the moment.
    in_time = moment is not None and leaf.not_valid_before <= moment <= leaf.not_valid_after
    context = ValidationContext(
        trust_roots=[certificate for pem in trusted_certs for certificate in load_certs_from_pemder_data(pem)],
        allow_fetching=False,
        moment=None if moment is None else moment.astimezone(UTC),
    )
    status = validate_pdf_signature(signature, signer_validation_context=context)
    certified = signature.docmdp_level is MDPPerm.NO_CHANGES
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    tests = (
        ("changed", status.intact and status.valid and _filled_with_zeros(signature)),
        ("appended", whole),
        ("not_sealed", certified),
        ("untrusted", in_time and status.trusted and status.bottom_line),
    )
    reason = next((code for code, passed in tests if not passed), "ok")
    return SignatureState(
        ok=reason == "ok",
        reason=reason,
        signer=leaf.subject.native.get("common_name"),
        signed_at=signed_at,
    )


def _filled_with_zeros(signature: Any) -> bool:
    """Whether the space kept for the signature holds it and nothing else; the digest does not cover that space."""
    contents = bytes(signature.pkcs7_content)
    return not contents[peek(contents) :].strip(b"\0")
