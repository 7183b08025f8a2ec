"""The signature over an export's manifest: a file of its own, so that any tool can check it."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def sign(content: bytes, key_pem: bytes) -> bytes:
    """A detached signature (ECDSA in DER, or RSA PKCS#1 v1.5) over SHA-256. Raises ValueError for another key."""
    key = load_pem_private_key(key_pem, password=None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(content, ec.ECDSA(SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), SHA256())
    raise ValueError("the signing key is neither elliptic-curve nor RSA")


def is_signed(content: bytes, signature: bytes, certificate_pem: bytes) -> bool:
    """Whether `signature` over `content` was made with the key of one of the certificates."""
    try:
        found = x509.load_pem_x509_certificates(certificate_pem)
    except ValueError:
        return False
    return any(_is_signed_by(content, signature, one) for one in found)


def _is_signed_by(content: bytes, signature: bytes, certificate: x509.Certificate) -> bool:
    try:
        public = certificate.public_key()
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, content, ec.ECDSA(SHA256()))
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, content, padding.PKCS1v15(), SHA256())
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True
