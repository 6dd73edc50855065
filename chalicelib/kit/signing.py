"""Signatures: who may hold what. Every use has a name, so no signature serves two."""

import base64
import functools
import hashlib
import hmac
from collections.abc import Iterable

from chalicelib.kit import config

_BYTES = 16


@functools.lru_cache(maxsize=16)
def key_id(secret: str) -> str:
    """Return the four characters that identify the secret of a signed text."""
    return hashlib.sha256(b"id:" + secret.encode()).hexdigest()[:4]


def sign(use: str, message: str) -> str:
    """Return 22 characters that only a holder of the signing secret can make for this use and message."""
    return sign_by(config.signing_secrets()[0], use, message)


def sign_lasting(use: str, message: str) -> str:
    """Return 22 characters as `sign` does, for a link that lives for years: rotating the signing secret ends none."""
    return sign_by(config.lasting_secrets()[0], use, message)


def derived(use: str, message: str) -> list[bytes]:
    """Return 32 secret bytes for this use and message, made from each secret still in use, the current one first."""
    spelled = f"{use}\n{message}".encode()
    return [hmac.new(secret.encode(), spelled, hashlib.sha256).digest() for secret in config.signing_secrets()]


def verifies(use: str, message: str, signature: str) -> bool:
    """Return whether the signature is ours, in constant time; by any signing secret still in use."""
    return verifies_by(config.signing_secrets(), use, message, signature)


def verifies_lasting(use: str, message: str, signature: str) -> bool:
    """
    Return whether a signature is one of `sign_lasting`, in constant time.

    Links from before there were lasting secrets are signed with the signing secret, and valid while that is in use.
    """
    return verifies_by((*config.lasting_secrets(), *config.signing_secrets()), use, message, signature)


def sign_by(secret: str, use: str, message: str) -> str:
    """Return 22 characters that only a holder of that secret can make for this use and message."""
    mac = hmac.new(secret.encode(), f"{use}\n{message}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:_BYTES]).rstrip(b"=").decode()


def verifies_by(secrets: Iterable[str], use: str, message: str, signature: str) -> bool:
    """Return whether the signature was made by one of those secrets, in constant time."""
    received = signature.encode()
    return sum(hmac.compare_digest(sign_by(secret, use, message).encode(), received) for secret in secrets) > 0
